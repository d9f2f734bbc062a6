/// What is proved is true, what is refuted has a witness, and what is neither is not claimed.
module PatFramework.Properties.ProverTests

open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Losses
open PatFramework.Properties.Comparison

let private isProved verdict =
    match verdict with
    | Verdict.Proved boxes -> boxes > 0
    | _ -> false

let private witness verdict =
    match verdict with
    | Verdict.Refuted witness -> witness
    | other -> raise (AssertionException $"not refuted: {other}")

let private pat T gradient =
    ce
    |> weighted (PixelWeight.ExponentialConfidence(T, gradient))
    |> reducedBy meanOverMasks
    |> LossDefinition.Softmax

let private unproved definition =
    Prover.prove Prover.defaults definition
    |> List.filter (snd >> isProved >> not)
    |> List.map (fun (statement, _) -> statement.Says)

/// (1 − p)², focal's weight with γ = 2.
let private focal =
    { new PixelCurve with
        member _.Weight l =
            let q = -(Scalar.expm1 l)
            q * q }

/// 0.5 exp(C (1 − p)), the sibling of the authors' code (losses.md 1.6).
let private ina (classes: int) =
    { new PixelCurve with
        member _.Weight l =
            0.5 * exp (-(float classes) * Scalar.expm1 l) }

[<TestCase(0.37)>]
[<TestCase(2.0)>]
[<TestCase(5.0)>]
[<TestCase(20.0)>]
let ``every statement about PAT is proved`` (T: float) =
    Assert.That(unproved (pat T WeightGradient.Attached), Is.Empty)
    Assert.That(unproved (pat T WeightGradient.Detached), Is.Empty)

[<Test>]
let ``a steep PAT is proved when detached, and when attached rises somewhere`` () =
    Assert.That(unproved (pat 0.2 WeightGradient.Detached), Is.Empty)
    let steep = pat 0.36 WeightGradient.Attached
    Assert.That(unproved steep, Has.Length.EqualTo 1)

    let found = Prover.prove Prover.defaults steep |> List.last |> snd |> witness

    let gain = (Curve.at (ce |> weighted (exponentialConfidence 0.36)) (exp found.Point[0])).Gain
    Assert.That(gain, Is.LessThan 0.0)
    equal float64 "the witness's value" gain found.Value

[<Test>]
let ``at T = 1 over e, where the slope touches 0, nothing is claimed`` () =
    match Prover.prove Prover.defaults (pat (exp -1.0) WeightGradient.Attached) |> List.last |> snd with
    | Verdict.Undecided(box, enclosure, _) ->
        Assert.That(Interval.contains 0.0 enclosure)
        between -1.001 -0.999 "ln p" box[0].Low
    | other -> Assert.Fail $"claimed {other}"

[<Test>]
let ``cross-entropy keeps all but the sizes of masks`` () =
    let said = unproved (LossDefinition.Softmax ce) |> String.concat "; "
    Assert.That(said, Is.EqualTo (Statements.maskSizeInvariance meanOverPixels).Says)

[<Test>]
let ``focal's weight is 0 where p is 1, and its gain stays bounded`` () =
    let found = Prover.settleCurve 1000 focal Statements.confidentPixelsKeepWeight |> witness
    Assert.That((found.Point[0], found.Value), Is.EqualTo((0.0, 0.0)))
    Assert.That(Prover.settleCurve 100_000 focal Statements.noExplosion |> isProved)

    let gainAtMost most =
        CurveProver.settle 100_000 focal Quantity.Gain (Interval.between 0.0 most) 0.0 1.0

    let peak = (gainAtMost 1.2245 |> witness).Point[0] |> exp
    Assert.That(gainAtMost 1.2247 |> isProved)
    between 0.09 0.12 "losses.md 2.2: largest near p = .104" peak

[<Test>]
let ``the authors' ina explodes with the classes, and inap does not`` () =
    let explodes classes =
        Prover.settleCurve 1000 (ina classes) Statements.noExplosion |> witness

    for classes in [ 2; 8; 20 ] do
        let found = explodes classes
        let p = exp found.Point[0]
        let expected = 0.5 * exp (float classes * (1.0 - p)) * (1.0 - float classes * p * log p)
        equal { float64 with Relative = 1e-9 } $"C = {classes}" expected found.Value
        Assert.That(abs found.Value, Is.GreaterThan 2.0)

    let largest = CurveProver.settle 1000 (ina 20) Quantity.Weight (Interval.between 0.0 2.4e8) 0.0 1.0
    Assert.That((witness largest).Value, Is.GreaterThan 2.4e8)

    for statement in [ Statements.confidentPixelsKeepWeight; Statements.noExplosion ] do
        Assert.That(Prover.settleCurve 10_000 (ina 1) statement |> isProved, statement.Says)

let private masked = [ Reduction.MaskMean; Reduction.ImageMaskMean; Reduction.MaskSum ]

let reductions = List.map snd Catalogue.reductions

[<TestCaseSource(nameof reductions)>]
let ``the mask reductions alone do not see the size of a mask`` (reduction: Reduction) =
    let verdict = MaskProver.settle reduction

    if List.contains reduction masked then
        Assert.That(isProved verdict)
    else
        Assert.That((witness verdict).Value, Is.Not.EqualTo(1.0).Within 1e-6)

[<Test>]
let ``the budget is kept, and an unsettled statement is not claimed`` () =
    match
        Prover.settle { Prover.defaults with Budget = 1 } (pat 0.37 WeightGradient.Attached) Statements.noExplosion
    with
    | Verdict.Undecided(_, enclosure, _) -> Assert.That(Interval.within (Interval.between -2.0 2.0) enclosure, Is.False)
    | other -> Assert.Fail $"claimed {other}"

let private thresholds = Gen.choose (0, 1300) |> Gen.map (fun k -> float k / 1000.0) |> Arb.fromGen

/// Any bound on any of the three quantities: the verdict is right, whichever it is.
[<Test>]
let ``proofs agree with samples, and witnesses with floats`` () =
    let quantities = Gen.elements [ Quantity.Weight; Quantity.Gain; Quantity.Saving ] |> Arb.fromGen

    let cases =
        Generators.both
            (Generators.both quantities thresholds)
            (Generators.both Generators.temperatures Generators.probabilities)

    Check.definition cases (fun ((quantity, most), (T, p)) ->
        let curve = Curve.ofWeights [ 1.0, exponentialConfidence T ]
        let value = (CurveProver.subject curve quantity).Value

        match CurveProver.settle 300 curve quantity (Interval.between -infinity most) 0.0 1.0 with
        | Verdict.Proved _ -> Assert.That(value [| log p |], Is.LessThanOrEqualTo(most + 1e-12))
        | Verdict.Refuted found ->
            Assert.That(found.Value, Is.GreaterThan most)
            equal float64 "value" (value found.Point) found.Value
        | Verdict.Undecided _ -> ())

[<TestCase(2)>]
[<TestCase(4)>]
let ``a gradient beyond its bound is refuted at logits that have it`` (classes: int) =
    let tight = Interval.between -0.5 0.5

    let settings =
        { Counts = Prover.longTail classes
          Box = Interval.between -3.0 3.0
          Budget = 1000 }

    let found = LogitProver.settle settings (LossDefinition.Softmax ce) Quantity.Gradient tight |> witness

    Assert.That(found.Point, Has.Length.EqualTo(classes - 1))
    Assert.That(found.Where, Does.Contain "y = 0")
    Assert.That(abs found.Value, Is.GreaterThan 0.5)
