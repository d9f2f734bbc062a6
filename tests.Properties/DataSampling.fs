/// The orders of repeat-factor and rare-class sampling against their formulas.
module PatFramework.Properties.DataSampling

open System
open NUnit.Framework
open PatFramework.Core.Data
open PatFramework.Core.Training
open PatFramework.Experiments
open PatFramework.Properties.DataSamples
open PatFramework.Properties.TrainingRuns

/// Ten images: class 0 in all, class 1 in four, class 2 in one.
let private presence =
    ClassPresence
        [| for image in 0..9 ->
               [| 0
                  if image < 4 then
                      1
                  if image = 2 then
                      2 |]
               :> Collections.Generic.IReadOnlyList<int> |]

let private counts epochs (order: int -> int[]) =
    let all = Array.collect order [| 0 .. epochs - 1 |]
    [| for image in 0..9 -> all |> Array.filter ((=) image) |> Array.length |> float |]

[<Test>]
let ``an image's repeat factor is the largest root of t over its classes' shares`` () =
    let factors = SampleOrders.RepeatFactors(presence, 0.9) |> Array.ofSeq
    let r1, r2 = sqrt (0.9 / 0.4), sqrt (0.9 / 0.1)
    let expected = [| r1; r1; r2; r1; 1.0; 1.0; 1.0; 1.0; 1.0; 1.0 |]
    Array.iter2 (Expect.near 1e-12) expected factors
    Expect.sameItems (Array.create 10 1.0) (SampleOrders.RepeatFactors(presence, 0.001))

[<Test>]
let ``images are visited in proportion to their factors, an epoch as long as the data set`` () =
    let factors = SampleOrders.RepeatFactors(presence, 0.9)

    let order epoch =
        SampleOrders.Repeated(factors, 3UL, epoch)

    for epoch in 0..20 do
        Expect.same 10 (order epoch).Length

    let epochs = 3000
    let visits = counts epochs order
    let total = Seq.sum factors

    for image in 0..9 do
        Expect.near 0.05 (factors[image] / total) (visits[image] / float (10 * epochs))

[<Test>]
let ``factors of 1 visit each image once an epoch`` () =
    for epoch in 0..5 do
        SampleOrders.Repeated(Array.create 10 1.0, 4UL, epoch) |> Array.sort |> Expect.sameItems [ 0..9 ]

[<Test>]
let ``class probabilities are the softmax of 1 minus the share over T, without overflow`` () =
    let priors = [| 0.7; 0.29; 0.01; 0.0 |]
    let p = SampleOrders.ClassProbabilities(priors, 0.1) |> Array.ofSeq
    let weights = priors[..2] |> Array.map (fun share -> exp ((1.0 - share) / 0.1))
    Array.iter2 (Expect.near 1e-12) (Array.map (fun w -> w / Array.sum weights) weights) p[..2]
    Expect.same 0.0 p[3]
    let sharp = SampleOrders.ClassProbabilities(priors, 1e-6) |> Array.ofSeq
    Expect.sameItems [ 0.0; 0.0; 1.0; 0.0 ] sharp

[<Test>]
let ``rare-class sampling draws a class, then each image that shows it alike`` () =
    let p = [| 0.5; 0.3; 0.2 |]

    let order epoch =
        SampleOrders.RareClassFirst(presence, p, 5UL, epoch)

    let epochs = 3000
    let visits = counts epochs order

    let expected image =
        p[0] / 10.0 + (if image < 4 then p[1] / 4.0 else 0.0) + (if image = 2 then p[2] else 0.0)

    for image in 0..9 do
        let q = expected image
        Expect.near (5.0 * sqrt (q * (1.0 - q) / float (10 * epochs))) q (visits[image] / float (10 * epochs))

[<Test>]
let ``a class that no image shows leaves its probability to the others, and none at all is refused`` () =
    let order epoch =
        SampleOrders.RareClassFirst(presence, [| 0.5; 0.0; 0.0; 0.5 |], 5UL, epoch)

    Expect.same 10 (order 0).Length

    failure (fun () -> SampleOrders.RareClassFirst(presence, [| 0.0; 0.0; 0.0; 1.0 |], 5UL, 0) |> ignore)
    |> Expect.contains "--sampling"

[<Test>]
let ``orders are a function of seed and epoch`` () =
    let factors = SampleOrders.RepeatFactors(presence, 0.9)

    for order in
        [ fun (seed: uint64) epoch -> SampleOrders.Repeated(factors, seed, epoch)
          fun seed epoch -> SampleOrders.RareClassFirst(presence, [| 0.4; 0.3; 0.3 |], seed, epoch) ] do
        Expect.sameItems (order 1UL 2) (order 1UL 2)
        Assert.That(order 1UL 3, Is.Not.EqualTo(order 1UL 2))
        Assert.That(order 2UL 2, Is.Not.EqualTo(order 1UL 2))

[<Test>]
let ``presence is what the labels show`` () =
    let found = ClassPresence.Of(training, Nullable config.Size)

    for index in 0 .. training.Count - 1 do
        let labels = (training.Read(index, Nullable config.Size)).Labels

        labels
        |> Array.distinct
        |> Array.filter (fun label -> int label < training.Classes.Count)
        |> Array.map int
        |> Array.sort
        |> Expect.sameItems found.Images[index]

[<TestCase("repeatFactor")>]
[<TestCase("rareClass")>]
let ``with every augmentation and a sampling a continued run ends as the undisturbed one`` (kind: string) =
    let config =
        config
        |> altered "data" "\"synth:count=16,size=48x64\""
        |> altered
            "augmentation"
            "{\"flip\": 0.5, \"scaleMin\": 0.75, \"scaleMax\": 1.5, \"rotate\": 10, \"jitter\": 0.4, \"blur\": 0.5, \"copyPaste\": 0.5}"
        |> altered "sampling" $"{{\"kind\": \"{kind}\", \"repeatThreshold\": 0.9, \"rareTemperature\": 0.05}}"

    let plan = Recipe.plan false config

    inFolder (fun undisturbed ->
        run undisturbed plan |> ignore

        for step in [ 3; 5 ] do
            inFolder (fun folder ->
                runUntil (isStep step) folder plan |> ignore
                Expect.same true (resume folder plan (Recorder())).Completed
                Expect.same (finalState undisturbed) (finalState folder)))

[<Test>]
let ``a threshold that repeats nothing is warned of, and options out of range are refused`` () =
    let config = config |> altered "sampling" "{\"kind\": \"repeatFactor\", \"repeatThreshold\": 1e-6}"

    inFolder (fun folder ->
        let recorder = Recorder()
        Trainer.Run(plan config, folder, false, recorder) |> ignore

        recorder.Warnings
        |> List.find _.Contains("--repeat-threshold")
        |> Expect.contains "none is repeated")

    for options, name in
        [ SamplingOptions(RepeatThreshold = 0.0), "--repeat-threshold"
          SamplingOptions(RareTemperature = 0.0), "--rare-temperature" ] do
        failure (fun () -> options.Validate()) |> Expect.contains name
