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

[<TestFixtureSource(typeof<Kernels>, nameof Kernels.Fixtures)>]
type KernelContract(kernelName: string, spelling: string) =
    let loss = Members.parse spelling
    let mutable place: IDisposable = Kernels.Begin "fused"

    let underShape reduction (shape: BatchShape) =
        let told = Generators.told [| 0 .. shape.Classes - 1 |] shape
        let each = [| 0.3; 1.0; 0.0; 0.77; 0.5; 0.125; 0.9 |] // another variation for every pixel, class and image
        let variation = Array.init (shape.Pixels * shape.Classes) (fun j -> each[j % each.Length])
        Members.Told(Members.Under(loss.Definition, reduction), { told with Variation = Some variation })

    let definitionOf (call: Call) =
        underShape call.Reduction call.Batch.Shape

    let kernelOf (call: Call) =
        Kernels.Make(kernelName, definitionOf call)

    let evaluateScaled scale (kernel: LossKernel) dtype (call: Call) =
        let z, y = Tensors.logits dtype call.Layout call.Batch, Tensors.labels call.Labels call.Batch
        Tensors.evaluateScaled scale kernel z y

    let evaluate = evaluateScaled 1.0

    let agrees (precision: Precision) (call: Call) =
        use _scope = torch.NewDisposeScope()
        let call = { call with Batch = Tensors.rounded precision.Type call.Batch }
        let definition, batch = definitionOf call, call.Batch
        use kernel = kernelOf call
        let struct (expected, expectedGradient) = Definition.valueAndGradient definition batch
        let lossScale = precision.LossScale(expectedGradient |> Array.fold (fun most g -> max most (abs g)) 0.0)
        let struct (l, g) = evaluateScaled lossScale kernel precision.Type call
        equalAt precision.Tolerance (Members.Scale(definition, batch)) "value" expected l

        if Gradients.isUnique precision.Apart definition batch then
            let spacing = precision.Spacing / lossScale / precision.Tolerance.Absolute
            let scales = Gradients.scales definition batch |> Array.map ((+) spacing)
            eachWithin precision.Tolerance scales "gradient" expectedGradient g

    let agree (precision: Precision) =
        Check.contract (Calls.over Generators.batches) (agrees precision)
        Check.largeContract (Calls.over Generators.tiledBatches) (agrees precision)

    let refuses (sentence: string) (z: torch.Tensor) (y: torch.Tensor) =
        let threeClasses = { Images = 2; Classes = 3; Height = 4; Width = 5 }
        use kernel = Kernels.Make(kernelName, underShape Reduction.MaskMean threeClasses)
        Expect.refusal (fun () -> kernel.forward (z, y) |> ignore) |> Expect.contains sentence

    [<SetUp>]
    member _.Begin() = place <- Kernels.Begin kernelName

    [<TearDown>]
    member _.End() = place.Dispose()

    [<Test>]
    member _.``float64 is the definition``() = agree Precisions.float64

    [<Test>]
    member _.``float32 is the definition of the rounded logits``() = agree Precisions.float32

    [<Test>]
    member _.``bf16 is the definition of the rounded logits``() = agree Precisions.bfloat16

    [<Test>]
    member _.``float16 is the definition of the rounded logits, its gradient scaled before it is rounded``() =
        Check.fewContract (Calls.over Generators.batches) (agrees Precisions.float16)
        Check.largeContract (Calls.over Generators.tiledBatches) (agrees Precisions.float16)

    [<Test>]
    member _.``large logits that are close to each other keep their digits``() =
        let far = Array.map (fun z -> round (64.0 * z) / 64.0 + 8192.0)

        Check.fewContract (Calls.over Generators.ordinaryBatches) (fun call ->
            for precision in [ Precisions.float64; Precisions.float32 ] do
                agrees precision { call with Batch = { call.Batch with Logits = far call.Batch.Logits } })

    [<Test>]
    member _.``nothing valid gives 0 and a gradient of 0``() =
        let nothing =
            Gen.oneof [ Generators.batches.Generator |> Gen.map Batches.ignoreAll; Generators.emptyBatches.Generator ]
            |> Arb.fromGen

        Check.fewContract (Calls.over nothing) (fun call ->
            use _scope = torch.NewDisposeScope()
            use kernel = kernelOf call

            for precision in Precisions.all do
                let struct (l, g) = evaluate kernel precision.Type call
                Assert.That(l, Is.Zero)
                Assert.That(g, Is.All.Zero))

    [<Test>]
    member _.``ignored pixels have no influence, whatever their logits``() =
        Check.fewContract (Calls.over Generators.ordinaryBatches) (fun call ->
            use _scope = torch.NewDisposeScope()
            use kernel = kernelOf call
            let struct (l, g) = evaluate kernel torch.ScalarType.Float32 call

            for value in [ 1e30; nan; infinity ] do
                let disturbed = { call with Batch = Batches.disturbIgnored value call.Batch }
                let struct (l', g') = evaluate kernel torch.ScalarType.Float32 disturbed
                Expect.same l l'
                Expect.sameItems g g')

    [<Test>]
    member _.``gradients scale and add up, and without them the value is the same``() =
        Check.fewContract (Calls.over Generators.ordinaryBatches) (fun call ->
            use _scope = torch.NewDisposeScope()
            use kernel = kernelOf call
            let z = Tensors.logits torch.ScalarType.Float64 call.Layout call.Batch
            let y = Tensors.labels call.Labels call.Batch
            let struct (l, g) = Tensors.evaluate kernel z y
            let sum = kernel.forward(z, y).mul(torch.tensor 3.0).add(kernel.forward (z, y))
            within float64 "3 L + L" (Array.map ((*) 4.0) g) (Tensors.gradient sum z)
            use _no = torch.no_grad ()
            let alone = kernel.forward (z, y)
            Assert.That(alone.requires_grad, Is.False)
            Assert.That((Tensors.doubles alone)[0], Is.EqualTo l))

    [<Test>]
    member _.``the gradient is that of central differences``() =
        Check.fewContract (Calls.over Generators.ordinaryBatches) (fun call ->
            if Gradients.isDerivative (definitionOf call) call.Batch then
                use _scope = torch.NewDisposeScope()
                use kernel = kernelOf call
                let struct (_, g) = evaluate kernel torch.ScalarType.Float64 call
                let y = Tensors.labels call.Labels call.Batch
                let j = abs (hash call.Batch.Labels) % g.Length

                let at h =
                    let logits = Array.updateAt j (call.Batch.Logits[j] + h) call.Batch.Logits
                    let z = Tensors.logits torch.ScalarType.Float64 call.Layout { call.Batch with Logits = logits }
                    (Tensors.doubles (kernel.forward (z, y)))[0]

                let slope h = (at h - at -h) / (2.0 * h)
                let difference = (4.0 * slope 1e-4 - slope 2e-4) / 3.0 // fourth order in the step
                equal differences $"dL/dz[{j}]" difference g[j])

    [<Test>]
    member _.``NaN and infinity go through, and are named where that is asked for``() =
        use _scope = torch.NewDisposeScope()
        let shape = { Images = 2; Classes = 3; Height = 4; Width = 5 }
        use kernel = Kernels.Make(kernelName, underShape Reduction.MaskMean shape)
        let y = torch.zeros ([| 2L; 4L; 5L |], torch.ScalarType.Int64)

        for value in [ nan; infinity ] do
            let logits = Array.init 120 (fun j -> if j = 60 + 20 + 7 then value else 0.1 * float (j % 7))
            let z = torch.tensor (logits, [| 2L; 3L; 4L; 5L |])
            kernel.RefusesNonFinite <- false
            let l = (Tensors.doubles (kernel.forward (z, y)))[0]
            Assert.That(Double.IsFinite l, Is.False)
            kernel.RefusesNonFinite <- true

            Expect.refusal (fun () -> kernel.forward (z, y) |> ignore)
            |> Expect.contains $"image 1, class 1, row 1, column 2 is {value}"

    [<Test>]
    member _.``what does not fit is refused with the reason``() =
        use _scope = torch.NewDisposeScope()
        let z = torch.zeros ([| 2L; 3L; 4L; 5L |])

        let labels (y: int64) =
            torch.full ([| 2L; 4L; 5L |], Scalar.op_Implicit y, torch.ScalarType.Int64)

        let last = labels 0L
        last.select(0L, 1L).select(0L, 3L).select(0L, 2L).fill_(Scalar.op_Implicit 200L) |> ignore
        refuses "[N,C,H,W]" (torch.zeros [| 3L; 4L; 5L |]) (labels 0L)
        refuses "[N,C,H,W]" (torch.zeros [| 2L; 0L; 4L; 5L |]) (labels 0L)
        refuses "[2,5,4]" z (torch.zeros ([| 2L; 5L; 4L |], torch.ScalarType.Int64))
        refuses "int64 or uint8" z (torch.zeros [| 2L; 4L; 5L |])
        refuses "floating-point" (z.to_type torch.ScalarType.Int32) (labels 0L)
        refuses "received 3 at image 0, row 0, column 0" z (labels 3L)
        refuses "received -1" z (labels -1L)
        refuses "received 200 at image 1, row 3, column 2" z last
        refuses "received 200 at image 1, row 3, column 2" z (last.to_type torch.ScalarType.Byte)
