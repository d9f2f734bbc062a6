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

    static member private Of(isMember: LossDefinition -> bool) : string list =
        Members.All |> List.filter (fun spelling -> isMember (Members.parse spelling).Definition)

    static member Softmax: string list = Members.Of _.IsSoftmax
    static member Sigmoid: string list = Members.Of _.IsSigmoid
    static member Region: string list = Members.Of _.IsRegion

    /// The definition with what it is told.
    static member Told(definition: LossDefinition, given: Given) : LossDefinition =
        match Definition.bind given definition with
        | Ok told -> told
        | Error sentence -> invalidArg (nameof given) sentence

    /// The definition with another reduction, where there is one, and the generators' ignored label.
    static member Under(definition: LossDefinition, reduction: Reduction) : LossDefinition =
        let ignore = Some Generators.ignored

        definition
        |> Definition.mapTerms (function
            | LossDefinition.Softmax loss -> LossDefinition.Softmax { loss with Reduction = reduction; Ignore = ignore }
            | LossDefinition.Sigmoid loss -> LossDefinition.Sigmoid { loss with Reduction = reduction; Ignore = ignore }
            | LossDefinition.Region loss -> LossDefinition.Region { loss with Ignore = ignore }
            | sum -> sum)

    /// The gradient is the derivative of the value: not so where a part is detached, nor at Lovász's many kinks (its tests
    /// have derivatives of their own).
    static member IsDerivative(definition: LossDefinition) : bool =
        match definition with
        | LossDefinition.Softmax { Weight = PixelWeight.ExponentialConfidence(_, WeightGradient.Detached) } -> false
        | LossDefinition.Softmax { Adjustment = LogitAdjustment.Seesaw(_, q, _) } -> q = 0.0
        | LossDefinition.Region { Measure = RegionMeasure.Lovasz _ } -> false
        | _ -> true

    /// How far the factors of all pixels sum up: the size of the loss's terms.
    static member Scale(definition: LossDefinition, batch: LogitBatch) : float =
        let over reduction =
            match reduction with
            | Reduction.Sum -> float batch.Labels.Length
            | Reduction.MaskSum -> float batch.Shape.Classes
            | _ -> 1.0

        match definition with
        | LossDefinition.Softmax { Adjustment = LogitAdjustment.Margin(_, s); Reduction = reduction } ->
            max 1.0 s * over reduction
        | LossDefinition.Softmax loss -> over loss.Reduction
        | LossDefinition.Sigmoid loss -> float batch.Shape.Classes * over loss.Reduction
        | LossDefinition.Region _ -> 1.0
        | LossDefinition.WeightedSum terms -> terms |> List.sumBy (fun (a, term) -> a * Members.Scale(term, batch))

