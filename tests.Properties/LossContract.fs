/// What every loss of the catalogue promises, whatever its family. A new entry of the catalogue is held to it by its
/// examples, without a change here.
namespace PatFramework.Properties

open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Losses
open PatFramework.Properties.Comparison

/// The catalogue as test fixtures.
type Members =
    static member parse(spelling: string) : Loss =
        match Catalogue.parse spelling with
        | Ok loss -> loss
        | Error sentence -> invalidArg (nameof spelling) sentence

    static member All: string list = Catalogue.entries |> List.collect _.Examples

    static member Softmax: string list =
        Members.All
        |> List.filter (fun spelling ->
            match (Members.parse spelling).Definition with
            | LossDefinition.Softmax _ -> true)

    /// The definition with another reduction and the generators' ignored label.
    static member Under(definition: LossDefinition, reduction: Reduction) : LossDefinition =
        match definition with
        | LossDefinition.Softmax loss ->
            LossDefinition.Softmax(loss |> reducedBy reduction |> ignoring Generators.ignored)

    /// The gradient is the derivative of the value: not so where a weight is detached.
    static member IsDerivative(definition: LossDefinition) : bool =
        match definition with
        | LossDefinition.Softmax { Weight = PixelWeight.ExponentialConfidence(_, WeightGradient.Detached) } -> false
        | LossDefinition.Softmax _ -> true

    /// How far the factors of all pixels sum up: the size of the loss's terms.
    static member Scale(definition: LossDefinition, batch: LogitBatch) : float =
        match definition with
        | LossDefinition.Softmax { Reduction = Reduction.Sum } -> float batch.Labels.Length
        | LossDefinition.Softmax { Reduction = Reduction.MaskSum } -> float batch.Shape.Classes
        | _ -> 1.0

