/// `pat reproduce`: every cell is trained once, stands where it belongs, and the printed numbers beside it are the paper's.
namespace PatFramework.Properties

open System.IO
open System.Text.Json
open NUnit.Framework
open PatFramework.Experiments

[<TestFixture; NonParallelizable>]
type ReproduceTests() =

    let mutable folder = ""

    let tiny = [ "--size"; "48x64"; "--epochs"; "1"; "--batch"; "4"; "--threads"; "1"; "--no-images" ]

    let reproduce what data =
        [ "reproduce"; what; "--out"; folder ]
        @ (data |> List.collect (fun spec -> [ "--data"; spec ]))
        @ tiny

    let streets = "synth:count=8,size=48x64"

    let strings (value: JsonElement) =
        [ for item in value.EnumerateArray() -> string (item.GetString()) ]

    let tables (json: JsonElement) =
        [ for table in json.GetProperty("tables").EnumerateArray() ->
              strings (table.GetProperty "columns"),
              [ for row in table.GetProperty("rows").EnumerateArray() -> strings row ] ]

    let weights () =
        Directory.GetFiles(folder, "last.safetensors", SearchOption.AllDirectories)
        |> Array.map (fun file -> file, File.GetLastWriteTimeUtc file)

    [<SetUp>]
    member _.MakeFolder() =
        folder <- Directory.CreateTempSubdirectory("pat-reproduce-").FullName

    [<TearDown>]
    member _.DeleteFolder() = Directory.Delete(folder, true)

    [<Test>]
    member _.``table 3 has a table for each data set, with the scores of its comparison, and goes on where it ended``
        ()
        =
        let other = "synth:count=8,size=48x64,seed=1"
        let json = Ran.json (reproduce "table3" [ streets; other ])
        let made = tables json
        Expect.same 2 made.Length

        for columns, rows in made do
            Expect.same 7 columns.Length
            Expect.same (List.map fst Reproduction.losses) (List.map List.head rows)

        let found = CompareResults.read (Path.Combine(folder, "table3", "synth-count-8-size-48x64"))
        let scores = [ for result in found.Contenders -> CompareTables.spread result.Scores[Score.MeanIoU] ]
        Expect.same scores [ for row in snd made[0] -> row[1] ]

        let cell name column =
            (snd made[0] |> List.find (fun row -> row.Head = name))[column]

        Expect.same "74.80" (cell "ldam" 2)
        Expect.same "3.08" (cell "balanced-softmax" 6)
        Expect.same "–" (cell "blv" 2)
        let before = weights ()
        Expect.same 16 before.Length
        Ran.json (reproduce "table3" [ streets; other ]) |> ignore
        Expect.same before (weights ())
        File.ReadAllText(Path.Combine(folder, "table3.md")) |> Expect.contains "What differs from the paper"

    [<Test>]
    member _.``table 6 has the classes' IoU by loss and the printed means``() =
        let json = Ran.json (reproduce "table6" [ streets ])
        let columns, rows = tables json |> List.exactlyOne
        Expect.same ("IoU %" :: List.map fst Reproduction.losses) columns
        Expect.same "road" rows.Head.Head
        let printed = List.last rows
        Expect.same "78.63" printed[List.findIndex ((=) "pat") columns]
        Expect.same "77.73" printed[List.findIndex ((=) "ce") columns]

    [<Test>]
    member _.``figure 5 has the cost of each loss``() =
        let columns, rows = Ran.json (reproduce "fig5" [ streets ]) |> tables |> List.exactlyOne
        Assert.That(columns, Does.Contain "loss's share %")
        Expect.same Reproduction.losses.Length rows.Length
        Expect.same "1.00x" rows.Head[2]

    [<Test>]
    member _.``tables 4 and 5 compare every loss and temperature over every model``() =
        for what, rows in [ Reproduction.Table4, 8; Reproduction.Table5, 4 ] do
            let contenders = Reproduction.contenders Budget.Full what
            Expect.same (5 * rows) (List.distinctBy fst contenders).Length

            for _, label in contenders do
                Contender.parse label |> Outcome.orFail |> ignore

    [<Test>]
    member _.``what needs no training is there at once, and what a table decides is refused``() =
        Expect.same 0 (Ran.pat [ "reproduce"; "table1" ]).Code
        Ran.json [ "reproduce"; "fig3c"; "--out"; folder ] |> ignore
        File.ReadAllText(Path.Combine(folder, "fig3c.html")) |> Expect.contains "pat:temperature=5"
        let refused = Ran.pat (reproduce "table3" [ streets ] @ [ "--loss"; "ce" ])
        Expect.same 1 refused.Code
        refused.Error |> Expect.contains "--loss"
        let unknown = Ran.pat [ "reproduce"; "tabel4" ]
        Expect.same 2 unknown.Code
        unknown.Error |> Expect.contains "'table4'"
