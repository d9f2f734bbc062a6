/// Every kernel against the definition that it computes: value and gradient, every number type and memory layout. A new
/// loss comes in through the catalogue, a new kernel through one row of `Kernels.All`.
namespace PatFramework.Properties

open System
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Kernels
open PatFramework.Losses
open PatFramework.Properties.Comparison

/// Where the elements of the logits lie in memory.
[<RequireQualifiedAccess>]
type Layout =
    | Contiguous
    | ChannelsLast
    /// A part of larger rows.
    | Strided

/// A number type with the differences it may cause.
type Precision = { Type: torch.ScalarType; Tolerance: Tolerance }

type Kernels =
    static member All: (string * (LossDefinition -> LossKernel)) list =
        [ "composed", (fun definition -> KernelFactory.Composed(definition, Generators.ignored)) ]

    /// What has a kernel: the softmax family, except where something is drawn.
    static member Has(spelling: string) : bool =
        match (Members.parse spelling).Definition with
        | LossDefinition.Softmax loss -> not (Softmax.needsVariation loss || (loss.Adjustment.IsEqualised))
        | LossDefinition.Sigmoid _
        | LossDefinition.Region _
        | LossDefinition.WeightedSum _ -> false

    static member Fixtures: TestFixtureData list =
        [ for name, _ in Kernels.All do
              for spelling in List.filter Kernels.Has Members.All -> TestFixtureData(name, spelling) ]

    static member Without: string list = "0.5*ce + 0.5*dice" :: List.filter (Kernels.Has >> not) Members.All

module private Tensors =
    let dimensions (s: BatchShape) =
        [| int64 s.Images; int64 s.Classes; int64 s.Height; int64 s.Width |]

    let labels (batch: LogitBatch) =
        let s = batch.Shape
        torch.tensor (batch.Labels, [| int64 s.Images; int64 s.Height; int64 s.Width |])

    /// The logits in a number type and layout; a leaf that wants a gradient.
    let logits (dtype: torch.ScalarType) (layout: Layout) (batch: LogitBatch) : torch.Tensor =
        let z = torch.tensor(batch.Logits, dimensions batch.Shape).to_type dtype

        let placed =
            match layout with
            | Layout.Contiguous -> z
            | Layout.ChannelsLast -> z.permute(0L, 2L, 3L, 1L).contiguous().permute(0L, 3L, 1L, 2L)
            | Layout.Strided ->
                let wide = torch.cat ([| z.neg (); z; z.neg () |], 3L)
                wide.narrow (3L, int64 batch.Shape.Width, int64 batch.Shape.Width)

        placed.requires_grad_ true

    /// The elements as doubles. (TorchSharp refuses to copy the elements of an empty tensor.)
    let doubles (tensor: torch.Tensor) : float[] =
        if tensor.numel () = 0L then
            [||]
        else
            tensor.detach().to_type(torch.ScalarType.Float64).contiguous().data<float>().ToArray()

    /// The batch with its logits rounded to a number type.
    let rounded (dtype: torch.ScalarType) (batch: LogitBatch) : LogitBatch =
        { batch with Logits = doubles (torch.tensor(batch.Logits).to_type dtype) }

    let gradient (loss: torch.Tensor) (z: torch.Tensor) : float[] =
        let gradients = torch.autograd.grad ([| loss |], [| z |])
        doubles gradients[0]

    /// Loss and gradient of a kernel.
    let evaluate (kernel: LossKernel) (z: torch.Tensor) (y: torch.Tensor) : struct (float * float[]) =
        let loss = kernel.forward (z, y)
        struct ((doubles loss)[0], gradient loss z)

