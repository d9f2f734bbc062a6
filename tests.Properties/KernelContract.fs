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

    static member Fixtures: TestFixtureData list =
        [ for name, _ in Kernels.All do
              for spelling in Members.All -> TestFixtureData(name, spelling) ]

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

    let under reduction =
        Members.Under(loss.Definition, reduction)

    let kernel reduction =
        Map.find kernelName (Map.ofList Kernels.All) (under reduction)

    let float64 = { Type = torch.ScalarType.Float64; Tolerance = float64 }

    let layouts = Gen.elements [ Layout.Contiguous; Layout.ChannelsLast; Layout.Strided ] |> Arb.fromGen

    let cases batches =
        Generators.both batches (Generators.both Generators.reductions layouts)

    /// The most that a gradient by each logit can be: the factor of its pixel.
    let gradientScales reduction (batch: LogitBatch) =
        let one = Array.create batch.Shape.Classes 1.0
        let a = Reductions.factors reduction one Generators.ignored batch.Shape batch.Labels
        let size, classes = batch.Shape.PixelsPerImage, batch.Shape.Classes
        Array.init batch.Logits.Length (fun j -> a[j / (size * classes) * size + j % size])

    let agrees (precision: Precision) (batch, (reduction, layout)) =
        use _scope = torch.NewDisposeScope()
        use kernel: LossKernel = kernel reduction
        let batch = Tensors.rounded precision.Type batch

        let struct (expected, expectedGradient) = Definition.valueAndGradient (under reduction) batch

        let z = Tensors.logits precision.Type layout batch
        let struct (l, g) = Tensors.evaluate kernel z (Tensors.labels batch)
        equalAt precision.Tolerance (Members.Scale(under reduction, batch)) "value" expected l
        eachWithin precision.Tolerance (gradientScales reduction batch) "gradient" expectedGradient g

    let refuses (sentence: string) (z: torch.Tensor) (y: torch.Tensor) =
        use kernel = kernel Reduction.MaskMean
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
            use kernel = kernel reduction

            for dtype in [ torch.ScalarType.Float64; torch.ScalarType.Float32; torch.ScalarType.BFloat16 ] do
                let struct (l, g) = Tensors.evaluate kernel (Tensors.logits dtype layout batch) (Tensors.labels batch)

                Assert.That(l, Is.Zero)
                Assert.That(g, Is.All.Zero))

    [<Test>]
    member _.``gradients scale and add up, and without them the value is the same``() =
        Check.kernel (cases Generators.ordinaryBatches) (fun (batch, (reduction, layout)) ->
            use _scope = torch.NewDisposeScope()
            use kernel = kernel reduction
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
