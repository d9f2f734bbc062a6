/// Batches as tensors, and the kernels that are compared with the definitions.
namespace PatFramework.Properties

open System
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open TorchSharp
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
type Precision =
    {
        Type: torch.ScalarType
        Tolerance: Tolerance
        /// How far apart numbers are that keep their order.
        Apart: float
        /// How far apart the smallest numbers are: half of it is lost of any gradient.
        Spacing: float
        /// What a loss is multiplied by for its gradient, from the largest number of that.
        LossScale: float -> float
    }

type Kernels =
    /// A new kernel is one more row.
    static member All: (string * (LossDefinition -> LossKernel)) list =
        [ "composed", (fun definition -> KernelFactory.Composed(definition, Generators.ignored))
          "fused", (fun definition -> KernelFactory.Fused(definition, Generators.ignored))
          "device", (fun definition -> KernelFactory.Fused(definition, Generators.ignored)) ]

    static member Losses: string list = "0.5*ce + 2*dice + 0.1*eqlv2" :: Members.All

    static member Fixtures: TestFixtureData list =
        [ for name, _ in Kernels.All do
              for spelling in Kernels.Losses -> TestFixtureData(name, spelling) ]

    /// Until it is disposed of, fused kernels are those of this instruction set.
    static member Using(isa: string) : IDisposable =
        let before = FusedKernels.InstructionSet
        FusedKernels.InstructionSet <- isa

        { new IDisposable with
            member _.Dispose() = FusedKernels.InstructionSet <- before }

    /// Until it is disposed of, fused kernels are those of the GPU where the kernel is "device", run by the processor.
    static member Begin(name: string) : IDisposable =
        Kernels.Using(if name = "device" then FusedKernels.Emulated else FusedKernels.InstructionSet)

    /// A kernel of a definition, in evaluation mode: it uses what it is told and changes nothing.
    static member Make(name: string, definition: LossDefinition) : LossKernel =
        let kernel = (Map.find name (Map.ofList Kernels.All)) definition
        kernel.eval ()
        kernel

/// How a kernel is called: everything that must not matter.
type Call =
    { Batch: LogitBatch
      Reduction: Reduction
      Layout: Layout
      Labels: torch.ScalarType }

module Precisions =
    let private wide dtype tolerance apart =
        { Type = dtype
          Tolerance = tolerance
          Apart = apart
          Spacing = 0.0
          LossScale = (fun _ -> 1.0) }

    let float64 = wide torch.ScalarType.Float64 float64 1e-12
    let float32 = wide torch.ScalarType.Float32 float32 1e-6
    let bfloat16 = wide torch.ScalarType.BFloat16 bfloat16 1e-6

    /// Losses are scaled so that the largest number of their gradient is near 2^14, by at most 2^40.
    let float16 =
        { wide torch.ScalarType.Float16 float16 1e-6 with
            Spacing = Math.ScaleB(1.0, -24)
            LossScale = fun most -> Math.ScaleB(1.0, 14 - int (ceil (Math.Log2(max most (Math.ScaleB(1.0, -26)))))) }

    let all = [ float64; float32; bfloat16; float16 ]

module Calls =
    /// Calls with these batches, every reduction, layout and type of labels.
    let over (batches: Arbitrary<LogitBatch>) : Arbitrary<Call> =
        let call =
            gen {
                let! batch = batches.Generator
                let! reduction = Generators.reductions.Generator
                let! layout = Gen.elements [ Layout.Contiguous; Layout.ChannelsLast; Layout.Strided ]
                let! labels = Gen.elements [ torch.ScalarType.Int64; torch.ScalarType.Byte ]

                return { Batch = batch; Reduction = reduction; Layout = layout; Labels = labels }
            }

        Arb.fromGenShrink (
            call,
            fun call -> batches.Shrinker call.Batch |> Seq.map (fun batch -> { call with Batch = batch })
        )

