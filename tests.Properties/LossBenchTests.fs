/// `pat bench loss` without its stopwatch: arithmetic, inputs, tables and bars.
namespace PatFramework.Properties

open System
open System.IO
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Core.Kernels
open PatFramework.Experiments
open PatFramework.Experiments.LossRow
open PatFramework.Losses

module LossRows =

    let shape: BatchShape = { Images = 2; Classes = 5; Height = 48; Width = 64 }

    let case: Case = { Shape = shape; Upsampling = Upsampling.None; Type = LogitType.Float32 }

    /// A turn in which the fused kernel takes `t` and everyone else a round multiple of it.
    let turn t : Turn =
        { Fused = t
          FusedCrossEntropy = 0.5 * t
          Composed = 20.0 * t
          Copy = 0.25 * t
          Operations = 40.0 * t
          Compiled = 3.0 * t
          CrossEntropy = 8.0 * t }

    let row = ofTurns "ce" case (Some 1048576L, Some 3145728L) [ turn 1.0; turn 3.0; turn 2.0 ]

    let report: LossReport.Report =
        { Peer = "PyTorch 1"
          Device = "a processor"
          InstructionSet = "portable"
          Threads = 2
          Rounds = 3
          Entries =
            [ { Loss = "ce"; Case = case; Outcome = Ok row }
              { Loss = "<focal>"; Case = case; Outcome = Error "it is another one" } ] }

