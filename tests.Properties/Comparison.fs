/// Comparisons of numbers that say which element is worst.
module PatFramework.Properties.Comparison

open System
open NUnit.Framework

/// |actual − expected| ≤ Relative · |expected| + Absolute · scale, where scale is the size that the terms of a sum can
/// have (1 unless said otherwise): what cancels to nearly nothing keeps the rounding of its terms.
type Tolerance = { Relative: float; Absolute: float }

/// 64 units in the last place of the terms that cancel; else 1e-10 relative.
let float64 = { Relative = 1e-10; Absolute = 64.0 * Math.ScaleB(1.0, -52) }

let float32 = { Relative = 1e-5; Absolute = 1e-6 }

/// bf16 logits are computed in float32; only the gradient is rounded to bf16.
let bfloat16 = { Relative = 1.6e-2; Absolute = 1e-6 }

/// float16 logits too.
let float16 = { Relative = 1e-3; Absolute = 1e-6 }

/// Central differences of step h: h² of truncation and rounding over h.
let differences = { Relative = 1e-6; Absolute = 1e-6 }

/// Values printed to `digits` decimals.
let printed (digits: int) =
    { Relative = 0.0; Absolute = 0.5000001 * Math.Pow(10.0, float -digits) }

let private excess tolerance scale (expected: float) (actual: float) =
    let allowed = tolerance.Relative * abs expected + tolerance.Absolute * scale

    if actual = expected then
        0.0
    elif Double.IsFinite actual && Double.IsFinite expected then
        abs (actual - expected) / allowed
    else
        infinity

/// Fails with the worst element where any differs by more than allowed; `scales` are per element.
let eachWithin (tolerance: Tolerance) (scales: float[]) (what: string) (expected: float[]) (actual: float[]) : unit =
    Assert.That(actual.Length, Is.EqualTo expected.Length, $"{what}: number of elements")

    if expected.Length > 0 then
        let excesses = Array.map3 (excess tolerance) scales expected actual
        let worst = Seq.maxBy (fun i -> excesses[i]) [ 0 .. expected.Length - 1 ]

        if excesses[worst] > 1.0 then
            Assert.Fail
                $"{what}: worst of {expected.Length} is element {worst}: expected {expected[worst]:R}, received {actual[worst]:R}, {excesses[worst]:G3} times the allowed difference ({tolerance.Relative} relative, {tolerance.Absolute * scales[worst]:G3} absolute)"

/// `eachWithin` at scale 1.
let within (tolerance: Tolerance) (what: string) (expected: float[]) (actual: float[]) : unit =
    eachWithin tolerance (Array.create expected.Length 1.0) what expected actual

/// One number.
let equal (tolerance: Tolerance) (what: string) (expected: float) (actual: float) : unit =
    within tolerance what [| expected |] [| actual |]

/// One number whose terms have the size `scale`.
let equalAt (tolerance: Tolerance) (scale: float) (what: string) (expected: float) (actual: float) : unit =
    eachWithin tolerance [| scale |] what [| expected |] [| actual |]

/// lower ≤ value ≤ upper, up to rounding.
let between (lower: float) (upper: float) (what: string) (value: float) : unit =
    let slack = 1e-12 * (1.0 + max (abs lower) (abs upper))
    Assert.That(value, Is.InRange(lower - slack, upper + slack), what)
