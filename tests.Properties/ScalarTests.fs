/// The primitives and their derivatives.
module PatFramework.Properties.ScalarTests

open System
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Losses
open PatFramework.Properties.Comparison

/// From 1e-300 to 700 in size, both signs.
let private reals =
    Gen.map2
        (fun (e: int) (m: int) -> float m * Math.Pow(10.0, float e))
        (Gen.choose (-300, -1))
        (Gen.choose (-7000, 7000))
    |> Gen.filter (fun x -> abs x <= 700.0)
    |> Arb.fromGen

let private ulps = { Relative = 8.0 * Math.ScaleB(1.0, -52); Absolute = 1e-320 }

[<Test>]
let ``expm1 is exact to rounding`` () =
    Check.definition reals (fun x ->
        equal ulps $"expm1 {x}" (2.0 * Math.Exp(x / 2.0) * Math.Sinh(x / 2.0)) (Elementary.expm1 x))

/// ln(1 + x) = 2 artanh(x / (2 + x)) keeps small x; above 1, where artanh magnifies the rounding of its argument,
/// the rounding of 1 + x is harmless.
let private log1pReference x =
    if x <= 1.0 then 2.0 * Math.Atanh(x / (2.0 + x)) else Math.Log(1.0 + x)

[<Test>]
let ``log1p is exact to rounding`` () =
    Check.definition (Arb.filter (fun x -> x > -0.9) reals) (fun x ->
        equal ulps $"log1p {x}" (log1pReference x) (Elementary.log1p x))

[<Test>]
let ``the ends of expm1 and log1p`` () =
    Assert.That(Elementary.expm1 -1e4, Is.EqualTo -1.0)
    Assert.That(Elementary.expm1 1e4, Is.EqualTo infinity)
    Assert.That(Elementary.log1p -1.0, Is.EqualTo -infinity)
    Assert.That(Elementary.log1p infinity, Is.EqualTo infinity)
    Assert.That(1.0 / Elementary.expm1 -0.0, Is.EqualTo -infinity)

[<Test>]
let ``log-sum-exp shifts with its arguments, and its derivatives are softmax`` () =
    Check.definition Generators.ordinaryBatches (fun batch ->
        let x = batch.Logits
        let naive = x |> Array.sumBy exp |> log
        let struct (s, p) = Reverse.gradient Scalar.logSumExp x
        equal float64 "value" naive s
        within float64 "softmax" (x |> Array.map (fun z -> exp (z - naive))) p
        equal float64 "shifted by 1e4" (naive + 1e4) (Elementary.logSumExp (Array.map ((+) 1e4) x)))

[<Test>]
let ``the log-softmax of a label far below leaves the others their softmax`` () =
    Check.definition Generators.ordinaryBatches (fun batch ->
        let x = batch.Logits

        let struct (l, g) =
            Reverse.gradient (fun z -> Scalar.logSoftmax z x.Length) (Array.append x [| -9578.7427 |])

        equal float64 "value" (-9578.7427 - Elementary.logSumExp x) l
        let exact = { Relative = 1e-14; Absolute = 0.0 }
        within exact "gradient" (Array.append (Elementary.softmax x |> Array.map (~-)) [| 1.0 |]) g)

let private f (x: Scalar<'T>) : Scalar<'T> =
    let e = exp (0.5 * x)
    let q = log (e + 1.0) / Scalar.log1p e
    let s = Scalar.logSumExp [| x; -x; Scalar.expm1 (x / 2.0) |]
    let l = Scalar.logSoftmax [| x; -x; Scalar.expm1 (x / 2.0) |] 1
    let kinked = Scalar.atLeast 0.3005 x * Scalar.atMost 1.7005 x // no point of the test lies on a kink

    q + s * e + l
    - Scalar.sum [| x * x; 1.0 / e; 3.0 - x; Scalar.power 1.7 e; Scalar.softplus x; kinked |]

let private timesItselfDetached (x: Scalar<'T>) : Scalar<'T> = x * Scalar.detach x

[<Test>]
let ``forward mode is reverse mode is central differences, on every primitive`` () =
    let points = Gen.choose (-3000, 3000) |> Gen.map (fun k -> float k / 1000.0) |> Arb.fromGen

    let value x = Real.value f x
    let first x = (Dual.derivatives f x).First

    Check.definition points (fun x ->
        let h = 1e-5
        let dual = Dual.derivatives f x
        let struct (l, g) = Reverse.gradient (fun z -> f z[0]) [| x |]
        equal float64 "value, forward" (value x) dual.Value
        equal float64 "value, reverse" (value x) l
        equal float64 "first, reverse" dual.First g[0]
        equal { differences with Absolute = 1e-5 } "first" ((value (x + h) - value (x - h)) / (2.0 * h)) dual.First
        equal { differences with Absolute = 1e-5 } "second" ((first (x + h) - first (x - h)) / (2.0 * h)) dual.Second)

[<Test>]
let ``powers of 0 are finite, derivatives included`` () =
    for a in [ 0.0; 0.25; 1.0; 1.5; 2.0; 5.0 ] do
        let dual = Dual.derivatives (Scalar.power a) 0.0
        Assert.That(dual.Value, Is.EqualTo(if a = 0.0 then 1.0 else 0.0))
        Assert.That(Double.IsFinite dual.First && Double.IsFinite dual.Second, $"{a}: {dual}")

    let square = Dual.derivatives (Scalar.power 2.0) 0.0
    Assert.That((square.First, square.Second), Is.EqualTo((0.0, 2.0)))

[<Test>]
let ``what is detached is a constant`` () =
    let struct (l, g) = Reverse.gradient (fun z -> timesItselfDetached z[0]) [| 3.0 |]
    let dual = Dual.derivatives timesItselfDetached 3.0
    Assert.That((l, g[0], dual.Value, dual.First, dual.Second), Is.EqualTo((9.0, 3.0, 9.0, 3.0, 0.0)))