[<AbstractClass>]
type LossContract(spelling: string) =
    let loss = Members.parse spelling

    let under reduction =
        Members.Under(loss.Definition, reduction)

    let value reduction batch =
        Definition.value (under reduction) batch

    let gradient reduction batch =
        Definition.valueAndGradient (under reduction) batch

    let scale reduction batch = Members.Scale(under reduction, batch)
    let batchesAndReductions = Generators.both Generators.batches Generators.reductions

    let same what reduction (expected: LogitBatch) (actual: LogitBatch) =
        equalAt float64 (scale reduction expected) what (value reduction expected) (value reduction actual)

    member _.Definition = loss.Definition

    [<Test>]
    member _.``value and gradient are finite, and reverse mode has the value``() =
        Check.definition batchesAndReductions (fun (batch, reduction) ->
            let struct (l, g) = gradient reduction batch
            Assert.That(System.Double.IsFinite l && l >= 0.0, $"loss {l}")
            Assert.That(Array.forall System.Double.IsFinite g, sprintf "gradient %A" g)
            Assert.That(l, Is.EqualTo(value reduction batch)))

    [<Test>]
    member _.``where nothing is valid the loss is 0 and so is its gradient``() =
        let nothing =
            Gen.oneof [ Generators.batches.Generator |> Gen.map Batches.ignoreAll; Generators.emptyBatches.Generator ]
            |> Arb.fromGen

        Check.definition (Generators.both nothing Generators.reductions) (fun (batch, reduction) ->
            let struct (l, g) = gradient reduction batch
            Assert.That(l, Is.Zero)
            Assert.That(g, Is.All.Zero))

    [<Test>]
    member _.``ignored pixels have no influence and no gradient``() =
        Check.definition batchesAndReductions (fun (batch, reduction) ->
            let struct (l, g) = gradient reduction batch
            Assert.That(value reduction (Batches.disturbIgnored 1e3 batch), Is.EqualTo l)
            let gradients = { batch with Logits = g }

            for i in 0 .. batch.Labels.Length - 1 do
                if batch.Labels[i] = Generators.ignored then
                    for c in 0 .. batch.Shape.Classes - 1 do
                        Assert.That(Batches.logit gradients i c, Is.Zero))

    [<Test>]
    member _.``ignoring pixels is leaving them out``() =
        let countsIgnored = [ Reduction.AllPixelMean; Reduction.ElementMean ]

        let reductions =
            Generators.reductions |> Arb.filter (fun reduction -> not (List.contains reduction countsIgnored))

        Check.definition (Generators.both Generators.images reductions) (fun (image, reduction) ->
            same "without the ignored pixels" reduction image (Batches.rowOf (Batches.valid image) image))

    [<Test>]
    member _.``classes are interchangeable, value and gradient``() =
        let permuted =
            gen {
                let! batch = Generators.batches.Generator
                let! rename = Gen.shuffle [| 0 .. batch.Shape.Classes - 1 |]
                return batch, rename
            }
            |> Arb.fromGen

        Check.definition (Generators.both permuted Generators.reductions) (fun ((batch, rename), reduction) ->
            let struct (l, g) = gradient reduction batch
            let struct (l', g') = gradient reduction (Batches.permute rename batch)
            equalAt float64 (scale reduction batch) "value" l l'
            let expected = Batches.permute rename { batch with Logits = g }
            within float64 "gradient" expected.Logits g')

    [<Test>]
    member _.``every image twice changes sums alone``() =
        Check.definition batchesAndReductions (fun (batch, reduction) ->
            let factor = if reduction = Reduction.Sum then 2.0 else 1.0
            let expected = factor * value reduction batch
            equalAt float64 (scale reduction batch) "twice" expected (value reduction (Batches.twice batch)))

    [<Test>]
    member _.``mask reductions do not see the size of a mask``() =
        let masked =
            Gen.elements [ Reduction.MaskMean; Reduction.ImageMaskMean; Reduction.MaskSum ] |> Arb.fromGen

        let copies = Gen.zip (Gen.choose (0, 8)) (Gen.choose (2, 50)) |> Arb.fromGen

        Check.definition
            (Generators.both Generators.images (Generators.both masked copies))
            (fun (image, (reduction, (c, copies))) ->
                same "replicated mask" reduction image (Batches.replicateMask (int64 c) copies image))

    [<Test>]
    member _.``reverse mode is forward mode``() =
        let directions = Gen.choose (0, 1 <<< 20) |> Arb.fromGen

        Check.definition (Generators.both batchesAndReductions directions) (fun ((batch, reduction), seed) ->
            let random = System.Random seed
            let direction = Array.init batch.Logits.Length (fun _ -> random.NextDouble() - 0.5)
            let struct (l, g) = gradient reduction batch
            let forward = Definition.along direction (under reduction) batch
            let terms = Array.map2 (*) g direction
            let size = scale reduction batch + Array.sumBy abs terms
            equalAt float64 (scale reduction batch) "value" l forward.Value
            equalAt float64 size "directional derivative" forward.First (Array.sum terms))

    [<Test>]
    member contract.``the gradient is that of central differences``() =
        // Where a weight is detached the gradient is no derivative of the value; PatTests has its closed form.
        if Members.IsDerivative contract.Definition then
            Check.definition
                (Generators.both Generators.ordinaryBatches Generators.reductions)
                (fun (batch, reduction) ->
                    let h = 1e-4
                    let j = abs (hash batch.Labels) % batch.Logits.Length

                    let at z =
                        value reduction { batch with Logits = Array.updateAt j z batch.Logits }

                    let z = batch.Logits[j]
                    let difference = (at (z + h) - at (z - h)) / (2.0 * h)
                    let struct (_, g) = gradient reduction batch
                    equal differences $"dL/dz[{j}]" difference g[j])

    [<Test>]
    member _.``the printed spelling parses to the same loss``() =
        Check.definition Generators.reductions (fun reduction ->
            let separator = if spelling.Contains ':' then ',' else ':'

            let reduced =
                Members.parse $"{spelling}{separator}reduction={Catalogue.reductionName reduction},ignore=-1"

            Assert.That(Members.parse (Catalogue.print reduced), Is.EqualTo reduced))

/// What softmax losses promise beyond.
[<TestFixtureSource(typeof<Members>, nameof Members.Softmax)>]
type SoftmaxContract(spelling: string) =
    inherit LossContract(spelling)

    [<Test>]
    member contract.``logits may be shifted pixel by pixel``() =
        Check.definition (Generators.both Generators.ordinaryBatches Generators.reductions) (fun (batch, reduction) ->
            let definition = Members.Under(contract.Definition, reduction)
            let shifted = Batches.shift (fun i -> float (i * 37 % 11) - 5.0) batch
            let struct (l, g) = Definition.valueAndGradient definition batch
            let struct (l', g') = Definition.valueAndGradient definition shifted
            equalAt float64 (Members.Scale(definition, batch)) "value" l l'
            within float64 "gradient" g g')

    [<Test>]
    member contract.``the gradient of a pixel sums to 0 over the classes``() =
        Check.definition (Generators.both Generators.batches Generators.reductions) (fun (batch, reduction) ->
            let definition = Members.Under(contract.Definition, reduction)
            let struct (_, g) = Definition.valueAndGradient definition batch
            let gradients = { batch with Logits = g }

            for i in 0 .. batch.Labels.Length - 1 do
                let total = Seq.sumBy (Batches.logit gradients i) [ 0 .. batch.Shape.Classes - 1 ]
                equal float64 $"pixel {i}" 0.0 total)
