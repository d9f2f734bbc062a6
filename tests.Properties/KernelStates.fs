/// What kernels remember from step to step and what they draw.
module PatFramework.Properties.KernelStates

open System
open FsCheck.FSharp
open NUnit.Framework
open TorchSharp
open PatFramework.Core.Kernels
open PatFramework.Losses
open PatFramework.Properties.Comparison

let private definition spelling = (Members.parse spelling).Definition

let private make given spelling : LossKernel =
    KernelFactory.Composed(Definition.tell given (definition spelling), Generators.ignored, 7L)

let private forward (kernel: LossKernel) (batch: LogitBatch) : float =
    use _scope = torch.NewDisposeScope()
    let z = Tensors.logits torch.ScalarType.Float64 Layout.Contiguous batch
    (Tensors.doubles (kernel.forward (z, Tensors.labels torch.ScalarType.Int64 batch)))[0]

let private buffer (kernel: LossKernel) name =
    use _scope = torch.NewDisposeScope()
    let state = kernel.state_dict ()
    Tensors.doubles state[name]

/// Several batches of one shape's classes.
let private histories =
    gen {
        let! first = Generators.ordinaryBatches.Generator
        let! others = Gen.listOfLength 3 Generators.ordinaryBatches.Generator
        return first :: List.filter (fun other -> other.Shape.Classes = first.Shape.Classes) others
    }
    |> Arb.fromGen

let private valueUnder given spelling batch =
    Definition.value (Members.Told(definition spelling, given)) batch

[<Test>]
let ``seesaw counts the labels of each training step before it uses them`` () =
    Check.contract histories (fun history ->
        let start = Array.init history.Head.Shape.Classes (fun c -> int64 (c * 5))
        use kernel = make (Given.counts start) "seesaw"

        let step counts (batch: LogitBatch) =
            let counts = ClassStatistics.accumulate batch.Labels counts
            let expected = valueUnder (Given.counts counts) "seesaw" batch
            equalAt float64 10.0 "loss" expected (forward kernel batch)
            Expect.sameItems (Array.map float counts) (buffer kernel "state.counts")
            counts

        List.fold step start history |> ignore)

[<TestCase(true)>]
[<TestCase(false)>]
let ``eqlv2 adds up its gradients after each training step`` (countsAreGiven: bool) =
    Check.contract histories (fun history ->
        let classes = history.Head.Shape.Classes

        let given = if countsAreGiven then Given.counts (Array.create classes 1L) else Given.nothing

        use kernel = make given "eqlv2"

        let loss =
            match definition "eqlv2" with
            | LossDefinition.Sigmoid loss -> loss
            | other -> invalidOp $"{other}"

        let step (sums: GradientSums) (batch: LogitBatch) =
            let told = { Given.nothing with Ratios = Some(GradientSums.ratios sums) }
            equalAt float64 100.0 "loss" (valueUnder told "eqlv2" batch) (forward kernel batch)
            let sums = GradientSums.step loss batch sums
            within float64 "positive" sums.Positive (buffer kernel "state.positive")
            within float64 "negative" sums.Negative (buffer kernel "state.negative")
            sums

        List.fold step (GradientSums.start classes) history |> ignore)

/// One image of class 0 alone among two, whose logits are 0: with these counts class 1 alone has a variation.
let private blank width : LogitBatch =
    { Shape = { Images = 1; Classes = 2; Height = 1; Width = width }
      Logits = Array.zeroCreate (2 * width)
      Labels = Array.zeroCreate width }

let private blankCounts = Given.counts [| 100L; 0L |]

/// p of class 1 at each pixel of a blank batch, in a training step.
let private ofOthers (kernel: LossKernel) (batch: LogitBatch) : float[] =
    use _scope = torch.NewDisposeScope()
    let z = Tensors.logits torch.ScalarType.Float64 Layout.Contiguous batch
    let y = Tensors.labels torch.ScalarType.Byte batch
    let struct (_, g) = Tensors.evaluate kernel z y
    g[batch.Shape.Width ..]

/// v of class 1, from p = e^v / (1 + e^v).
let private variation kernel batch =
    ofOthers kernel batch |> Array.map (fun p -> log (p / (1.0 - p)))

let private pixels = 200_000

[<TestCase("blv:sigma=4,reduction=sum", 0.803, 0.9008)>]
[<TestCase("blv:sigma=1,reduction=sum", 0.317, 0.6313)>]
[<TestCase("blv:sigma=2,noise=uniform,reduction=sum", 0.5, 0.75)>]
[<TestCase("blv:sigma=1,noise=uniform,reduction=sum", 0.0, 0.5)>]
[<TestCase("blv:sigma=1.4142135623730951,noise=xavier,reduction=sum", 0.317, 0.6313)>] // C = 2: σ/√C is 1
let ``blv's variation has the distribution of its noise`` (spelling: string, saturated: float, mean: float) =
    use kernel = make blankCounts spelling
    let v = variation kernel (blank pixels)
    let share = Array.averageBy (fun v -> if v > 1.0 - 1e-9 then 1.0 else 0.0) v
    Expect.near 0.005 saturated share
    Expect.near 0.003 mean (Array.average v)
    Expect.isTrue "in [0, 1]" (v |> Array.forall (fun v -> v >= -1e-12 && v <= 1.0 + 1e-12))

