/// `pat compare`: what is done is not done again, what fails is named, and the scores are those of `pat eval`.
namespace PatFramework.Properties

open System.IO
open System.Text.Json
open System.Xml.Linq
open NUnit.Framework
open PatFramework.Core.Training
open PatFramework.Experiments

[<TestFixture; NonParallelizable>]
type CompareTests() =

    let mutable folder = ""

    let tiny =
        [ "--data"; "synth:count=8" ]
        @ [ "--model"; "unet:width=4,depth=3"; "--size"; "32x48" ]
        @ [ "--batch"; "4"; "--threads"; "1"; "--epochs"; "1" ]

    let compare losses seeds =
        [ "compare"; "--losses"; losses; "--seeds"; seeds; "--out"; folder ]

    let names (results: JsonElement) =
        [ for contender in results.GetProperty("contenders").EnumerateArray() ->
              string (contender.GetProperty("name").GetString()) ]

    let seeds (results: JsonElement) =
        [ for contender in results.GetProperty("contenders").EnumerateArray() ->
              contender.GetProperty("runs").GetArrayLength() ]

    /// The checkpoints' files with the time of their last change: training anew would change them.
    let written () =
        Directory.GetFiles(folder, "*.safetensors", SearchOption.AllDirectories)
        |> Array.map (fun file -> file, File.GetLastWriteTimeUtc file)
        |> Array.sort

    [<SetUp>]
    member _.MakeFolder() =
        folder <- Path.Combine(Directory.CreateTempSubdirectory("pat-compare-").FullName, "out")

    [<TearDown>]
    member _.DeleteFolder() =
        Directory.Delete(string (Path.GetDirectoryName folder), true)

    [<Test>]
    member _.``losses under seeds are trained once, and more of them are added to what is there``() =
        let first = Ran.json (compare "ce; pat:temperature=20" "0" @ tiny)
        Expect.same [ "ce"; "pat:temperature=20" ] (names first)
        let before = written ()
        let second = Ran.json (compare "ce; ldam @ unet:width=4,depth=3,head=cosine" "0,1")
        Expect.same [ "ce"; "pat:temperature=20"; "ldam @ unet:width=4,depth=3,head=cosine" ] (names second)
        Expect.same [ 2; 1; 2 ] (seeds second)

        for file in before do
            Assert.That(written (), Does.Contain file)

        let after = written ()
        Ran.json [ "compare"; "--out"; folder ] |> ignore
        Expect.same after (written ())

    [<Test>]
    member _.``a run's score is the one that pat eval gives of its last weights``() =
        let results = Ran.json (compare "ce" "3" @ tiny)
        let run = Path.Combine(folder, "runs", "ce", "seed-3")
        let evaluated = Ran.json [ "eval"; "--run"; run; "--weights"; "last"; "--threads"; "1" ]
        let contender = (results.GetProperty "contenders")[0]
        let compared = (contender.GetProperty "runs")[0]

        Expect.same (evaluated.GetProperty("mIoU").GetDouble()) (compared.GetProperty("mIoU").GetDouble())

        let classes (scores: JsonElement) =
            [ for entry in scores.GetProperty("iou").EnumerateObject() -> entry.Name, entry.Value.GetRawText() ]

        Expect.same (classes evaluated) (classes compared)

    [<Test>]
    member _.``another spelling of a loss is the same loss``() =
        Ran.json (compare "ce; 0.5*ce + 0.5*dice" "0" @ tiny) |> ignore
        let again = Ran.json (compare "0.5*ce+0.5*dice; ce" "0,1")
        Expect.same [ "ce"; "0.5*ce + 0.5*dice" ] (names again)
        Expect.same [ 2; 2 ] (seeds again)

    [<Test>]
    member _.``a run that was interrupted is continued from its checkpoint``() =
        let twoEpochs = (tiny |> List.take (tiny.Length - 1)) @ [ "2" ]
        Ran.json (compare "ce" "0" @ twoEpochs) |> ignore
        let run = Path.Combine(folder, "runs", "ce", "seed-0")

        let outcome () =
            File.ReadAllBytes(Path.Combine(run, "last.safetensors")),
            File.ReadAllText(Path.Combine(run, "evaluation.json"))

        let undisturbed = outcome ()
        // As a kill within the second epoch leaves it: the first epoch's checkpoint and weights, no evaluation.
        TrainingRuns.checkpoints run
        |> Array.last
        |> fun newest ->
            File.Delete newest
            File.Delete(TrainingRuns.tensorsOf newest)

        File.Delete(Path.Combine(run, "last.safetensors"))
        File.Delete(Path.Combine(run, "evaluation.json"))
        let ran = Ran.pat [ "compare"; "--out"; folder ]
        Expect.same 0 ran.Code
        ran.Error |> Expect.contains "going on after step 2"
        Expect.same undisturbed (outcome ())

    [<Test>]
    member _.``a run that was killed before its evaluation is not trained again``() =
        Ran.json (compare "ce" "0" @ tiny) |> ignore
        let run = Path.Combine(folder, "runs", "ce", "seed-0")
        let weights = File.ReadAllBytes(Path.Combine(run, "last.safetensors"))
        File.Delete(Path.Combine(run, "evaluation.json"))
        let ran = Ran.pat [ "compare"; "--out"; folder ]
        ran.Error |> Expect.contains "going on after step 2"
        Expect.same weights (File.ReadAllBytes(Path.Combine(run, "last.safetensors")))
        Assert.That(File.Exists(Path.Combine(run, "evaluation.json")))

    [<Test>]
    member _.``a run that fails is named and does not stop the others``() =
        // A file where the first run's folder should be.
        let blocked = Path.Combine(folder, "runs", "ce")
        Directory.CreateDirectory(Path.Combine(folder, "runs")) |> ignore
        File.WriteAllText(blocked, "")
        let ran = Ran.pat (compare "ce; dice" "0" @ tiny)
        Expect.same 1 ran.Code
        ran.Error |> Expect.contains "1 of 2 runs are not finished: ce (seed 0)"
        Assert.That(File.Exists(Path.Combine(folder, "runs", "dice", "seed-0", "evaluation.json")))
        File.Delete blocked
        Expect.same [ "ce"; "dice" ] (names (Ran.json [ "compare"; "--out"; folder ]))

    [<Test>]
    member _.``a run that another process holds is left to it``() =
        let run = Path.Combine(folder, "runs", "ce", "seed-0")
        Directory.CreateDirectory run |> ignore
        use _held = RunFolder.Create run
        let ran = Ran.pat (compare "ce; dice" "0" @ tiny)
        Expect.same 1 ran.Code
        ran.Error |> Expect.contains "another process trains it"
        Assert.That(File.Exists(Path.Combine(run, "config.json")), Is.False)

    [<Test>]
    member _.``the report names every loss and class, has its pictures within it, and asks nothing of a network``() =
        let losses = [ "ce"; "0.5*ce + 0.5*dice" ]
        Ran.json (compare (String.concat "; " losses) "0,1" @ tiny @ [ "--cost"; "1" ]) |> ignore
        let html = File.ReadAllText(Path.Combine(folder, "report.html"))
        let tree = XDocument.Parse(html.Substring(html.IndexOf "<html"))

        let elements name =
            tree.Descendants() |> Seq.filter (fun node -> node.Name.LocalName = name) |> List.ofSeq

        let cells =
            [ for name in [ "td"; "th" ] do
                  for node in elements name -> node.Value ]

        for name in losses @ [ "road"; "traffic light" ] do
            Assert.That(cells, Does.Contain name)

        let attributes =
            [ for node in tree.Descendants() do
                  for attribute in node.Attributes() -> attribute.Name.LocalName, attribute.Value ]

        for name, value in attributes do
            if name = "src" || name = "href" then
                value |> Expect.startsWith "data:"

        Expect.same 0 (elements "script").Length
        Assert.That(html, Does.Not.Contain "http")
        // Synthetic streets of 8 have 2 validation images: each with its label and a prediction of each loss.
        Expect.same (2 * 4) (elements "img").Length
        let cost = RunJson.ReadFile<CompareCost>(Path.Combine(folder, "cost.json"))
        Expect.sameItems losses [ for item in cost.Contenders -> item.Contender ]

        for item in cost.Contenders do
            Expect.isTrue "a loss is a part of its step" (0.0 < item.LossSeconds && item.LossSeconds < item.StepSeconds)

    [<Test>]
    member _.``reports of what is finished are written without training, and without images where they may not be passed on``
        ()
        =
        Ran.json (compare "ce" "0" @ tiny) |> ignore
        let before = written ()
        Ran.json (compare "ce; dice" "0" @ [ "--report-only"; "--no-images" ]) |> ignore
        Expect.same before (written ())
        let html = File.ReadAllText(Path.Combine(folder, "report.html"))
        Assert.That(html, Does.Not.Contain "<img")
        html |> Expect.contains "dice (seed 0)"

    [<Test>]
    member _.``where the data is gone the report of what was trained is written without images``() =
        let streets = Path.Combine(string (Path.GetDirectoryName folder), "streets")
        Ran.json [ "data"; "synth"; "--out"; streets; "--count"; "8"; "--size"; "32x48" ] |> ignore
        Ran.json (compare "ce" "0" @ [ "--data"; $"folder:{streets}" ] @ List.skip 2 tiny) |> ignore
        let report = Path.Combine(folder, "report.html")
        File.ReadAllText report |> Expect.contains "<img"
        Directory.Delete(streets, true)
        File.Delete report
        let ran = Ran.pat [ "compare"; "--out"; folder; "--report-only" ]
        Expect.same 0 ran.Code
        ran.Error |> Expect.contains "the report has no images"
        Assert.That(File.ReadAllText report, Does.Not.Contain "<img")

    [<Test>]
    member _.``tables are the same in Markdown and in LaTeX, where no letter means a command``() =
        let table: CompareTables.Table =
            { Columns = [ "loss"; "mIoU %" ]
              Rows = [ [ "a_b & {c}\\d~^$#"; "−1.5 ± 0.2" ] ] }

        CompareTables.latex table
        |> Expect.contains
            "a\\_b \\& \\{c\\}\\textbackslash{}d\\textasciitilde{}\\textasciicircum{}\\$\\# & $-$1.5 $\\pm$ 0.2 \\\\"

        CompareTables.latex table |> Expect.contains "loss & mIoU \\% \\\\"
        CompareTables.markdown table |> Expect.contains "| a_b & {c}\\d~^$# | −1.5 ± 0.2 |"

    [<Test>]
    member _.``what is printed fits a hundred columns however many losses there are``() =
        let losses = [ for number in 1..13 -> $"pat:temperature={number}.5" ]
        let ran = Ran.pat (compare (String.concat "; " losses) "0" @ tiny @ [ "--no-images" ])

        for line in ran.Out.Split '\n' do
            if line.Contains '│' then
                Assert.That(line.Length, Is.LessThanOrEqualTo 100)

        for number in 1..13 do
            ran.Out |> Expect.contains $"#{number}"

    [<Test>]
    member _.``what can't be compared is refused in one sentence``() =
        let refused (expected: string) arguments =
            let ran = Ran.pat arguments
            Assert.That(ran.Code, Is.Not.Zero)
            ran.Error |> Expect.contains expected

        compare "ce; ce" "0" @ tiny |> refused "'ce' is named twice"
        compare "0.5*ce+0.5*dice; 0.5*ce + 0.5*dice" "0" @ tiny |> refused "is named twice"
        compare "cee" "0" @ tiny |> refused "did you mean 'ce'?"
        compare "ce @ a @ b" "0" @ tiny |> refused "more than one model"
        compare "ce" "one" @ tiny |> refused "is no list of seeds"
        compare "ce" "0" |> refused "--data is missing"
        compare "ce" "0" @ tiny @ [ "--loss"; "pat" ] |> refused "--losses"
        [ "compare"; "--out"; folder ] |> refused "holds no comparison"
        Ran.json (compare "ce" "0" @ tiny) |> ignore
        compare "ce" "0" @ [ "--epochs"; "2" ] |> refused "epochs is 1 there and 2 here"

    [<TestCase("ce", "ce")>]
    [<TestCase("0.5*ce + 0.5*lovasz", "0.5_ce+0.5_lovasz")>]
    [<TestCase("pat:temperature=20", "pat_temperature=20")>]
    member _.``a contender's folder is a plain name``(spelling: string, expected: string) =
        Expect.same expected (Contender.parse spelling |> Outcome.orFail |> Contender.fileName)
