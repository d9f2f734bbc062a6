/// The packed cache gives the same bytes as the files, notices every change, and a few unreadable samples give way to others.
module PatFramework.Properties.DataCaching

open System
open System.Collections.Generic
open System.IO
open NUnit.Framework
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Core.Training
open PatFramework.Experiments
open PatFramework.Properties.DataSamples
open PatFramework.Properties.TrainingRuns

let private size = ImageSize(24, 32)

/// Twelve training scenes in a directory: a data set of files.
let private inStreets (body: string -> ISegmentationDataset -> unit) =
    withDirectory (fun directory ->
        SynthStreet.Write(directory, SynthOptions(12, 48, 64, 9UL))
        let source = DataSource.parse $"folder:{directory}" |> Outcome.orFail
        body directory (DataSource.openSplit source "train"))

let private files (dataset: ISegmentationDataset) = dataset :?> ISampleFiles

/// A cache beside the data set, with what it warned of and how many samples it packed.
let private cached (directory: string) (dataset: ISegmentationDataset) =
    let warnings, packed = List<string>(), ref 0
    let folder = Path.Combine(directory, "cache")

    let opened =
        CachedDataset.Open(
            dataset,
            size,
            folder,
            Action<string> warnings.Add,
            Action<int, int>(fun count (_: int) -> packed.Value <- count)
        )

    opened, warnings, packed

let private packFile (directory: string) =
    Directory.GetFiles(Path.Combine(directory, "cache")) |> Array.exactlyOne

let private samples (dataset: ISegmentationDataset) (size: ImageSize) =
    [ for index in 0 .. dataset.Count - 1 ->
          let sample = dataset.Read(index, Nullable size)
          sample.Name, sample.Size, Convert.ToHexString sample.Rgb, Convert.ToHexString sample.Labels ]

[<Test>]
let ``a cache gives the bytes of the files, at its size and at any other, and is packed once`` () =
    inStreets (fun directory dataset ->
        for turn in 1..2 do
            let opened, warnings, packed = cached directory dataset
            use opened = opened
            Expect.same (if turn = 1 then 12 else 0) packed.Value
            Expect.sameItems (samples dataset size) (samples opened size)
            let other = ImageSize(17, 9)
            Expect.sameItems (samples dataset other) (samples opened other)
            Expect.same 0 warnings.Count)

[<Test>]
let ``a source file that changed makes the cache anew`` () =
    inStreets (fun directory dataset ->
        let first, _, _ = cached directory dataset
        first.Dispose()
        let label = (files dataset).LabelFile 3
        Codecs.WriteLabels(label, LabelImage(ImageSize(48, 64), Array.create (48 * 64) 2uy))
        let opened, warnings, packed = cached directory dataset
        use opened = opened
        Expect.same 12 packed.Value
        Seq.exactlyOne warnings |> Expect.contains "its source files have changed"
        Expect.isTrue "the new label" ((opened.Read(3, Nullable size)).Labels |> Array.forall ((=) 2uy)))

[<TestCase("cut")>]
[<TestCase("foreign")>]
[<TestCase("empty")>]
[<TestCase("index")>]
let ``a file that is torn or no cache is written anew with a warning`` (damage: string) =
    inStreets (fun directory dataset ->
        let first, _, _ = cached directory dataset
        first.Dispose()
        let pack = packFile directory
        let whole = File.ReadAllBytes pack

        let damaged =
            match damage with
            | "cut" -> whole[.. whole.Length - 10]
            | "foreign" -> Array.init 5000 byte
            | "empty" -> [||]
            | _ ->
                let copy = Array.copy whole
                copy[copy.Length - 60] <- copy[copy.Length - 60] ^^^ 1uy
                copy

        File.WriteAllBytes(pack, damaged)
        let opened, warnings, packed = cached directory dataset
        use opened = opened
        Expect.same 12 packed.Value
        Seq.exactlyOne warnings |> Expect.contains "is written anew"
        Expect.sameItems whole (File.ReadAllBytes pack))

[<Test>]
let ``a record that is damaged is read from its source, and told once`` () =
    inStreets (fun directory dataset ->
        let first, _, _ = cached directory dataset
        first.Dispose()
        let pack = packFile directory
        let bytes = File.ReadAllBytes pack

        for record in [ 2; 5 ] do
            let place = 16 + record * 4 * pixelsOf size + 100
            bytes[place] <- bytes[place] ^^^ 8uy

        File.WriteAllBytes(pack, bytes)
        let opened, warnings, _ = cached directory dataset
        use opened = opened
        Expect.sameItems (samples dataset size) (samples opened size)
        Seq.exactlyOne warnings |> Expect.contains (dataset.SampleName 2))