[<TestFixtureSource(typeof<Kernels>, nameof Kernels.Fixtures)>]
type KernelContract(kernelName: string, spelling: string) =
    let loss = Members.parse spelling

    let underShape reduction (shape: BatchShape) =
        Members.Told(Members.Under(loss.Definition, reduction), Generators.told [| 0 .. shape.Classes - 1 |] shape)

    let under reduction (batch: LogitBatch) = underShape reduction batch.Shape

    let kernelOf definition =
        Map.find kernelName (Map.ofList Kernels.All) definition

    let kernel reduction batch = kernelOf (under reduction batch)

    let float64 = { Type = torch.ScalarType.Float64; Tolerance = float64 }

    let layouts = Gen.elements [ Layout.Contiguous; Layout.ChannelsLast; Layout.Strided ] |> Arb.fromGen

    let cases batches =
        Generators.both batches (Generators.both Generators.reductions layouts)

    /// Class weights, and what the logits are multiplied by.
    let weightsAndScale (definition: LossDefinition) classes =
        match definition with
        | LossDefinition.Softmax loss ->
            let scale =
                match loss.Adjustment with
                | LogitAdjustment.Margin(_, s) -> max 1.0 s
                | _ -> 1.0

            Softmax.classWeights loss.ClassWeight loss.Given classes, scale
        | _ -> Array.create classes 1.0, 1.0

    /// The most that a gradient by each logit can be: the factor of its pixel.
    let gradientScales reduction (batch: LogitBatch) =
        let w, scale = weightsAndScale (under reduction batch) batch.Shape.Classes

        let a =
            Reductions.factors reduction w Generators.ignored batch.Shape batch.Labels |> Array.map ((*) scale)

        let size, classes = batch.Shape.PixelsPerImage, batch.Shape.Classes
        Array.init batch.Logits.Length (fun j -> a[j / (size * classes) * size + j % size])

    let agrees (precision: Precision) (batch, (reduction, layout)) =
        use _scope = torch.NewDisposeScope()
        use kernel: LossKernel = kernel reduction batch
        let batch = Tensors.rounded precision.Type batch

        let struct (expected, expectedGradient) = Definition.valueAndGradient (under reduction batch) batch

        let z = Tensors.logits precision.Type layout batch
        let struct (l, g) = Tensors.evaluate kernel z (Tensors.labels batch)
        equalAt precision.Tolerance (Members.Scale(under reduction batch, batch)) "value" expected l
        eachWithin precision.Tolerance (gradientScales reduction batch) "gradient" expectedGradient g

    let refuses (sentence: string) (z: torch.Tensor) (y: torch.Tensor) =
        let threeClasses = { Images = 2; Classes = 3; Height = 4; Width = 5 }
        use kernel = kernelOf (underShape Reduction.MaskMean threeClasses)
        let forward = Action(fun () -> kernel.forward (z, y) |> ignore)
        Assert.That(forward, Throws.InstanceOf<PatException>().With.Message.Contains sentence)

    [<Test>]
    member _.``float64 is the definition``() =
        Check.kernel (cases Generators.batches) (agrees float64)

    [<Test>]
    member _.``float32 is the definition of the rounded logits``() =
        Check.kernel (cases Generators.batches) (agrees { Type = torch.ScalarType.Float32; Tolerance = float32 })

    [<Test>]
    member _.``bf16 is the definition of the rounded logits``() =
        Check.kernel (cases Generators.batches) (agrees { Type = torch.ScalarType.BFloat16; Tolerance = bfloat16 })

    [<Test>]
    member _.``nothing valid gives 0 and a gradient of 0``() =
        let nothing =
            Gen.oneof [ Generators.batches.Generator |> Gen.map Batches.ignoreAll; Generators.emptyBatches.Generator ]
            |> Arb.fromGen

        Check.kernel (cases nothing) (fun (batch, (reduction, layout)) ->
            use _scope = torch.NewDisposeScope()
            use kernel = kernel reduction batch

            for dtype in [ torch.ScalarType.Float64; torch.ScalarType.Float32; torch.ScalarType.BFloat16 ] do
                let struct (l, g) = Tensors.evaluate kernel (Tensors.logits dtype layout batch) (Tensors.labels batch)

                Assert.That(l, Is.Zero)
                Assert.That(g, Is.All.Zero))

    [<Test>]
    member _.``gradients scale and add up, and without them the value is the same``() =
        Check.kernel (cases Generators.ordinaryBatches) (fun (batch, (reduction, layout)) ->
            use _scope = torch.NewDisposeScope()
            use kernel = kernel reduction batch
            let z, y = Tensors.logits float64.Type layout batch, Tensors.labels batch
            let struct (l, g) = Tensors.evaluate kernel z y
            let sum = kernel.forward(z, y).mul(torch.tensor 3.0).add(kernel.forward (z, y))
            within float64.Tolerance "3 L + L" (Array.map ((*) 4.0) g) (Tensors.gradient sum z)
            use _no = torch.no_grad ()
            let alone = kernel.forward (z, y)
            Assert.That(alone.requires_grad, Is.False)
            Assert.That((Tensors.doubles alone)[0], Is.EqualTo l))

    [<Test>]
    member _.``what does not fit is refused with the reason``() =
        use _scope = torch.NewDisposeScope()
        let z = torch.zeros ([| 2L; 3L; 4L; 5L |])

        let labels (y: int64) =
            torch.full ([| 2L; 4L; 5L |], Scalar.op_Implicit y, torch.ScalarType.Int64)

        refuses "[N,C,H,W]" (torch.zeros [| 3L; 4L; 5L |]) (labels 0L)
        refuses "[2,5,4]" z (torch.zeros ([| 2L; 5L; 4L |], torch.ScalarType.Int64))
        refuses "int64" z (torch.zeros [| 2L; 4L; 5L |])
        refuses "floating-point" (z.to_type torch.ScalarType.Int32) (labels 0L)
        refuses "received 3 at image 0, row 0, column 0" z (labels 3L)
        refuses "received -1" z (labels -1L)

module KernelRefusals =

    [<TestCaseSource(typeof<Kernels>, nameof Kernels.Without)>]
    let ``what has no kernel yet is refused with a sentence`` (spelling: string) =
        let definition = (Members.parse spelling).Definition
        let given = Generators.told [| 0; 1; 2 |] { Images = 1; Classes = 3; Height = 1; Width = 1 }

        for _, kernel in Kernels.All do
            let make = Action(fun () -> kernel (Members.Told(definition, given)) |> ignore)
            Assert.That(make, Throws.InstanceOf<PatException>().With.Message.Contains "There is no kernel yet for")

    [<Test>]
    let ``missing and misfitting class counts are refused`` () =
        use _scope = torch.NewDisposeScope()
        let definition = (Members.parse "balanced-softmax").Definition

        let make (definition: LossDefinition) =
            KernelFactory.Composed(definition, Generators.ignored)

        let without = Action(fun () -> make definition |> ignore)
        Assert.That(without, Throws.InstanceOf<PatException>().With.Message.Contains "pixels of each class")

        let forward (counts: int64[]) =
            use kernel = make (Members.Told(definition, Given.counts counts))
            let y = torch.full ([| 1L; 1L; 1L |], Scalar.op_Implicit 2L, torch.ScalarType.Int64)
            kernel.forward (torch.zeros [| 1L; 3L; 1L; 1L |], y) |> ignore

        let refused (sentence: string) counts =
            let act = Action(fun () -> forward counts)
            Assert.That(act, Throws.InstanceOf<PatException>().With.Message.Contains sentence)

        refused "counts of 2 classes" [| 1L; 1L |]
        refused "label 2 occurs" [| 1L; 1L; 0L |]
