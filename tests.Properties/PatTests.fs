/// What PAT promises (losses.md 1): closed forms, bounds, limits.
module PatFramework.Properties.PatTests

open NUnit.Framework
open PatFramework.Losses
open PatFramework.Properties.Comparison

let private pat T =
    ce |> weighted (exponentialConfidence T)

let private value loss batch =
    Definition.value (LossDefinition.Softmax loss) batch

let private pointsAndTemperatures = Generators.both Generators.probabilities Generators.temperatures

[<Test>]
let ``the pixel loss is −ln p · exp((p − 1)/T)`` () =
    Check.definition pointsAndTemperatures (fun (p, T) ->
        let point = Curve.at (pat T) p
        equal float64 "weight" (exp ((p - 1.0) / T)) point.Weight
        equal float64 "loss" (-log p * exp ((p - 1.0) / T)) point.Loss)

[<Test>]
let ``the gain is w (1 + p ln p / T) attached, w detached`` () =
    Check.definition pointsAndTemperatures (fun (p, T) ->
        let w = exp ((p - 1.0) / T)
        let detachedLoss = ce |> weighted (detached (exponentialConfidence T))
        equal float64 "attached" (w * (1.0 + p * log p / T)) (Curve.at (pat T) p).Gain
        equal float64 "detached" w (Curve.at detachedLoss p).Gain)

[<Test>]
let ``the curvature is the derivative of the slope`` () =
    Check.definition pointsAndTemperatures (fun (p, T) ->
        if p > 1e-3 then
            let slope p = -(Curve.at (pat T) p).Gain / p
            let h = 1e-4 * p
            let p = min p (1.0 - h)
            let difference = (slope (p + h) - slope (p - h)) / (2.0 * h)

            equalAt
                { differences with Relative = 1e-4 }
                (1.0 / (p * p))
                "f''"
                difference
                (Curve.at (pat T) p).Curvature)

[<Test>]
let ``no explosion near p = 0, and a confident pixel keeps its weight`` () =
    Check.definition pointsAndTemperatures (fun (p, T) ->
        let point = Curve.at (pat T) p
        between (exp (-1.0 / T)) 1.0 "weight" point.Weight
        between 0.0 1.0 "gain" point.Gain
        between (exp (-1.0 / T) * -log p) (-log p) "exp(−1/T) CE ≤ PAT ≤ CE" point.Loss)

    Check.definition Generators.temperatures (fun T ->
        equal float64 "w(1)" 1.0 (Curve.at (pat T) 1.0).Weight
        equal float64 "G(1)" 1.0 (Curve.at (pat T) 1.0).Gain)

[<TestCase(2.0, 0.5607)>]
[<TestCase(5.0, 0.7956)>]
[<TestCase(20.0, 0.9447)>]
let ``the smallest gain is that of losses-md 1-4`` (T: float, smallest: float) =
    let gains = Curve.sample (pat T) [ 1e-5..1e-5..1.0 ] |> List.map _.Gain
    equal (printed 4) $"min G, T = {T}" smallest (List.min gains)

[<Test>]
let ``the batch gradient is a G(p) (p_k − δ_ky)`` () =
    let gain T p =
        exp ((p - 1.0) / T) * (1.0 + p * log p / T)

    Check.definition
        (Generators.both Generators.ordinaryBatches (Generators.both Generators.reductions Generators.temperatures))
        (fun (batch, (reduction, T)) ->
            let C, one = batch.Shape.Classes, Array.create batch.Shape.Classes 1.0
            let a = Reductions.factors reduction one Generators.ignored batch.Shape batch.Labels

            for weight, G in
                [ exponentialConfidence T, gain T
                  detached (exponentialConfidence T), (fun p -> exp ((p - 1.0) / T)) ] do
                let loss = ce |> weighted weight |> reducedBy reduction |> ignoring Generators.ignored

                let struct (_, g) = Definition.valueAndGradient (LossDefinition.Softmax loss) batch
                let gradients = { batch with Logits = g }

                for i in Batches.valid batch do
                    let e = Array.init C (fun c -> exp (Batches.logit batch i c))
                    let p = e |> Array.map (fun x -> x / Array.sum e)
                    let y = int batch.Labels[i]

                    let expected = p |> Array.mapi (fun k p_k -> a[i] * G p[y] * (p_k - (if k = y then 1.0 else 0.0)))

                    within float64 $"pixel {i}" expected (Array.init C (Batches.logit gradients i)))

[<Test>]
let ``T → ∞ is cross-entropy, and PAT never exceeds it`` () =
    let cases =
        Generators.both Generators.batches (Generators.both Generators.reductions Generators.temperatures)

    Check.definition cases (fun (batch, (reduction, T)) ->
        let ce = value (ce |> reducedBy reduction) batch

        let reduced T =
            value (pat T |> reducedBy reduction) batch

        equal float64 "T = 1e12" ce (reduced 1e12)
        between (exp (-1.0 / T) * ce) ce "exp(−1/T) CE ≤ PAT ≤ CE" (reduced T))

[<Test>]
let ``the attached loss falls in p exactly where T ≥ 1 over e`` () =
    let gains T =
        Curve.sample (pat T) [ 1e-4..1e-4..1.0 ] |> List.map _.Gain

    Assert.That(gains 0.368, Is.All.GreaterThanOrEqualTo 0.0)
    Assert.That(gains (exp -1.0), Is.All.GreaterThanOrEqualTo -1e-15)
    Assert.That(List.min (gains 0.36), Is.LessThan 0.0)

[<TestCase("pat:temperature=0.36", "1/e")>]
[<TestCase("pat:temperature=0", "greater than 0")>]
[<TestCase("pat:temperature=-2,weight=detached", "greater than 0")>]
[<TestCase("pat", "temperature")>]
let ``a temperature that makes no loss is refused with the reason`` (spelling: string, reason: string) =
    match Catalogue.parse spelling with
    | Ok loss -> Assert.Fail $"accepted {loss}"
    | Error sentence -> Assert.That(sentence, Does.Contain reason)

[<Test>]
let ``a steep weight may be detached`` () =
    Assert.That((Catalogue.parse "pat:temperature=0.2,weight=detached").IsOk)
