/// Every loss of the catalogue has statements, each is settled, and the ones that fail are known: all of them stand here.
module PatFramework.Properties.StatementTests

open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Losses
open PatFramework.Properties.Comparison

let private weight = "keeps its weight"
let private mistake = "a confident mistake"
let private explosion = "no explosion near zero logits"
let private loss = "at most twice"
let private masks = "the size of a mask"

/// The statements that fail under counts 1000, 100, 10 and logits in [−10, 10]. Mask reductions alone keep `masks`.
let private refuted: (string * string list) list =
    [ "ce", [ masks ]
      "ce:smoothing=0.1", [ masks ]
      "focal", [ weight; masks ]
      "focal:gamma=5", [ weight; masks ]
      "focal:gamma=0.5", [ weight; masks ]
      "pat:temperature=20", []
      "pat:temperature=2", []
      "pat:temperature=5,weight=detached", []
      "inap", [ masks ]
      "inap:tau=2", [ masks ]
      "cb", [ explosion; loss; masks ]
      "cb:beta=0.9", [ masks ]
      "cb:n=1000", [ explosion; loss; masks ]
      "cbfocal:beta=0.99,gamma=1", [ weight; explosion; loss; masks ]
      "balanced-softmax", [ masks ]
      "logit-adjustment:tau=0.5", [ masks ]
      "ldam", [ explosion; loss; masks ]
      "ldam:scale=1", [ masks ]
      "blv", [ masks ]
      "seesaw", [ masks ]
      "seesaw:q=0", [ masks ]
      "seql:lambda=0.05", [ masks ]
      "seql:lambda=0.01,gamma=1", [ masks ]
      "bce", [ masks ]
      "balanced-sigmoid", [ masks ]
      "balanced-sigmoid:form=code", [ masks ]
      "eql:lambda=0.05", [ mistake; masks ]
      "eqlv2", [ mistake; explosion; masks ]
      "gol", [ explosion; loss; masks ]
      "0.5*ce + 0.5*dice", []
      "0.5*bce + 0.5*lovasz", []
      "ce + 0.5*focal", [ "(PixelMean)" ]
      "ce + pat:temperature=2", [ "(PixelMean)" ]
      "2*pat:temperature=2 + pat:temperature=20", [ "no explosion near p"; explosion ]
      "bce + ce:reduction=mask-mean", [ "(PixelMean)" ]
      "bce:reduction=mask-mean", [] ]
    @ [ for region in Members.Region -> region, [] ]

let spellings = List.map fst refuted

let private prove (spelling: string) =
    Prover.prove Prover.defaults (Members.parse spelling).Definition

[<Test>]
let ``every example of the catalogue stands in the table`` () =
    Assert.That(List.except spellings Members.All, Is.Empty)

[<TestCaseSource(nameof spellings)>]
let ``the statements that fail are these, and all others are proved`` (spelling: string) =
    let expected = List.find (fst >> (=) spelling) refuted |> snd
    let verdicts = prove spelling
    Assert.That(verdicts, Is.Not.Empty)

    for statement, verdict in verdicts do
        let fails = expected |> List.exists (fun part -> statement.Says.Contains part)

        match verdict with
        | Verdict.Proved boxes -> Assert.That(boxes > 0 && not fails, $"proved: {statement.Says}")
        | Verdict.Refuted found -> Assert.That(fails, $"refuted at {found.Where}: {statement.Says}")
        | Verdict.Undecided(_, _, near) -> Assert.Fail $"open near {near}: {statement.Says}"

    for part in expected do
        Assert.That(verdicts |> List.exists (fun (statement, _) -> statement.Says.Contains part), part)

let private witness (spelling: string) (part: string) : Witness =
    let isRefuted (statement: Statement, verdict) =
        match verdict with
        | Verdict.Refuted found when statement.Says.Contains part -> Some found
        | _ -> None

    prove spelling |> List.pick isRefuted