module Tensors =
    let dimensions (s: BatchShape) =
        [| int64 s.Images; int64 s.Classes; int64 s.Height; int64 s.Width |]

    let labels (dtype: torch.ScalarType) (batch: LogitBatch) : torch.Tensor =
        let s = batch.Shape

        torch.tensor(batch.Labels, [| int64 s.Images; int64 s.Height; int64 s.Width |]).to_type dtype

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

    /// Loss and gradient of a kernel; the gradient is that of a multiple of the loss, divided by it.
    let evaluateScaled
        (scale: float)
        (kernel: LossKernel)
        (z: torch.Tensor)
        (y: torch.Tensor)
        : struct (float * float[]) =
        let loss = kernel.forward (z, y)
        let scaled = if scale = 1.0 then loss else loss * scale.ToScalar()
        struct ((doubles loss)[0], gradient scaled z |> Array.map (fun g -> g / scale))

    /// Loss and gradient of a kernel.
    let evaluate: LossKernel -> torch.Tensor -> torch.Tensor -> struct (float * float[]) =
        evaluateScaled 1.0

/// How large the terms are that a gradient is the sum of, and where it has only one value.
module Gradients =
    let private pixels (scale: int -> float) (batch: LogitBatch) =
        let size, classes = batch.Shape.PixelsPerImage, batch.Shape.Classes
        Array.init batch.Logits.Length (fun j -> scale (j / (size * classes) * size + j % size))

    let private factors reduction weights (batch: LogitBatch) =
        Reductions.factors reduction weights Generators.ignored batch.Shape batch.Labels

    /// The most that each logit's gradient can be, up to a small number: the factor of its pixel.
    let rec scales (definition: LossDefinition) (batch: LogitBatch) : float[] =
        let classes = batch.Shape.Classes

        match definition with
        | LossDefinition.Softmax loss ->
            let a = factors loss.Reduction (Softmax.classWeights loss.ClassWeight loss.Given classes) batch

            let scale =
                match loss.Adjustment with
                | LogitAdjustment.Margin(_, s) -> max 1.0 s
                | _ -> 1.0

            pixels (fun i -> scale * a[i]) batch
        | LossDefinition.Sigmoid loss ->
            let a = factors loss.Reduction (Array.create classes 1.0) batch
            pixels (fun i -> a[i]) batch
        | LossDefinition.Region _ -> Array.create batch.Logits.Length 1.0
        | LossDefinition.WeightedSum terms ->
            terms
            |> List.map (fun (a, term) -> scales term batch |> Array.map ((*) a))
            |> List.reduce (Array.map2 (+))

    let private errors (batch: LogitBatch) (c: int) =
        [| for i in Batches.valid batch do
               let p = Elementary.softmax (Array.init batch.Shape.Classes (Batches.logit batch i))
               if batch.Labels[i] = int64 c then 1.0 - p[c] else p[c] |]

    let private isApart (gap: float) (values: float[]) =
        values |> Array.sort |> Array.pairwise |> Array.forall (fun (a, b) -> b - a > gap)

    /// Whether there is one gradient. Lovász sorts errors: where two are equal but for rounding, either order is right and gives
    /// another subgradient.
    let rec isUnique (gap: float) (definition: LossDefinition) (batch: LogitBatch) : bool =
        match definition with
        | LossDefinition.Region { Measure = RegionMeasure.Lovasz _ } ->
            Seq.forall (errors batch >> isApart gap) [ 0 .. batch.Shape.Classes - 1 ]
        | LossDefinition.WeightedSum terms -> terms |> List.forall (fun (_, term) -> isUnique gap term batch)
        | _ -> true

    /// Whether that gradient is the derivative of the value all about the batch: not where a part of the loss is detached.
    let rec isDerivative (definition: LossDefinition) (batch: LogitBatch) : bool =
        match definition with
        | LossDefinition.Region { Measure = RegionMeasure.Lovasz _ } -> isUnique 1e-3 definition batch
        | LossDefinition.WeightedSum terms -> terms |> List.forall (fun (_, term) -> isDerivative term batch)
        | _ -> Members.IsDerivative definition
