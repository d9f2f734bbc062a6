/// What CamVid, folders and scenes hold, and what a reader says about a directory that is not what it should be.
module PatFramework.Properties.DataSets

open System
open System.IO
open NUnit.Framework
open PatFramework.Core.Data
open PatFramework.Properties.DataSamples

let private synth = SynthOptions(4, 48, 64, 9UL)

[<Test>]
let ``CamVid has eleven classes, and 11 is ignored`` () =
    withDirectory (fun directory ->
        camVid directory
        let dataset = CamVid.Open(directory, "val")
        Assert.That((dataset.Count, dataset.Classes.Count, dataset.Ignore), equalTo ((3, 11, 11uy)))
        Assert.That((DatasetCheck.Run dataset).Problems, Is.Empty))

[<Test>]
let ``what a folder was written from is what it reads`` () =
    withDirectory (fun directory ->
        SynthStreet.Write(directory, synth)

        for split in [ "train"; "val" ] do
            let drawn, read = SynthStreet.Create(synth, split), Folder.Open(directory, split)
            Assert.That(read.Classes, equalTo drawn.Classes)
            Assert.That((read.Ignore, read.Count), equalTo ((drawn.Ignore, drawn.Count)))

            for index in 0 .. read.Count - 1 do
                let expected, sample = drawn.Read(index, Nullable()), read.Read(index, Nullable())
                Assert.That((sample.Rgb, sample.Labels), equalTo ((expected.Rgb, expected.Labels))))

[<Test>]
let ``a folder without splits is the split all`` () =
    withDirectory (fun directory ->
        Folder.Write(SynthStreet.Create(synth, "train"), directory, "once")

        for part in [ "images"; "masks" ] do
            let split = Path.Combine(directory, part, "once")

            Directory.GetFiles split
            |> Array.iter (fun file -> File.Move(file, Path.Combine(directory, part, string (Path.GetFileName file))))

            Directory.Delete split

        Assert.That(Folder.Open(directory, "all").Count, equalTo 4)

        Assert.That(
            failure (fun () -> Folder.Open(directory, "train") |> ignore),
            Does.Contain "no split 'train': it has all"
        ))

let private brokenCamVid (breakIt: string -> unit) (expected: string list) =
    withDirectory (fun directory ->
        camVid directory
        breakIt directory

        let message =
            failure (fun () ->
                let dataset = CamVid.Open(directory, "train")
                Seq.iter (fun index -> dataset.Read(index, Nullable()) |> ignore) [ 0 .. dataset.Count - 1 ])

        for part in expected do
            Assert.That(message, Does.Contain part))

let private at (directory: string) (path: string) = Path.Combine(directory, path)

[<Test>]
let ``a directory that is not CamVid: what is expected and what was found`` () =
    withDirectory (fun directory ->
        Directory.CreateDirectory(at directory "leftImg8bit") |> ignore
        let message = failure (fun () -> CamVid.Open(directory, "train") |> ignore)

        for part in [ directory; "is not a CamVid directory"; "SPLITannot/"; "found leftImg8bit/" ] do
            Assert.That(message, Does.Contain part)

        let missing = at directory "missing"
        Assert.That(failure (fun () -> CamVid.Open(missing, "train") |> ignore), Does.Contain "no such directory"))

[<Test>]
let ``an unknown split: the splits there are`` () =
    withDirectory (fun directory ->
        camVid directory

        Assert.That(
            failure (fun () -> CamVid.Open(directory, "test") |> ignore),
            Does.Contain "no split 'test': it has train, val"
        ))

[<Test>]
let ``an image without label, and a label without image`` () =
    brokenCamVid (fun d -> File.Delete(at d "trainannot/b.png")) [ "image"; "b.png has no label"; "trainannot" ]
    brokenCamVid (fun d -> File.Delete(at d "train/b.png")) [ "label"; "b.png has no image"; "train" ]

[<Test>]
let ``two images of one name`` () =
    brokenCamVid (fun d -> File.Copy(at d "train/b.png", at d "train/a.png")) [ "a.jpg"; "a.png"; "same name" ]

[<Test>]
let ``a label of another size than its image`` () =
    brokenCamVid
        (fun d -> Codecs.WriteLabels(at d "trainannot/c.png", noisyLabels 1 11 (ImageSize(6, 9))))
        [ "c.png is 6x9"; "c.jpg is 6x8" ]