[<Test>]
let ``witnesses are what closed forms say`` () =
    let at spelling part =
        let found = witness spelling part
        found.Where, found.Value

    equal float64 "gol's slope below −4 is −e⁴" -(exp 4.0) (witness "gol" explosion).Value
    equal float64 "ldam multiplies logits by 30" -30.0 (witness "ldam" explosion).Value
    Assert.That(at "eql:lambda=0.05" mistake, Is.EqualTo(("class 2, which weighs 0, z = 700", 0.0)))
    Assert.That(fst (at "gol" explosion), Is.EqualTo "z = (-10, 0, 0), y = 0")
    Assert.That(fst (at "ldam" explosion), Is.EqualTo "z = (-10, 10, 10), y = 0")

[<Test>]
let ``counts decide about verdicts`` () =
    let explodes counts =
        let settings = { Prover.defaults with Counts = counts }

        Prover.prove settings (Members.parse "cb").Definition
        |> List.exists (fun (statement, verdict) -> statement.Says.StartsWith explosion && verdict.IsRefuted)

    Assert.That(explodes [| 1000L; 100L; 10L |])
    Assert.That(explodes [| 100L; 100L; 100L |], Is.False)

[<Test>]
let ``a statement over p about a loss without p is refused`` () =
    let problem =
        try
            Prover.settle Prover.defaults (Members.parse "dice").Definition Statements.noExplosion |> string
        with :? System.ArgumentException as refused ->
            refused.Message

    Assert.That(problem, Does.Contain "no weight w(p)")

/// Random bounds on losses and gradients of two classes: whichever verdict, floats agree with it.
[<Test>]
let ``proofs over logits agree with samples, and witnesses with floats`` () =
    let settings = { Counts = [| 90L; 10L |]; Box = Interval.between -3.0 3.0; Budget = 200 }

    let given = settings.Given(2, 1)
    let losses = Gen.elements (Members.Softmax @ Members.Sigmoid) |> Arb.fromGen
    let thresholds = Gen.choose (0, 800) |> Gen.map (fun k -> float k / 100.0) |> Arb.fromGen
    let logits = Gen.choose (-300, 300) |> Gen.map (fun k -> float k / 100.0) |> Gen.two |> Arb.fromGen

    Check.definition (Generators.both (Generators.both losses thresholds) logits) (fun ((spelling, most), (a, b)) ->
        let alone = Members.Under(Members.Told((Members.parse spelling).Definition, given), Reduction.Sum)
        let claim = Interval.between -infinity most

        match LogitProver.settle settings alone Quantity.Loss claim with
        | Verdict.Proved _ ->
            for y in 0L .. 1L do
                let pixel =
                    { Shape = { Images = 1; Classes = 2; Height = 1; Width = 1 }
                      Logits = [| a; b |]
                      Labels = [| y |] }

                Assert.That(Definition.value alone pixel, Is.LessThanOrEqualTo(most + 1e-12))
        | Verdict.Refuted found -> Assert.That(found.Value, Is.GreaterThan most)
        | Verdict.Undecided _ -> ())

/// The interval-safe order: an enclosure over every order that the errors may have.
[<Test>]
let ``intervals contain samples of region losses`` () =
    let cases = Generators.both (Gen.elements Members.Region |> Arb.fromGen) Generators.ordinaryBatches
    let radii = Gen.elements [ 0.0; 1e-9; 0.1; 1.0 ] |> Arb.fromGen

    Check.definition (Generators.both cases radii) (fun ((spelling, batch), radius) ->
        let small =
            Generators.crop batch { batch.Shape with Images = 1; Height = 1; Width = min 4 batch.Shape.Width }

        let definition = Members.Under((Members.parse spelling).Definition, Reduction.PixelMean)

        let enclosure =
            small.Logits
            |> Array.map (fun z -> { It = Interval.between (z - radius) (z + radius) })
            |> Definition.over definition small.Shape small.Labels

        for share in [ -1.0; 0.0; 0.3; 1.0 ] do
            let logits = small.Logits |> Array.mapi (fun i z -> z + share * radius * float (i % 3 - 1))
            let value = Definition.value definition { small with Logits = logits }
            Assert.That(Interval.contains value enclosure.It, $"{spelling}: {value:R} is not in {enclosure.It}"))
