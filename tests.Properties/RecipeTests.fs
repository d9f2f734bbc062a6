/// Recipe files: they repeat runs bit for bit, and what is wrong in them is told with its place.
namespace PatFramework.Properties

open System
open System.IO
open NUnit.Framework
open PatFramework.Core.Training
open PatFramework.Experiments

[<TestFixture; NonParallelizable>]
type RecipeTests() =

    let mutable folder = ""
    let inFolder name = Path.Combine(folder, name)

    let recipe (text: string) =
        File.WriteAllText(inFolder "recipe.json", text)
        inFolder "recipe.json"

    let tiny =
        "\"data\": \"synth:count=8\", \"model\": \"unet:width=4,depth=3\", \"size\": \"32x48\", \"batchSize\": 4, \"threads\": 1, \"epochs\": 1"

    let refusal (text: string) =
        let ran = Ran.pat [ "train"; "--config"; recipe text; "--out"; inFolder "refused" ]
        Expect.same 1 ran.Code
        Expect.same false (Directory.Exists(inFolder "refused"))
        ran.Error

    let root =
        let rec search (directory: DirectoryInfo | null) =
            match directory with
            | null -> failwith "not in a checkout"
            | directory when File.Exists(Path.Combine(directory.FullName, "build.fsx")) -> directory.FullName
            | directory -> search directory.Parent

        search (DirectoryInfo AppContext.BaseDirectory)

    let experiments = Path.Combine(root, "experiments")

    [<SetUp>]
    member _.MakeFolder() =
        folder <- Directory.CreateTempSubdirectory("pat-recipe-").FullName

    [<TearDown>]
    member _.DeleteFolder() = Directory.Delete(folder, true)

    [<Test>]
    member _.``a run from the config.json of another ends with the same weights, bit for bit``() =
        let first, second = inFolder "first", inFolder "second"

        [ "train"; "--config"; recipe $"{{ {tiny}, // few\n \"loss\": \"pat:temperature=5\", }}" ]
        @ [ "--out"; first; "--seed"; "3" ]
        |> Ran.json
        |> ignore

        [ "train"; "--config"; Path.Combine(first, "config.json"); "--out"; second ] |> Ran.json |> ignore
        let config = RunJson.ReadFile<TrainingConfig>(Path.Combine(second, "config.json"))
        Expect.same 3 config.Seed
        Expect.same "pat:temperature=5" config.Loss
        Expect.same (TrainingRuns.finalState first) (TrainingRuns.finalState second)

    [<Test>]
    member _.``what a recipe leaves out is as pat train has it, within records too, and options change it``() =
        let file =
            recipe
                "{\"data\": \"synth\", \"augmentation\": {\"jitter\": 0.25}, \"sampling\": {\"kind\": \"rareClass\"}}"

        let config = RecipeFile.readRun file
        let defaults = Recipe.defaults "synth"
        Expect.same defaults.Epochs config.Epochs
        Expect.same defaults.Augmentation.Flip config.Augmentation.Flip
        Expect.same 0.25 config.Augmentation.Jitter
        Expect.same 0.01 config.Sampling.RareTemperature

    [<TestCase("{\n  \"data\": \"synth\",\n  \"epohcs\": 3\n}", "line 3, column 3", "'epochs'")>]
    [<TestCase("{\n  \"data\": \"synth\",\n  \"augmentation\": { \"flip\": 0.5, \"rotat\": 3 }\n}",
               "line 3, column 34",
               "'rotate'")>]
    [<TestCase("{\n  \"data\": \"synth\",\n  \"epochs\": \"three\"\n}", "line 3, column 3", "wrong type")>]
    [<TestCase("{\n  \"data\": \"synth\",\n  \"optimizer\": \"adan\"\n}", "line 3, column 3", "wrong type")>]
    [<TestCase("{\n  \"data\": \"synth\",\n  \"epochs\": 0\n}", "line 3, column 3", "--epochs is 0")>]
    [<TestCase("{\n  \"data\": \"synth\",\n\n  \"loss\": \"cee\"\n}", "line 4, column 3", "'ce'")>]
    [<TestCase("{\n  \"data\": \"camvd:X\"\n}", "line 2, column 3", "'camvid'")>]
    [<TestCase("{\n  \"data\": \"synth\",\n  \"size\": \"120\"\n}", "line 3, column 3", "HEIGHTxWIDTH")>]
    [<TestCase("{\n  \"data\": \"synth\",\n  \"epochs\": 3,,\n}", "line 3", "no JSON")>]
    [<TestCase("{\n  \"data\": \"synth\"", "line 2", "no JSON")>]
    [<TestCase("[1]", "line 1", "no object")>]
    [<TestCase("{ \"epochs\": 3 }", "recipe.json", "'data' is missing")>]
    [<TestCase("{ \"config\": {}, \"losses\": [\"ce\"] }", "recipe.json", "pat compare")>]
    member _.``what is wrong is told with its place and what would be right``
        (text: string, place: string, words: string)
        =
        let said = refusal text
        said |> Expect.contains "recipe.json"
        said |> Expect.contains place
        said |> Expect.contains words

    [<Test>]
    member _.``a comparison from a recipe has its losses and seeds, and refuses what it doesn't know``() =
        let file =
            recipe
                $"{{ \"config\": {{ {tiny} }}, \"losses\": [\"ce\", \"dice\"], \"seeds\": [1, 2], \"weights\": \"best\" }}"

        let results = Ran.json [ "compare"; "--config"; file; "--out"; inFolder "out"; "--no-images" ]
        let contenders = [ for item in results.GetProperty("contenders").EnumerateArray() -> item ]
        Expect.same [ "ce"; "dice" ] [ for item in contenders -> string (item.GetProperty("name").GetString()) ]

        for item in contenders do
            Expect.same 2 (item.GetProperty("runs").GetArrayLength())

        Expect.same "best" (string (results.GetProperty("weights").GetString()))

        let refused text words =
            let ran = Ran.pat [ "compare"; "--config"; recipe text; "--out"; inFolder "other" ]
            Expect.same 1 ran.Code
            ran.Error |> Expect.contains words

        refused
            $"{{ \"config\": {{ {tiny} }},\n \"loses\": [] }}"
            "line 2, column 2: unknown key 'loses'; did you mean 'losses'?"

        refused $"{{ \"config\": {{ {tiny} }}, \"losses\": [1] }}" "'losses' has an item of the wrong type"
        refused $"{{ \"config\": {{ {tiny},\n \"lr\": 1 }}, \"losses\": [\"ce\"] }}" "line 2, column 2"
        refused $"{{ {tiny} }}" "'data'"

    [<Test>]
    member _.``--resume goes on with the run's own configuration``() =
        let ran = Ran.pat [ "train"; "--config"; recipe $"{{ {tiny} }}"; "--resume"; "--out"; folder ]
        Expect.same 1 ran.Code
        ran.Error |> Expect.contains "leave --config out"

    [<Test>]
    member _.``the schema in the repository is the program's, and every recipe there can be read``() =
        let ran = Ran.pat [ "schema" ]
        let published = File.ReadAllText(Path.Combine(experiments, "schema.json"))
        Assert.That(published, Is.EqualTo ran.Out, "pat schema > experiments/schema.json writes it anew")

        for file in Directory.GetFiles(experiments, "*.json") do
            if Path.GetFileName file <> "schema.json" then
                let text = File.ReadAllText file

                if text.Contains "\"losses\"" then
                    let recipe = RecipeFile.readComparison file
                    Contender.parseAll (String.concat ";" recipe.Losses) |> Outcome.orFail |> ignore
                else
                    RecipeFile.readRun file |> ignore
