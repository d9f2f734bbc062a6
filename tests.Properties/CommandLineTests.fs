/// The command line as a user meets it: exit codes, sentences, JSON, and the whole way from data to a prediction.
namespace PatFramework.Properties

open System
open System.IO
open System.Text.Json
open NUnit.Framework

[<TestFixture; NonParallelizable>]
type CommandLineTests() =

    let mutable folder = ""

    let pat = Ran.pat

    let inFolder name = Path.Combine(folder, name)

    /// The one sentence that a failure prints.
    let sentence ran =
        let lines = ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        Assert.That(lines, Has.Length.EqualTo 1, ran.Error)
        Assert.That(lines[0], Does.StartWith "pat: ")
        lines[0]

    let fails (code: int) (expected: string list) arguments =
        let ran = pat arguments
        Assert.That(ran.Code, Is.EqualTo code, ran.Error)
        Assert.That(ran.Out, Is.Empty)
        let said = sentence ran

        for words in expected do
            Assert.That(said, Does.Contain words)

    let json = Ran.json

    let child (name: string) (parent: JsonElement) = parent.GetProperty name

    let items name parent =
        [ for item in (child name parent).EnumerateArray() -> item ]

    let words name parent = (child name parent).GetString()
    let count name parent = (child name parent).GetInt64()
    let number name parent = (child name parent).GetDouble()

    let tiny = [ "--model"; "unet:width=4,depth=3"; "--size"; "32x48"; "--batch"; "4"; "--threads"; "1" ]

    let trainTiny out epochs =
        json ([ "train"; "--data"; "synth:count=8"; "--out"; out; "--epochs"; epochs ] @ tiny)

    [<SetUp>]
    member _.MakeFolder() =
        folder <- Directory.CreateTempSubdirectory("pat-cli-").FullName

    [<TearDown>]
    member _.DeleteFolder() = Directory.Delete(folder, true)

    [<Test>]
    member _.``an unknown verb is wrong usage and names the nearest``() =
        [ "trian" ] |> fails 2 [ "'trian'"; "Did you mean 'train'?"; "pat --help" ]

    [<Test>]
    member _.``an unknown flag is wrong usage and names the nearest``() =
        [ "train"; "--epchs"; "3" ]
        |> fails 2 [ "'--epchs'"; "Did you mean '--epochs'?"; "pat train --help" ]

    [<Test>]
    member _.``a missing flag is wrong usage``() =
        [ "train"; "--data"; "synth" ] |> fails 2 [ "--out" ]
        [ "train"; "--out"; inFolder "run" ] |> fails 2 [ "--data" ]
        [ "eval" ] |> fails 2 [ "--run" ]

    [<Test>]
    member _.``the splits to train and to validate on can be named``() =
        let out = inFolder "run"
        let splits = [ "--train-split"; "test"; "--val"; "train" ]

        json ([ "train"; "--data"; "synth:count=16"; "--out"; out; "--epochs"; "1" ] @ splits @ tiny)
        |> ignore

        use config = JsonDocument.Parse(File.ReadAllText(Path.Combine(out, "config.json")))
        Assert.That(words "trainingSplit" config.RootElement, Is.EqualTo "test")
        Assert.That(words "validationSplit" config.RootElement, Is.EqualTo "train")
        // A quarter of the 16 training scenes, in batches of 4: one step.
        use metrics = JsonDocument.Parse(File.ReadAllLines(Path.Combine(out, "metrics.jsonl"))[0])
        Assert.That(count "step" metrics.RootElement, Is.EqualTo 1)

    [<Test>]
    member _.``no verb is wrong usage``() = [] |> fails 2 [ "pat --help" ]

    [<Test>]
    member _.``a value of the wrong kind is wrong usage``() =
        let train = [ "train"; "--data"; "synth"; "--out"; inFolder "run" ]
        train @ [ "--epochs"; "many" ] |> fails 2 [ "--epochs"; "many" ]
        train @ [ "--precision"; "fp16" ] |> fails 2 [ "float32|bf16"; "fp16" ]
        train @ [ "--size"; "180" ] |> fails 2 [ "180x240" ]
        train @ [ "--scale"; "2:1" ] |> fails 2 [ "LOW:HIGH" ]
        [ "model"; "summary"; "unet"; "--input"; "3x32x32" ] |> fails 2 [ "NxCxHxW" ]
        [ "bench"; "loss"; "--shapes"; "3x32x32" ] |> fails 2 [ "NxCxHxW" ]

    [<Test>]
    member _.``a benchmark that can't begin says why``() =
        let bench = [ "bench"; "loss"; "--shapes"; "1x2x4x4" ]
        bench @ [ "--rounds"; "0" ] |> fails 1 [ "--rounds is 0"; "1 or more" ]
        bench @ [ "--losses"; "pta:temperature=2" ] |> fails 1 [ "unknown loss 'pta'"; "'pat'" ]
        bench @ [ "--peer"; inFolder "python" ] |> fails 1 [ "could not be started"; "--peer" ]

    [<Test>]
    member _.``help is not a failure``() =
        let ran = pat [ "train"; "--help" ]
        Assert.That(ran.Code, Is.Zero)
        Assert.That(ran.Out, Does.Contain "--weight-decay")
        Assert.That(ran.Error, Is.Empty)

    [<TestCase("--loss", "pta:temperature=20", "unknown loss 'pta'", "did you mean 'pat'?", "ce, focal, pat")>]
    [<TestCase("--loss", "pat:temprature=20", "'temprature'", "did you mean 'temperature'?", "weight")>]
    [<TestCase("--loss", "pat", "pat", "temperature", "pat:temperature=")>]
    [<TestCase("--model", "unnet", "unknown model 'unnet'", "did you mean 'unet'?", "unet")>]
    [<TestCase("--model", "unet:widht=8", "'widht'", "did you mean 'width'?", "depth")>]
    [<TestCase("--model", "unet:width=wide", "width=wide", "whole number", "unet")>]
    [<TestCase("--size", "8x8", "8x8", "16x16", "unet")>]
    [<TestCase("--batch", "0", "--batch is 0", "1 or more", "")>]
    [<TestCase("--data", "camvdi:x", "unknown data 'camvdi'", "did you mean 'camvid'?", "synth")>]
    [<TestCase("--data", "synth:cuont=8", "'cuont'", "did you mean 'count'?", "seed")>]
    [<TestCase("--data", "camvid:", "'camvid' needs a directory", "camvid:DIR", "")>]
    [<TestCase("--data", "synth:count=few", "count", "whole number", "few")>]
    member _.``a value that can't be taken fails, says what can and makes no folder``
        (flag: string, value: string, a: string, b: string, c: string)
        =
        let spelled = Map.ofList [ "--data", "synth:count=8"; "--out", inFolder "run" ] |> Map.add flag value

        "train"
        :: [ for entry in spelled do
                 yield! [ entry.Key; entry.Value ] ]
        |> fails 1 [ a; b; c ]

        Assert.That(Directory.Exists(inFolder "run"), Is.False)

    [<Test>]
    member _.``a directory that is not CamVid fails``() =
        [ "train"; "--data"; $"camvid:{folder}"; "--out"; inFolder "run" ]
        |> fails 1 [ folder; "not a CamVid directory" ]

    [<Test>]
    member _.``a folder without a run fails``() =
        [ "eval"; "--run"; folder ] |> fails 1 [ folder; "config.json" ]

    [<Test>]
    member _.``debug shows the stack trace``() =
        let ran = pat [ "eval"; "--run"; folder; "--debug" ]
        Assert.That(ran.Code, Is.EqualTo 1)
        Assert.That(ran.Error, Does.Contain "   at ")

    [<Test>]
    member _.``lists print one JSON object``() =
        let losses = json [ "loss"; "list" ] |> items "losses"
        Assert.That(List.map (words "name") losses, Does.Contain "pat")
        let models = json [ "model"; "list" ] |> items "models"
        Assert.That(List.map (words "name") models, Does.Contain "unet")
        Assert.That(json [ "doctor" ] |> child "libtorch" |> words "version", Is.Not.Empty)

    [<Test>]
    member _.``a model's summary adds up``() =
        let summary = json [ "model"; "summary"; "unet:width=4,depth=2"; "--input"; "1x3x32x32" ]
        let total = summary |> items "layers" |> List.sumBy (count "parameters")
        Assert.That(total, Is.EqualTo(count "parameters" summary))
        Assert.That(total, Is.Positive)

    [<Test>]
    member _.``synthetic scenes are written, checked and counted``() =
        let out = inFolder "streets"
        json [ "data"; "synth"; "--out"; out; "--count"; "4"; "--size"; "48x64" ] |> ignore
        let check = json [ "data"; "check"; $"folder:{out}" ]
        Assert.That(count "samples" check, Is.EqualTo 5L)
        let train = json [ "data"; "stats"; $"folder:{out}" ] |> child "train"
        let pixels = Seq.sum [ for entry in (child "pixels" train).EnumerateObject() -> entry.Value.GetInt64() ]
        Assert.That(pixels + count "ignoredPixels" train, Is.EqualTo(4L * 48L * 64L))
        [ "data"; "synth"; "--out"; out ] |> fails 1 [ "not an empty folder" ]

    [<Test>]
    member _.``a broken file is named by data check``() =
        let out = inFolder "streets"
        pat [ "data"; "synth"; "--out"; out; "--count"; "4"; "--size"; "48x64" ] |> ignore
        let victim = Path.Combine(out, "images", "train") |> Directory.GetFiles |> Array.min
        File.WriteAllBytes(victim, File.ReadAllBytes victim |> Array.truncate 200)
        let ran = pat [ "data"; "check"; $"folder:{out}" ]
        Assert.That(ran.Code, Is.EqualTo 1)
        Assert.That(ran.Out, Does.Contain(Path.GetFileName victim))
        Assert.That(sentence ran, Does.Contain "1 of 5 samples")

    [<Test>]
    member _.``train, eval and predict work end to end``() =
        let run = inFolder "run"
        let trained = trainTiny run "2"
        Assert.That((child "completed" trained).GetBoolean(), Is.True)
        Assert.That(count "step" trained, Is.EqualTo 4L)

        let scores = json [ "eval"; "--run"; run; "--weights"; "last" ]
        let last = child "last" trained
        Assert.That(number "mIoU" scores, Is.EqualTo(number "meanIoU" last).Within 1e-12)

        let pixels =
            Seq.sum
                [ for row in items "confusion" scores do
                      for cell in row.EnumerateArray() -> cell.GetInt64() ]

        Assert.That(pixels, Is.LessThanOrEqualTo(2L * 32L * 48L).And.Positive)

        let views =
            [ "--window"; "24x32"; "--stride"; "8x16"; "--scales"; "1,1.5"; "--flip"; "--size"; "48x64" ]

        let viewed = json ([ "eval"; "--run"; run; "--weights"; "last" ] @ views)
        Assert.That(count "images" viewed, Is.EqualTo(count "images" scores))
        Assert.That(words "window" (child "inference" viewed), Is.EqualTo "24x32")
        [ "eval"; "--run"; run; "--stride"; "8x16" ] |> fails 1 [ "--window" ]
        [ "eval"; "--run"; run; "--scales"; "1,x" ] |> fails 1 [ "'x'" ]

        let streets = inFolder "streets"
        json [ "data"; "synth"; "--out"; streets; "--count"; "4"; "--size"; "48x64" ] |> ignore
        let images = Path.Combine(streets, "images", "val")
        let out = inFolder "out"
        let predicted = json [ "predict"; "--run"; run; "--image"; images; "--out"; out; "--overlay" ]

        Assert.That(
            [| for file in items "files" predicted -> file.GetString() |],
            Is.EqualTo<string>(Directory.GetFiles out)
        )

        Assert.That(Directory.GetFiles(out).Length, Is.EqualTo 1)

    [<Test>]
    member _.``a run is neither overwritten nor resumed with other options``() =
        let run = inFolder "run"
        trainTiny run "1" |> ignore
        [ "train"; "--data"; "synth:count=8"; "--out"; run ] @ tiny |> fails 1 [ "--resume" ]
        [ "train"; "--resume"; "--out"; run; "--lr"; "0.5" ] |> fails 1 [ "learningRate" ]

    [<Test>]
    member _.``data with other classes than the run's is refused``() =
        let run = inFolder "run"
        trainTiny run "1" |> ignore
        let streets = inFolder "streets"
        pat [ "data"; "synth"; "--out"; streets; "--count"; "4"; "--size"; "48x64" ] |> ignore
        let file = Path.Combine(streets, "classes.json")
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"sky\"", "\"heaven\""))
        [ "eval"; "--run"; run; "--data"; $"folder:{streets}" ] |> fails 1 [ "'sky'"; "'heaven'" ]