[<TestFixture>]
type LossBenchTests() =

    [<Test>]
    member _.``a row has the medians of the turns and of their ratios``() =
        let row = LossRows.row
        Assert.That(row.Seconds, Is.EqualTo(LossRows.turn 2.0))

        Assert.That(
            [ row.CrossEntropyRatio; row.OperationsRatio; row.CompiledRatio; row.CopyRatio; row.FamilyRatio ],
            Is.EqualTo<float list> [ 8.0; 40.0; 3.0; 4.0; 2.0 ]
        )

    [<FsCheck.NUnit.Property>]
    member _.``a turn that the machine disturbed moves no ratio``(PositiveInt slow, PositiveInt times) =
        let disturbed = LossRows.turn (float slow)
        let even = List.replicate (2 * (times % 5 + 1)) (LossRows.turn 2.0)
        let row = ofTurns "ce" LossRows.case (None, None) (disturbed :: even)
        row.Seconds = LossRows.turn 2.0 .&. (abs (row.CrossEntropyRatio - 8.0) < 1e-12)

    [<Test>]
    member _.``bytes are those of float32 logits and of their gradient``() =
        Assert.That(movedBytes LossRows.case, Is.EqualTo(2L * 4L * 2L * 5L * 48L * 64L))
        Assert.That(allowedBytes LossRows.case, Is.EqualTo(4L * 2L * 5L * 48L * 64L + 4L * 2L * 48L * 64L))
        let large = { Images = 64; Classes = 150; Height = 1024; Width = 2048 }
        Assert.That(movedBytes { LossRows.case with Shape = large }, Is.EqualTo(8L * 64L * 150L * 1024L * 2048L))
        let half = { LossRows.case with Type = LogitType.BFloat16 }
        Assert.That(2L * movedBytes half, Is.EqualTo(movedBytes LossRows.case))

    [<Test>]
    member _.``shapes are read as they are spelled``() =
        let spelling = "4x19x256x512,2x3x1x1"
        Assert.That(shapes spelling |> List.map spelled |> String.concat ",", Is.EqualTo spelling)
        Assert.That(shapes DefaultShapes, Has.Length.EqualTo 4)

    [<Test>]
    member _.``upsampled logits are an eighth as high and wide, where that divides``() =
        let cases = shapes "4x19x256x512,8x12x180x240" |> cases [ LogitType.Float32 ]

        Assert.That(
            [ for case in cases -> case.Name ],
            Is.EqualTo<string list>
                [ "4x19x256x512"
                  "8x12x180x240"
                  "4x19x32x64 to 256x512"
                  "4x19x32x64 to 256x512, corners aligned" ]
        )

        Assert.That(movedBytes cases[2], Is.EqualTo(movedBytes cases[0] / 64L))
        let pixels = 4L * 256L * 512L
        Assert.That(allowedBytes cases[2], Is.EqualTo(4L * pixels * 19L / 64L + 4L * pixels))

        let half = shapes "4x19x256x512" |> LossRow.cases (types "float32,bfloat16")
        Assert.That(half |> List.map _.Name |> List.skip 3, Does.Contain "4x19x256x512 bfloat16")

        let benched case =
            LossBench.catalogue () |> List.filter (belongs case) |> List.map _.Name

        Assert.That(benched cases[0], Is.EqualTo<string list> Catalogue.names)
        Assert.That(benched cases[3], Is.EqualTo<string list> [ "ce"; "pat" ])

    [<TestCase "4x19x256">]
    [<TestCase "4x19x256x0">]
    [<TestCase "4x19x256x-1">]
    [<TestCase "">]
    [<TestCase "1x2x3x4,">]
    [<TestCase "axbxcxd">]
    member _.``what is no shape is refused``(text: string) =
        let sentence =
            try
                shapes text |> ignore
                ""
            with problem ->
                problem.Message

        Assert.That(sentence, Does.Contain "NxCxHxW")

    [<Test>]
    member _.``values that agree have nothing to say``() =
        let agree = [ "fused", 1.00009; "composed", 0.99992 ]
        Assert.That(disagreement LogitType.Float32 ("the peer", 1.0) agree, Is.EqualTo<string option> None)
        Assert.That(disagreement LogitType.Float32 ("the peer", 0.0) [ "fused", 0.0 ], Is.EqualTo<string option> None)

    [<TestCase(1.0, 1.0002)>]
    [<TestCase(1.0, -1.0)>]
    [<TestCase(0.0, 1e-9)>]
    [<TestCase(1.0, Double.NaN)>]
    [<TestCase(Double.NaN, 1.0)>]
    member _.``values that don't agree are named``(peer: float, ours: float) =
        let sentence =
            disagreement LogitType.Float32 ("the peer", peer) [ "fine", peer; "the fused kernel", ours ]

        if Double.IsNaN peer then
            Assert.That(sentence.Value, Does.Contain "fine")
        else
            Assert.That(sentence.Value, Does.Contain("the fused kernel gives").And.Contain "the peer")

    [<Test>]
    member _.``the catalogue's losses are all benched``() =
        let named = LossBench.catalogue () |> List.map _.Name
        Assert.That(named, Is.EqualTo<string list> Catalogue.names)

        let spelled = LossBench.losses "ce; 0.5*ce + 0.5*dice ;pat:temperature=2" |> List.map Catalogue.print
        Assert.That(spelled, Is.EqualTo<string list> [ "ce"; "0.5*ce + 0.5*dice"; "pat:temperature=2" ])

    [<Test>]
    member _.``labels have a long tail, blocks and ignored pixels, and are the same each time``() =
        let shape = { Images = 4; Classes = 19; Height = 256; Width = 512 }
        let labels = LossInput.labels 1UL shape
        Assert.That(LossInput.labels 1UL shape, Is.EqualTo<int64[]> labels)
        Assert.That(LossInput.labels 2UL shape, Is.Not.EqualTo<int64[]> labels)

        let share = LossInput.counts 19 labels |> ClassStatistics.priors |> Array.sortDescending
        Assert.That(share[0], Is.GreaterThan 0.2)
        Assert.That(share[18], Is.LessThan(share[0] / 50.0))
        Assert.That(Array.min share, Is.Positive)

        let ignored = labels |> Array.filter ((=) LossInput.Ignored) |> Array.length
        Assert.That(float ignored / float labels.Length, Is.InRange(0.001, 0.2))

        for y in Array.distinct labels do
            Assert.That(y = LossInput.Ignored || (0L <= y && y < 19L), string y)

        let edges = labels |> Array.pairwise |> Array.filter (fun (a, b) -> a <> b) |> Array.length
        Assert.That(float edges / float labels.Length, Is.LessThan 0.05, "white noise has an edge almost everywhere")

    [<FsCheck.NUnit.Property(MaxTest = 20)>]
    member _.``every shape has labels``(PositiveInt classes, PositiveInt height, PositiveInt width) =
        let shape = { Images = 1; Classes = classes; Height = height; Width = width }

        LossInput.labels 1UL shape
        |> Array.forall (fun y -> y = LossInput.Ignored || (0L <= y && y < int64 classes))

    [<Test>]
    member _.``the table has a row for what was measured and a sentence for what was not``() =
        let table = LossReport.markdown LossRows.report

        Assert.That(
            table,
            Does.Contain
                "| ce | 2000 | 40000 | 80000 | 6000 | 16000 | 8.0 | 40.0 | 3.0 | 4.00 | 2.00 | 1.0 | 0.1 | 3.0 |"
        )

        let bare =
            { LossRows.report with
                Entries =
                    [ { Loss = "ce"
                        Case = LossRows.case
                        Outcome = Ok { LossRows.row with CompiledRatio = nan; PeakBytes = None } } ] }

        Assert.That(
            LossReport.markdown bare,
            Does.Contain("| ce | 2000 | 40000 | 80000 | 16000 | 8.0 | 40.0 | 4.00 | 2.00 |").And.Not.Contain "allowed |",
            "columns that nothing fills are left out"
        )

        Assert.That(table, Does.Contain "<focal> at 2x5x48x64 has no row: it is another one.")
        let json = (LossReport.json LossRows.report ()).ToJsonString()
        Assert.That(json, Does.Contain "\"peerCrossEntropyOverFused\":8")
        Assert.That(json, Does.Contain "\"refused\":[")

    [<Test>]
    member _.``a type of logits is spelled as PyTorch does``() =
        Assert.That(types "bfloat16, float32", Is.EqualTo<LogitType list> [ LogitType.BFloat16; LogitType.Float32 ])

        Assert.That(
            System.Action(fun () -> types "half" |> ignore),
            Throws.Exception.With.Message.Contains "float32, bfloat16"
        )

    [<Test>]
    member _.``an array's memory is written as it is read``() =
        let path = Path.GetTempFileName()

        try
            let values = [| 1L; -2L; 3L; 255L; 0L; 7L |]
            Npy.writeBytes path "<i8" [ 2; 3 ] (Runtime.InteropServices.MemoryMarshal.AsBytes(ReadOnlySpan values))
            let read = Npy.read path
            Assert.That(read.Shape, Is.EqualTo<int list> [ 2; 3 ])
            Assert.That((read.Values = Npy.Integers values), Is.True)
        finally
            File.Delete path