[<Test>]
let ``a label outside the classes: value, file and place`` () =
    let wrong =
        LabelImage(camVidSize, Array.init (pixelsOf camVidSize) (fun i -> if i = 8 * 2 + 5 then 12uy else 11uy))

    brokenCamVid
        (fun d -> Codecs.WriteLabels(at d "trainannot/b.png", wrong))
        [ "b.png holds 12 at row 2, column 5"; "0 to 10, 11 is ignored" ]

[<TestCase("train/a.jpg", "truncated or corrupt JPEG")>]
[<TestCase("train/b.png", "truncated PNG")>]
[<TestCase("trainannot/c.png", "truncated PNG")>]
let ``a truncated file is named`` (path: string, kind: string) =
    brokenCamVid (fun d -> truncate (at d path)) [ path.Split('/')[1]; kind ]

[<Test>]
let ``the check lists every bad sample, in order`` () =
    withDirectory (fun directory ->
        camVid directory
        truncate (at directory "train/a.jpg")
        truncate (at directory "trainannot/c.png")
        let problems = DatasetCheck.Run(CamVid.Open(directory, "train")).Problems
        Assert.That(problems.Count, equalTo 2)
        Assert.That(problems[0], Does.Contain "a.jpg")
        Assert.That(problems[1], Does.Contain "c.png"))

[<Test>]
let ``a folder with unreadable classes says what classes.json holds`` () =
    withDirectory (fun directory ->
        SynthStreet.Write(directory, synth)

        for text in [ "["; "{}"; "{\"classes\": [{\"name\": \"road\", \"colour\": [1, 2]}]}" ] do
            File.WriteAllText(at directory "classes.json", text)
            let message = failure (fun () -> Folder.Open(directory, "train") |> ignore)
            Assert.That(message, Does.Contain "classes.json")
            Assert.That(message, Does.Contain "expected {\"ignore\": 255"))

[<Test>]
let ``scenes are a function of seed, split and index`` () =
    let read (options: SynthOptions) split =
        SynthStreet.Create(options, split).Read(0, Nullable()).Rgb

    let scene = read synth "train"
    Assert.That(read (SynthOptions(9, 48, 64, 9UL)) "train", equalTo scene)
    Assert.That(read synth "val", Is.Not.EqualTo scene)
    Assert.That(read (SynthOptions(4, 48, 64, 10UL)) "train", Is.Not.EqualTo scene)

[<Test>]
let ``synth has a long tail that still occurs in many images`` () =
    let dataset = SynthStreet.Create(SynthOptions(60, 90, 120, 0UL), "train")
    let statistics = ClassStatistics.Of(dataset, Nullable())
    let shares = statistics.Priors |> Seq.sort |> Seq.toArray
    Assert.That(shares.Length, Is.GreaterThanOrEqualTo 8)
    Assert.That(shares[0], Is.InRange(0.0005, 0.005))
    Assert.That(shares |> Array.filter (fun share -> share < 0.015) |> Array.length, Is.GreaterThanOrEqualTo 5)
    Assert.That(statistics.ImageCounts, Is.All.GreaterThanOrEqualTo 15)
    Assert.That(float statistics.IgnoredPixels, Is.InRange(0.005 * 60.0 * 10800.0, 0.06 * 60.0 * 10800.0))

[<TestCase("test me", 4, 48, "no split 'test me': it has train, val, test")>]
[<TestCase("train", 0, 48, "0 scenes of 48x64")>]
[<TestCase("train", 4, 31, "at least 1 of 32x32")>]
let ``impossible scenes are refused`` (split: string, count: int, height: int, expected: string) =
    let create () =
        SynthStreet.Create(SynthOptions(count, height, 64, 0UL), split) |> ignore

    Assert.That(failure create, Does.Contain expected)

[<TestCase("180x240", 180, 240)>]
[<TestCase("1x1", 1, 1)>]
let ``sizes are height x width`` (text: string, height: int, width: int) =
    Assert.That(ImageSize.Parse text, equalTo (ImageSize(height, width)))
    Assert.That(ImageSize(height, width).ToString(), equalTo text)

[<Test>]
let ``what is no size is refused`` () =
    for text in [ ""; "180"; "0x4"; "-1x4"; "180X240"; "4x4x4"; "99999999999x1" ] do
        Assert.That(failure (fun () -> ImageSize.Parse text |> ignore), Does.Contain "HEIGHTxWIDTH")
