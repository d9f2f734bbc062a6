/// Enclosures enclose: whatever a definition gives for numbers lies in what it gives for intervals around them.
module PatFramework.Properties.IntervalTests

open System
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Losses

/// An expression over the primitives; X counts the variables round.
type Expression =
    | X of int
    | Number of float
    | Add of Expression * Expression
    | Subtract of Expression * Expression
    | Multiply of Expression * Expression
    | Divide of Expression * Expression
    | Negate of Expression
    | Exp of Expression
    | Log of Expression
    | Expm1 of Expression
    | Log1p of Expression
    | Power of float * Expression
    | AtLeast of float * Expression
    | LogSumExp of Expression list
    | LogSoftmax of Expression list
    | Sum of Expression list

let rec private evaluate (expression: Expression) (x: Scalar<'T>[]) : Scalar<'T> =
    let sub e = evaluate e x
    let all = List.map sub >> List.toArray

    match expression with
    | X k -> x[k % x.Length]
    | Number c -> Scalar.constant c
    | Add(a, b) -> sub a + sub b
    | Subtract(a, b) -> sub a - sub b
    | Multiply(a, b) -> sub a * sub b
    | Divide(a, b) -> sub a / sub b
    | Negate a -> -(sub a)
    | Exp a -> exp (sub a)
    | Log a -> log (sub a)
    | Expm1 a -> Scalar.expm1 (sub a)
    | Log1p a -> Scalar.log1p (sub a)
    | Power(c, a) -> Scalar.power c (sub a)
    | AtLeast(c, a) -> Scalar.atLeast c (sub a)
    | LogSumExp items -> Scalar.logSumExp (all items)
    | LogSoftmax items -> Scalar.logSoftmax (all items) 0
    | Sum items -> Scalar.sum (all items)

let private ends =
    Gen.elements [ 0.0; -0.0; 1.0; -1.0; 1e-300; -1e-17; 1e4; -1e4; 709.9; 0.5; 1e300; -745.2; 5e-324 ]

let private reals =
    let ordinary = Gen.choose (-3000, 3000) |> Gen.map (fun k -> float k / 1000.0)
    Gen.frequency [ 3, ordinary; 1, ends ]

let private leaf = Gen.oneof [ Gen.map X (Gen.choose (0, 2)); Gen.map Number reals ]

let private node (inner: Gen<Expression>) =
    let pairs, items = Gen.zip inner inner, Gen.listOfLength 3 inner

    Gen.oneof
        [ Gen.map Add pairs
          Gen.map Subtract pairs
          Gen.map Multiply pairs
          Gen.map Divide pairs
          Gen.map Negate inner
          Gen.map Exp inner
          Gen.map Log inner
          Gen.map Expm1 inner
          Gen.map Log1p inner
          Gen.map Power (Gen.zip (Gen.elements [ 0.0; 0.3; 1.0; 2.0; 3.7; -0.5 ]) inner)
          Gen.map AtLeast (Gen.zip reals inner)
          Gen.map LogSumExp items
          Gen.map LogSoftmax items
          Gen.map Sum items ]

let rec private expressions depth =
    if depth = 0 then
        leaf
    else
        let inner = expressions (depth - 1)
        Gen.frequency [ 1, leaf; 6, node inner ]

/// An interval around numbers, of no width to great width, and a share in [0, 1] at which a sample lies.
let private boxes =
    let width = Gen.elements [ 0.0; 1e-15; 1e-6; 0.1; 1.0; 50.0; 1e4 ]
    let share = Gen.choose (0, 1000) |> Gen.map (fun k -> float k / 1000.0)

    Gen.zip (Gen.zip reals width) share
    |> Gen.map (fun ((low, width), share) ->
        let high = low + width
        Interval.between low high, min high (max low (low + share * width)))

let private samples = Gen.zip (expressions 4) (Gen.arrayOfLength 3 boxes) |> Arb.fromGen

let private inReals expression (x: float[]) =
    (evaluate expression (x |> Array.map (fun x -> { It = { Real.Value = x } }))).It.Value

let private inIntervals expression (x: Interval[]) =
    (evaluate expression (x |> Array.map (fun x -> { It = x }))).It

let private enclosed (what: string) (sample: float) (enclosure: Interval) =
    Assert.That(enclosure.Low <= enclosure.High, $"{what}: empty, {enclosure}")

    Assert.That(
        Double.IsNaN sample || Interval.contains sample enclosure,
        $"{what}: {sample:R} is not in [{enclosure.Low:R}, {enclosure.High:R}]"
    )

[<Test>]
let ``intervals contain samples of random expressions`` () =
    Check.definition samples (fun (expression, variables) ->
        let boxes, points = Array.unzip variables
        inIntervals expression boxes |> enclosed "in boxes" (inReals expression points)

        inIntervals expression (Array.map Interval.point points)
        |> enclosed "at points" (inReals expression points))

/// Where the derivative is computed with rounding, it may leave a tight enclosure by the rounding.
let private near (x: float) (enclosure: Interval) =
    let slack = 1e-9 * max 1.0 (abs x)
    enclosure.Low - slack <= x && x <= enclosure.High + slack

[<Test>]
let ``slopes contain derivatives of random expressions`` () =
    Check.definition samples (fun (expression, variables) ->
        let box, point = variables[0]
        let dual = Dual.derivatives (fun x -> evaluate expression [| x |]) point
        let slope = Slope.derivative (fun x -> evaluate expression [| x |]) box

        // Far out, the float derivative overflows or cancels on its way; the enclosure is then no judge of it.
        if
            Double.IsFinite dual.First
            && abs dual.First < 1e6
            && Double.IsFinite dual.Value
            && abs dual.Value < 1e6
        then
            let h = 1e-6 * max 1.0 (abs point)
            let value x = inReals expression [| x |]
            let difference = (value (point + h) - value (point - h)) / (2.0 * h)

            if abs (difference - dual.First) <= 1e-3 * max 1.0 (abs dual.First) then
                Assert.That(near dual.First slope, $"{dual.First:R} is not in {slope}"))

/// A batch, how far each logit may go, and where between its ends the sample lies.
let private batchBoxes =
    let radius = Gen.elements [ 0.0; 1e-9; 1e-3; 1.0; 30.0 ] |> Arb.fromGen
    Generators.both Generators.batches (Generators.both radius Generators.reductions)

[<TestCaseSource(typeof<Members>, nameof Members.Softmax)>]
let ``intervals contain samples of the definitions`` (spelling: string) =
    Check.definition batchBoxes (fun (batch, (radius, reduction)) ->
        let given = Generators.told [| 0 .. batch.Shape.Classes - 1 |] batch.Shape
        let definition = Members.Told(Members.Under((Members.parse spelling).Definition, reduction), given)

        let enclosure =
            batch.Logits
            |> Array.map (fun z -> { It = Interval.between (z - radius) (z + radius) })
            |> Definition.over definition batch.Shape batch.Labels

        for share in [ -1.0; -0.5; 0.0; 0.3; 1.0 ] do
            let logits = batch.Logits |> Array.mapi (fun i z -> z + share * radius * float (i % 3 - 1))
            enclosure.It |> enclosed "loss" (Definition.value definition { batch with Logits = logits }))

[<Test>]
let ``what is exact stays exact`` () =
    let image f (x: Interval) =
        let y = Interval.image f x
        y.Low, y.High

    Assert.That(image exp (Interval.point 0.0), Is.EqualTo((1.0, 1.0)))
    Assert.That(image log (Interval.point 1.0), Is.EqualTo((0.0, 0.0)))
    Assert.That(image Scalar.expm1 (Interval.point 0.0), Is.EqualTo((0.0, 0.0)))
    Assert.That(image (fun x -> 3.0 * x - 1.0) (Interval.between 1.0 2.0), Is.EqualTo((2.0, 5.0)))
    Assert.That(image (fun x -> x / 4.0) (Interval.point 1.0), Is.EqualTo((0.25, 0.25)))
    Assert.That(snd (image exp (Interval.between -infinity 0.0)), Is.EqualTo 1.0)
    Assert.That(image (fun x -> 0.0 * x) (Interval.between -infinity infinity), Is.EqualTo((0.0, 0.0)))

[<Test>]
let ``what is inexact is between two neighbours`` () =
    let third = Interval.image (fun x -> 1.0 / x) (Interval.point 3.0)
    Assert.That(third.High, Is.EqualTo(Math.BitIncrement third.Low))
    let tenth = Interval.image (fun x -> x + 0.2) (Interval.point 0.1)
    Assert.That(tenth.High, Is.EqualTo(Math.BitIncrement tenth.Low))

[<Test>]
let ``the other ends`` () =
    let around = Interval.image (fun x -> 1.0 / x) (Interval.between -1.0 1.0)
    Assert.That((around.Low, around.High), Is.EqualTo((-infinity, infinity)))
    let above = Interval.image (fun x -> 1.0 / x) (Interval.between 0.0 2.0)
    Assert.That((above.Low, above.High), Is.EqualTo((0.5, infinity)))
    let nothing = (Scalar.logSumExp (Array.empty: Scalar<Interval>[])).It
    Assert.That((nothing.Low, nothing.High), Is.EqualTo((-infinity, -infinity)))

    let refused =
        try
            (Interval.between 1.0 0.0).Low.ToString()
        with :? ArgumentException as problem ->
            problem.Message

    Assert.That(refused, Does.Contain "low ≤ high")