[<Test>]
let ``seql leaves a rare negative out with probability γ`` () =
    use kernel = make blankCounts "seql:lambda=0.05,gamma=0.9,reduction=sum"
    let p = ofOthers kernel (blank pixels)
    Expect.near 0.005 0.9 (Array.averageBy (fun p -> if p = 0.0 then 1.0 else 0.0) p)
    Expect.isTrue "0 or ½" (p |> Array.forall (fun p -> p = 0.0 || abs (p - 0.5) < 1e-12))

[<TestCase("blv")>]
[<TestCase("seql:lambda=0.05")>]
let ``each training step draws anew, as its seed and number say, and evaluation draws nothing`` (spelling: string) =
    let batch = blank 50

    let draws (kernel: LossKernel) =
        List.init 4 (fun _ -> forward kernel batch)

    use one = make blankCounts spelling
    use same = make blankCounts spelling
    let drawn = draws one
    Expect.sameItems drawn (draws same)
    Expect.same 4 (List.distinct drawn).Length

    use other =
        KernelFactory.Composed(Definition.tell blankCounts (definition spelling), Generators.ignored, 8L)

    Expect.isTrue "another seed draws otherwise" (drawn <> draws other)
    same.eval ()
    equal float64 "cross-entropy" (log 2.0) (forward same batch)
    Expect.sameItems (Array.singleton 4.0) (buffer same "state.steps")

[<TestCase("seesaw")>]
[<TestCase("eqlv2")>]
[<TestCase("blv")>]
[<TestCase("0.5*ce + 0.5*seesaw + eqlv2 + blv")>]
let ``a state that is saved and loaded goes on as the first one does`` (spelling: string) =
    let batches = Gen.sample 6 Generators.ordinaryBatches.Generator

    let twoClasses =
        batches
        |> Array.map (fun batch ->
            { blank batch.Labels.Length with
                Logits = Array.init (2 * batch.Labels.Length) (fun j -> sin (float j))
                Labels = batch.Labels |> Array.map (fun y -> if y = 255L then y else y % 2L) })

    use first = make blankCounts spelling
    use second = make blankCounts spelling
    twoClasses[..2] |> Array.iter (forward first >> ignore)
    second.load_state_dict (first.state_dict ()) |> ignore
    Expect.sameItems (Array.map (forward first) twoClasses) (Array.map (forward second) twoClasses)

[<TestCase("seesaw")>]
[<TestCase("eqlv2")>]
[<TestCase("blv")>]
let ``evaluation and passes without gradients leave the state alone`` (spelling: string) =
    let state (kernel: LossKernel) =
        [ for entry in kernel.state_dict () -> entry.Key, Tensors.doubles entry.Value ]

    use kernel = make blankCounts spelling
    let before = state kernel
    Expect.isTrue "there is a state" (not before.IsEmpty)
    let batch = blank 5

    let pass () = forward kernel batch |> ignore

    using (torch.no_grad ()) (fun _ -> pass ())
    kernel.eval ()
    pass ()
    Expect.same before (state kernel)
    kernel.train ()
    pass ()
    Expect.isTrue "a training step changes it" (before <> state kernel)

[<Test>]
let ``a class that was never counted is left out, and may be what ignored pixels stand for`` () =
    let never (batch: LogitBatch) =
        let last = int64 batch.Shape.Classes - 1L

        { batch with
            Labels = batch.Labels |> Array.map (fun y -> if y = last then 255L else y) }

    let skewed =
        ce |> adjusted (logPrior 1.0) |> weighted (exponentialConfidence 2.0) |> LossDefinition.Softmax

    Check.contract Generators.batches (fun batch ->
        use _scope = torch.NewDisposeScope()
        let batch = never batch
        let given = Given.counts (Array.init batch.Shape.Classes (fun c -> int64 (batch.Shape.Classes - 1 - c)))

        for definition in [ (Members.parse "balanced-softmax").Definition; skewed ] do
            let told = Members.Told(definition, given)
            use kernel = KernelFactory.Composed(told, Generators.ignored)

            for precision in [ Precisions.float64; Precisions.float32 ] do
                let batch = Tensors.rounded precision.Type batch
                let struct (l, g) = Definition.valueAndGradient told batch
                let z = Tensors.logits precision.Type Layout.Contiguous batch
                let struct (l', g') = Tensors.evaluate kernel z (Tensors.labels torch.ScalarType.Int64 batch)
                equal precision.Tolerance "value" l l'
                within precision.Tolerance "gradient" g g')

let private refusal given spelling (batch: LogitBatch) =
    Expect.refusal (fun () ->
        use kernel = make given spelling
        forward kernel batch |> ignore)

[<Test>]
let ``missing and misfitting statistics are refused`` () =
    let batch = { blank 1 with Labels = [| 1L |] }

    for spelling in [ "balanced-softmax"; "seesaw"; "cb"; "eql"; "balanced-sigmoid" ] do
        refusal Given.nothing spelling batch |> Expect.contains "pixels of each class"
        refusal (Given.counts [| 1L; 1L; 1L |]) spelling batch |> Expect.contains "counts of 3 classes"

    refusal { Given.nothing with Ratios = Some [| 1.0 |] } "eqlv2" batch
    |> Expect.contains "ratios of 1 classes"

    refusal { blankCounts with Variation = Some [| 1.0 |] } "blv" batch
    |> Expect.contains "variation of 1 logits; there are 2"

    refusal blankCounts "balanced-softmax" batch |> Expect.contains "label 1 occurs"
