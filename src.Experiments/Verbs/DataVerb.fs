/// `pat data stats`, `check` and `synth`.
module PatFramework.Experiments.DataVerb

open System
open System.IO
open Argu
open Spectre.Console
open PatFramework.Core.Data
open PatFramework.Core.Metrics
open PatFramework.Experiments.Arguments

let private source (given: ParseResults<DataSourceArguments>) =
    given.GetResult Source |> DataSource.parse |> Outcome.orFail

let private size (given: ParseResults<DataSourceArguments>) =
    given.TryPostProcessResult(DataSourceArguments.Size, ImageSize.Parse) |> Option.toNullable

let private count size (split: string, dataset: ISegmentationDataset) =
    let statistics =
        Progress.counted $"counting {dataset.Name}" (fun report ->
            ClassStatistics.Of(dataset, size, Progress.reporter (fun done' -> report.Invoke(done', dataset.Count))))

    split, dataset, statistics

let private splitJson (split: string, dataset: ISegmentationDataset, statistics: ClassStatistics) =
    let byClass (value: int -> Terminal.Json) =
        Terminal.json [ for index, item in Seq.indexed dataset.Classes -> item.Name, value index ]

    split,
    Terminal.json
        [ "images", Terminal.jsonCount statistics.Images
          "ignoredPixels", Terminal.jsonCount statistics.IgnoredPixels
          "pixels", byClass (fun index -> Terminal.jsonCount statistics.PixelCounts[index])
          "share", byClass (fun index -> Terminal.jsonNumber (statistics.Priors[index]))
          "imagesWithClass", byClass (fun index -> Terminal.jsonCount statistics.ImageCounts[index]) ]
    :> Terminal.Json

let private group (groups: ClassGroups) index =
    if Seq.contains index groups.Head then "head"
    elif Seq.contains index groups.Medium then "medium"
    else "tail"

let private showSplit (console: IAnsiConsole) (split, dataset: ISegmentationDataset, statistics: ClassStatistics) =
    let columns =
        [ "class", Justify.Left
          "group", Justify.Left
          "pixels", Justify.Right
          "%", Justify.Right
          "images", Justify.Right ]

    let groups = ClassGroups.ByPixelShare statistics.PixelCounts

    let rows =
        [ for index, item in Seq.indexed dataset.Classes ->
              [ item.Name
                group groups index
                statistics.PixelCounts[index].ToString("N0", Globalization.CultureInfo.InvariantCulture)
                Terminal.decimals 2 (100.0 * statistics.Priors[index])
                string statistics.ImageCounts[index] ] ]

    let all = float (Seq.sum statistics.PixelCounts + statistics.IgnoredPixels)
    let ignored = Terminal.decimals 2 (100.0 * float statistics.IgnoredPixels / max 1.0 all)
    console.WriteLine $"{split}: {statistics.Images} images, {ignored} %% of the pixels ignored"
    console.Write(Terminal.table columns rows)

let private stats output given =
    let size = size given
    let counted = source given |> DataSource.openAll |> List.map (count size)

    let json () =
        counted |> List.map splitJson |> Terminal.json

    Terminal.emit output json (fun console -> counted |> List.iter (showSplit console))
    0

/// The sentences about the samples of a split that can't be used.
let private problems (_: string, dataset: ISegmentationDataset) =
    Progress.counted $"checking {dataset.Name}" (fun report ->
        DatasetCheck.Run(dataset, Progress.reporter (fun done' -> report.Invoke(done', dataset.Count)))
        |> List.ofSeq)

let private check output given =
    let splits = source given |> DataSource.openAll
    let problems = splits |> List.collect problems
    let samples = splits |> List.sumBy (fun (_, dataset) -> dataset.Count)

    let json () =
        Terminal.json
            [ "samples", Terminal.jsonCount samples
              "problems", Terminal.jsonArray [ for problem in problems -> Terminal.jsonText problem ] ]

    let show (console: IAnsiConsole) =
        problems |> List.iter console.WriteLine

        if problems.IsEmpty then
            console.WriteLine $"{samples} samples, all of them good"

    Terminal.emit output json show

    if problems.IsEmpty then
        0
    else
        Outcome.fail $"{problems.Length} of {samples} samples are wrong."

let private requireNew (out: string) =
    if
        File.Exists out
        || (Directory.Exists out && Seq.isEmpty (Directory.EnumerateFileSystemEntries out) |> not)
    then
        Outcome.fail $"{out} exists and is not an empty folder: give another --out."

let private synth output (given: ParseResults<SynthArguments>) =
    let out = given.GetResult SynthArguments.Out
    let count = given.GetResult(Count, 200)
    let seed = given.GetResult(SynthArguments.Seed, 0)

    let size =
        given.TryPostProcessResult(SynthArguments.Size, ImageSize.Parse)
        |> Option.defaultValue (ImageSize(180, 240))

    requireNew out

    Progress.counted $"drawing {out}" (fun report ->
        SynthStreet.Write(
            out,
            SynthOptions(count, size.Height, size.Width, uint64 seed),
            Progress.reporter (fun drawn -> report.Invoke(drawn, count))
        ))

    let json () =
        Terminal.json [ "data", Terminal.jsonText $"folder:{out}" ]

    Terminal.emit output json (fun console -> console.WriteLine $"written: train with --data folder:{out}")
    0

/// Runs `pat data …`.
let run output (arguments: ParseResults<DataArguments>) =
    match arguments.GetSubCommand() with
    | Stats given -> stats output given
    | Check given -> check output given
    | Synth given -> synth output given