[<Test>]
let ``a sample that could not be packed is refused by its file as ever`` () =
    inStreets (fun directory dataset ->
        truncate ((files dataset).ImageFile 4)
        let opened, _, packed = cached directory dataset
        use opened = opened
        Expect.same 12 packed.Value
        let refusal = failure (fun () -> opened.Read(4, Nullable size) |> ignore)
        Assert.That(refusal, Does.Contain((files dataset).ImageFile 4))
        Expect.same (dataset.SampleName 5) (opened.Read(5, Nullable size)).Name)

[<Test>]
let ``data that is not read from files can't be cached`` () =
    withDirectory (fun directory ->
        failure (fun () -> cached directory training |> ignore) |> Expect.contains "leave --cache out")

[<Test>]
let ``processes that pack at once end with one whole file`` () =
    inStreets (fun directory dataset ->
        Array.Parallel.init 4 (fun _ ->
            let opened, _, _ = cached directory dataset
            use opened = opened
            samples opened size)
        |> Array.iter (Expect.sameItems (samples dataset size))

        packFile directory |> ignore)

/// The data set with a few samples that may be unreadable, and what it warned of.
let private readable allowed known (dataset: ISegmentationDataset) =
    let warnings = List<string>()
    ReadableSamples(dataset, allowed, known, (fun warning -> lock warnings (fun () -> warnings.Add warning))), warnings

[<Test>]
let ``an unreadable sample gives way to the next readable one, whoever asks first, and is told once`` () =
    inStreets (fun _ dataset ->
        for index in [ 3; 4; 11 ] do
            truncate ((files dataset).ImageFile index)

        for workers in 1..4 do
            let skipping, warnings = readable 3 [] dataset
            let loader = DataLoader(skipping, LoaderOptions(4, size, Workers = workers, Shuffle = true, Seed = 5UL))

            let names =
                [ for epoch in 0..1 do
                      for batch in loader.Epoch epoch do
                          use batch = batch
                          yield! batch.Names ]

            let taken index =
                match index with
                | 3
                | 4 -> 5
                | 11 -> 0
                | other -> other

            let expected =
                [ for epoch in 0..1 do
                      for index in loader.Order epoch -> dataset.SampleName(taken index) ]

            Expect.sameItems expected names
            Expect.same 3 warnings.Count
            Expect.sameItems [ for index in [ 3; 4; 11 ] -> dataset.SampleName index ] skipping.Skipped)

[<Test>]
let ``more unreadable samples than allowed end the run with their list, those of an earlier process counted`` () =
    inStreets (fun _ dataset ->
        for index in [ 3; 7 ] do
            truncate ((files dataset).ImageFile index)

        let skipping, warnings = readable 1 [] dataset
        skipping.Read(3, Nullable size) |> ignore
        let refusal = failure (fun () -> skipping.Read(7, Nullable size) |> ignore)
        refusal |> Expect.contains "--skip-bad allows 1"

        for index in [ 3; 7 ] do
            refusal |> Expect.contains ((files dataset).ImageFile index)

        Expect.same 1 warnings.Count
        let later, _ = readable 1 [ dataset.SampleName 3 ] dataset
        failure (fun () -> later.Read(7, Nullable size) |> ignore) |> Expect.contains "--skip-bad allows 1")

[<Test>]
let ``a training with a cache and an unreadable sample is that without a cache, and goes on from any step`` () =
    inStreets (fun directory dataset ->
        truncate ((files dataset).ImageFile 6)

        let config =
            config
            |> altered "data" (System.Text.Json.JsonSerializer.Serialize $"folder:{directory}")
            |> altered "validationSplit" "\"val\""

        let planOf config = Recipe.plan false config
        let refused = Expect.refusal (fun () -> inFolder (fun folder -> run folder (planOf config) |> ignore))
        refused |> Expect.contains ((files dataset).ImageFile 6)
        let skipping = config |> altered "skipBad" "1"
        let cache = Path.Combine(directory, "packed") |> System.Text.Json.JsonSerializer.Serialize
        let both = skipping |> altered "cacheFolder" cache

        inFolder (fun plain ->
            run plain (planOf skipping) |> ignore

            inFolder (fun folder ->
                let recorder = Recorder()
                Trainer.Run(planOf both, folder, false, recorder) |> ignore
                recorder.Warnings |> List.exactlyOne |> Expect.contains "Another sample takes its place (1 of 1"
                let names = RunJson.ReadFile<string[]>(Path.Combine(folder, "skipped-samples.json"))
                Expect.sameItems [ dataset.SampleName 6 ] names
                Expect.same (finalState plain) (finalState folder))

            inFolder (fun folder ->
                runUntil (isStep 4) folder (planOf both) |> ignore
                resume folder (planOf skipping) (Recorder()) |> ignore
                Expect.same (finalState plain) (finalState folder))))