[<AbstractClass>]
type LossContract(spelling: string) =
    let loss = Members.parse spelling

    let unnamed (batch: LogitBatch) = [| 0 .. batch.Shape.Classes - 1 |]

    let renamed rename reduction (batch: LogitBatch) =
        Members.Told(Members.Under(loss.Definition, reduction), Generators.told rename batch.Shape)

    let under reduction batch = renamed (unnamed batch) reduction batch

    let value reduction batch =
        Definition.value (under reduction batch) batch

    let gradient reduction batch =
        Definition.valueAndGradient (under reduction batch) batch

    let scale reduction batch =
        Members.Scale(under reduction batch, batch)

    let batchesAndReductions = Generators.both Generators.batches Generators.reductions

    let same what reduction (expected: LogitBatch) (actual: LogitBatch) =
        equalAt float64 (scale reduction expected) what (value reduction expected) (value reduction actual)

    member _.Definition = loss.Definition
    member _.Under(reduction, batch) = under reduction batch
    member _.Gradient(reduction, batch) = gradient reduction batch
    member _.Same(what, reduction, expected, actual) = same what reduction expected actual

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
        let permuted (batches: Arbitrary<LogitBatch>) =
            gen {
                let! batch = batches.Generator
                let! rename = Gen.shuffle [| 0 .. batch.Shape.Classes - 1 |]
                return batch, rename
            }
            |> Arb.fromGen

        let interchangeable batches compareGradients =
            Check.definition
                (Generators.both (permuted batches) Generators.reductions)
                (fun ((batch, rename), reduction) ->
                    let struct (l, g) = gradient reduction batch
                    let other = Batches.permute rename batch
                    let struct (l', g') = Definition.valueAndGradient (renamed rename reduction other) other
                    equalAt float64 (scale reduction batch) "value" l l'

                    if compareGradients then
                        let expected = Batches.permute rename { batch with Logits = g }
                        let scales = Array.create g.Length (scale reduction batch)
                        eachWithin float64 scales "gradient" expected.Logits g')

        // Lovasz sorts the errors: where two are equal but for the rounding of a softmax, whose terms are summed in the
        // classes' order, either order is right and gives another subgradient.
        match loss.Definition with
        | LossDefinition.Region { Measure = RegionMeasure.Lovasz _ } ->
            interchangeable Generators.batches false
            interchangeable Generators.ordinaryBatches true
        | _ -> interchangeable Generators.batches true

    [<Test>]
    member _.``every image twice changes sums alone``() =
        Check.definition batchesAndReductions (fun (batch, reduction) ->
            let factor, changes =
                match loss.Definition with
                | LossDefinition.Region { Measure = RegionMeasure.Tversky(_, _, s, _, _) } -> 1.0, s > 0.0 // s stays
                | LossDefinition.Region _ -> 1.0, false
                | _ -> (if reduction = Reduction.Sum then 2.0 else 1.0), false

            let expected = factor * value reduction batch

            if not changes then
                equalAt float64 (scale reduction batch) "twice" expected (value reduction (Batches.twice batch)))

    [<Test>]
    member _.``reverse mode is forward mode``() =
        let directions = Gen.choose (0, 1 <<< 20) |> Arb.fromGen

        Check.definition (Generators.both batchesAndReductions directions) (fun ((batch, reduction), seed) ->
            let random = System.Random seed
            let direction = Array.init batch.Logits.Length (fun _ -> random.NextDouble() - 0.5)
            let struct (l, g) = gradient reduction batch
            let forward = Definition.along direction (under reduction batch) batch
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
                    let slope h = (at (z + h) - at (z - h)) / (2.0 * h)
                    let difference = (4.0 * slope h - slope (2.0 * h)) / 3.0 // fourth order in h
                    let struct (_, g) = gradient reduction batch
                    equal differences $"dL/dz[{j}]" difference g[j])

    [<Test>]
    member _.``the printed spelling parses to the same loss``() =
        Check.definition Generators.reductions (fun reduction ->
            let chosen =
                if loss.Definition.IsRegion then
                    ""
                else
                    $"reduction={Catalogue.reductionName reduction},"

            let separator = if spelling.Contains ':' then ',' else ':'
            let reduced = Members.parse $"{spelling}{separator}{chosen}ignore=-1"
            Assert.That(Members.parse (Catalogue.print reduced), Is.EqualTo reduced))

/// What every loss promises whose pixels are reduced.
[<AbstractClass>]
type PixelContract(spelling: string) =
    inherit LossContract(spelling)

    [<Test>]
    member contract.``mask reductions do not see the size of a mask``() =
        let masked =
            Gen.elements [ Reduction.MaskMean; Reduction.ImageMaskMean; Reduction.MaskSum ] |> Arb.fromGen

        let copies = Gen.zip (Gen.choose (0, 8)) (Gen.choose (2, 50)) |> Arb.fromGen

        Check.definition
            (Generators.both Generators.images (Generators.both masked copies))
            (fun (image, (reduction, (c, copies))) ->
                let replicated = Batches.replicateMask (int64 c) copies image
                contract.Same("replicated mask", reduction, image, replicated))

/// What losses of softmax probabilities promise, region losses among them.
module Shifts =
    let ``do not matter`` (contract: LossContract) (reduction: Reduction) (batch: LogitBatch) : unit =
        let shifted = Batches.shift (fun i -> float (i * 37 % 11) - 5.0) batch
        let struct (l, g) = contract.Gradient(reduction, batch)
        let struct (l', g') = contract.Gradient(reduction, shifted)
        let scale = Members.Scale(contract.Under(reduction, batch), batch)
        equalAt float64 scale "value" l l'
        eachWithin float64 (Array.create g.Length scale) "gradient" g g'

    /// Σ_k dL/dz_k = 0 at each pixel.
    let ``have no gradient`` (contract: LossContract) (reduction: Reduction) (batch: LogitBatch) : unit =
        let struct (_, g) = contract.Gradient(reduction, batch)
        let gradients = { batch with Logits = g }

        for i in 0 .. batch.Labels.Length - 1 do
            let pixel = [ 0 .. batch.Shape.Classes - 1 ] |> List.map (Batches.logit gradients i)
            equalAt float64 (1.0 + List.sumBy abs pixel) $"pixel {i}" 0.0 (List.sum pixel)

[<TestFixtureSource(typeof<Members>, nameof Members.Softmax)>]
type SoftmaxContract(spelling: string) =
    inherit PixelContract(spelling)

    [<Test>]
    member contract.``logits may be shifted pixel by pixel``() =
        Check.definition (Generators.both Generators.ordinaryBatches Generators.reductions) (fun (batch, reduction) ->
            Shifts.``do not matter`` contract reduction batch)

    [<Test>]
    member contract.``the gradient of a pixel sums to 0 over the classes``() =
        Check.definition (Generators.both Generators.batches Generators.reductions) (fun (batch, reduction) ->
            Shifts.``have no gradient`` contract reduction batch)

[<TestFixtureSource(typeof<Members>, nameof Members.Sigmoid)>]
type SigmoidContract(spelling: string) =
    inherit PixelContract(spelling)

    [<Test>]
    member contract.``a logit moves the loss on its own``() =
        // Σ_c of one term a class: the gradient by one logit stays when another is moved.
        Check.definition (Generators.both Generators.ordinaryBatches Generators.reductions) (fun (batch, reduction) ->
            let last = batch.Shape.Classes - 1

            let moved =
                { batch with
                    Logits =
                        batch.Logits
                        |> Array.mapi (fun j z ->
                            if j / batch.Shape.PixelsPerImage % batch.Shape.Classes = last then
                                z + 1.0
                            else
                                z) }

            let struct (_, g) = contract.Gradient(reduction, batch)
            let struct (_, g') = contract.Gradient(reduction, moved)
            let here, there = { batch with Logits = g }, { batch with Logits = g' }

            for i in 0 .. batch.Labels.Length - 1 do
                for c in 0 .. last - 1 do
                    equal float64 $"pixel {i}, class {c}" (Batches.logit here i c) (Batches.logit there i c))

[<TestFixtureSource(typeof<Members>, nameof Members.Region)>]
type RegionContract(spelling: string) =
    inherit LossContract(spelling)

    [<Test>]
    member contract.``logits may be shifted pixel by pixel``() =
        Check.definition Generators.ordinaryBatches (Shifts.``do not matter`` contract Reduction.PixelMean)

    [<Test>]
    member contract.``the gradient of a pixel sums to 0 over the classes``() =
        Check.definition Generators.batches (Shifts.``have no gradient`` contract Reduction.PixelMean)
