/// What fused kernels promise beside the contract of every kernel.
namespace PatFramework.Properties

open System
open FsCheck.FSharp
open NUnit.Framework
open TorchSharp
open PatFramework.Core.Kernels
open PatFramework.Core.Native
open PatFramework.Losses
open PatFramework.Properties.Comparison

/// Losses with different ways through the kernels.
module Ways =
    let losses =
        [ "ce:smoothing=0.1"
          "pat:temperature=5"
          "cbfocal:beta=0.99,gamma=1"
          "balanced-softmax"
          "ldam"
          "seesaw"
          "balanced-sigmoid"
          "gol"
          "dice"
          "focal-tversky"
          "generalised-dice"
          "lovasz"
          "0.5*ce + 2*lovasz" ]

    let told (spelling: string) (call: Call) =
        let definition = Members.Under((Members.parse spelling).Definition, call.Reduction)

        let counts = (Generators.told [| 0 .. call.Batch.Shape.Classes - 1 |] call.Batch.Shape).Counts
        Members.Told(definition, { Given.nothing with Counts = counts })

    let fused spelling call =
        Kernels.Make("fused", told spelling call)

    let evaluate (kernel: LossKernel) (dtype: torch.ScalarType) (call: Call) =
        Tensors.evaluate kernel (Tensors.logits dtype call.Layout call.Batch) (Tensors.labels call.Labels call.Batch)

type FusedLosses =
    /// The processor's kernels, and those of the GPU.
    static member All: TestFixtureData list =
        [ for place in [ "fused"; "device" ] do
              for spelling in Ways.losses -> TestFixtureData(place, spelling) ]

[<TestFixtureSource(typeof<FusedLosses>, nameof FusedLosses.All)>]
type FusedTests(place: string, spelling: string) =
    let mutable begun: IDisposable = Kernels.Begin "fused"

    [<SetUp>]
    member _.Begin() = begun <- Kernels.Begin place

    [<TearDown>]
    member _.End() = begun.Dispose()

    /// Value and gradient under each of these settings are the same, bit for bit.
    member private _.AreTheSame(settings: (unit -> unit) list, dtype: torch.ScalarType, call: Call) =
        use _scope = torch.NewDisposeScope()
        use kernel = Ways.fused spelling call

        let results =
            [ for set in settings do
                  set ()
                  Ways.evaluate kernel dtype call ]

        for struct (l, g) in results.Tail do
            let struct (l', g') = results.Head
            Expect.same l' l
            Expect.sameItems g' g

    [<Test>]
    member test.``the number of threads and the run don't matter, bit for bit``() =
        let threads = torch.get_num_threads ()

        try
            Check.largeContract (Calls.over Generators.tiledBatches) (fun call ->
                let using (count: int) () = torch.set_num_threads count
                test.AreTheSame([ using 1; using 2; using 2; using 3 ], torch.ScalarType.Float32, call))
        finally
            torch.set_num_threads threads

    [<Test>]
    member test.``byte labels are the same as int64 labels, bit for bit``() =
        Check.fewContract (Calls.over Generators.batches) (fun call ->
            use _scope = torch.NewDisposeScope()
            use kernel = Ways.fused spelling call

            let struct (l, g) =
                Ways.evaluate kernel torch.ScalarType.Float32 { call with Labels = torch.ScalarType.Int64 }

            let struct (l', g') =
                Ways.evaluate kernel torch.ScalarType.Float32 { call with Labels = torch.ScalarType.Byte }

            Expect.same l l'
            Expect.sameItems g g')

    [<Test>]
    member _.``every instruction set that is there is the definition``() =
        let fastest = FusedKernels.InstructionSet

        let agrees precision (call: Call) =
            use _scope = torch.NewDisposeScope()
            let call = { call with Batch = Tensors.rounded precision.Type call.Batch }
            let definition = Ways.told spelling call
            use kernel = Ways.fused spelling call
            let struct (expected, expectedGradient) = Definition.valueAndGradient definition call.Batch
            let struct (l, g) = Ways.evaluate kernel precision.Type call
            equalAt precision.Tolerance (Members.Scale(definition, call.Batch)) "value" expected l

            if Gradients.isUnique precision.Apart definition call.Batch then
                eachWithin precision.Tolerance (Gradients.scales definition call.Batch) "gradient" expectedGradient g

        try
            Assert.That(FusedKernels.Supported, Does.Contain "portable")

            for isa in FusedKernels.Supported do
                FusedKernels.InstructionSet <- isa
                Expect.same isa FusedKernels.InstructionSet

                for precision in [ Precisions.float64; Precisions.float32 ] do
                    Check.fewContract (Calls.over Generators.batches) (agrees precision)
        finally
            FusedKernels.InstructionSet <- fastest

    [<Test>]
    member _.``upsampled logits are upsampled, then the loss``() =
        let cases =
            gen {
                let! call = (Calls.over Generators.ordinaryBatches).Generator
                let! height = Gen.choose (1, 17)
                let! width = Gen.choose (1, 40)
                let! align = Gen.elements [ Upsampling.Bilinear; Upsampling.BilinearAlignCorners ]
                let! labels = Generators.labels { call.Batch.Shape with Height = height; Width = width }
                return call, (height, width, labels), align
            }
            |> Arb.fromGen

        Check.contract cases (fun (call, (height, width, labels), align) ->
            use _scope = torch.NewDisposeScope()
            let s = call.Batch.Shape

            let call =
                { call with
                    Batch = { call.Batch with Shape = { s with Height = height; Width = width } } }

            use kernel = Ways.fused spelling call
            let low = { call.Batch with Shape = s }
            let y = torch.tensor(labels, [| int64 s.Images; int64 height; int64 width |]).to_type call.Labels

            let reference = Tensors.logits torch.ScalarType.Float64 call.Layout low

            let full =
                torch.nn.functional.interpolate (
                    reference,
                    [| int64 height; int64 width |],
                    mode = torch.InterpolationMode.Bilinear,
                    align_corners = Nullable((align = Upsampling.BilinearAlignCorners))
                )

            let loss = kernel.forward (full, y)
            let expected, expectedGradient = (Tensors.doubles loss)[0], Tensors.gradient loss reference

            kernel.Upsampling <- align
            let struct (l, g) = Tensors.evaluate kernel (Tensors.logits torch.ScalarType.Float64 call.Layout low) y
            let scale = Members.Scale(Ways.told spelling call, { call.Batch with Labels = labels })
            equalAt float64 scale "value" expected l
            eachWithin float64 (Array.create g.Length scale) "gradient" expectedGradient g)

/// What fused kernels draw themselves. Two classes with logits 0, the head the label of every pixel and its rarity next to 0:
/// the gradient of the tail's logit is σ(v), and 0 where it is dropped.
module FusedNoise =
    let private side = 300

    let private kernel (spelling: string) seed =
        let given = Given.counts [| 1_000_000_000_000L; 1L |]
        let definition = Members.Under((Members.parse spelling).Definition, Reduction.Sum)
        KernelFactory.Fused(Definition.tell given definition, Generators.ignored, seed)

    let private tailGradient (kernel: LossKernel) : float[] =
        use _scope = torch.NewDisposeScope()
        let z = torch.zeros([| 1L; 2L; int64 side; int64 side |], torch.ScalarType.Float64).requires_grad_ true
        let y = torch.zeros ([| 1L; int64 side; int64 side |], torch.ScalarType.Int64)
        Array.skip (side * side) (Tensors.gradient (kernel.forward (z, y)) z)

    let private drawn kernel =
        tailGradient kernel |> Array.map (fun g -> log (g / (1.0 - g)))

    let private saturated (v: float[]) =
        float (v |> Array.filter (fun v -> v > 1.0 - 1e-9) |> Array.length) / float v.Length

    let private correlation (a: float[]) (b: float[]) =
        let centred (x: float[]) =
            let mean = Array.average x
            Array.map (fun v -> v - mean) x

        let a, b = centred a, centred b

        Array.sum (Array.map2 (*) a b)
        / sqrt (Array.sumBy (fun v -> v * v) a * Array.sumBy (fun v -> v * v) b)

    /// losses.md 2.7 for the Gaussian; |U(−σ, σ)| and |N(0, σ²/C)| in closed form. Bounds: five standard errors of 90,000.
    [<TestCase("blv", 0.9008, 0.803)>]
    [<TestCase("blv:sigma=1", 0.6313, 0.317)>]
    [<TestCase("blv:sigma=6", 0.9337, 0.868)>]
    [<TestCase("blv:noise=uniform", 0.875, 0.75)>]
    [<TestCase("blv:sigma=1.4142135623730951,noise=xavier", 0.6313, 0.317)>]
    [<TestCase("blv:sigma=0.2", 0.15958, 0.0)>]
    let ``the variation has the distribution that it should`` (spelling: string, mean: float, share: float) =
        use kernel = kernel spelling 1L
        let v = drawn kernel
        Expect.near 0.006 mean (Array.average v)
        Expect.near 0.0085 share (saturated v)

    [<TestCase("seql:lambda=0.05", 0.9)>]
    [<TestCase("seql:lambda=0.05,gamma=0.25", 0.25)>]
    [<TestCase("seql:lambda=0.05,gamma=1", 1.0)>]
    let ``a rare class is dropped as often as it should be`` (spelling: string, probability: float) =
        use kernel = kernel spelling 1L
        let gradients = tailGradient kernel
        let dropped = gradients |> Array.filter ((=) 0.0) |> Array.length
        Expect.near 0.0075 probability (float dropped / float gradients.Length)

    [<Test>]
    let ``steps, seeds and neighbours are independent, and a step can be repeated`` () =
        use first = kernel "blv:sigma=0.5" 1L
        use again = kernel "blv:sigma=0.5" 1L
        use other = kernel "blv:sigma=0.5" 2L
        let v = drawn first
        Expect.sameItems v (drawn again)
        let unlike = [ drawn first; drawn other; Array.append (Array.tail v) [| v[0] |] ]

        for w in Array.append (Array.skip side v) (Array.take side v) :: unlike do
            Expect.near 0.017 0.0 (correlation v w)

        first.eval ()
        Expect.near 1e-9 0.0 (drawn first |> Array.map abs |> Array.max)

/// Every number of float16, infinite ones and NaN among them, is the logit of a pixel.
module FusedFloat16 =
    let private logits =
        let bits = Array.init 65536 (fun k -> single (BitConverter.UInt16BitsToHalf(uint16 k)))

        let of16 = torch.tensor(bits, [| 1L; 1L; 256L; 256L |]).to_type torch.ScalarType.Float16

        torch.cat ([| torch.zeros_like of16; of16 |], 1L)

    let private layouts (z: torch.Tensor) =
        [ z; z.permute(0L, 2L, 3L, 1L).contiguous().permute(0L, 3L, 1L, 2L) ]

    /// Small numbers are told apart by a low temperature.
    let private tempered temperature =
        match (Members.parse "ce").Definition with
        | LossDefinition.Softmax loss ->
            LossDefinition.Softmax
                { loss with
                    Adjustment = LogitAdjustment.Tempered temperature
                    Reduction = Reduction.Sum }
        | other -> failwith $"{other} is no softmax loss"

    [<TestCaseSource(typeof<FusedKernels>, nameof FusedKernels.Supported)>]
    let ``every float16 is read as libtorch reads it`` (isa: string) =
        use _place = Kernels.Using isa
        use _scope = torch.NewDisposeScope()
        let y = torch.zeros ([| 1L; 256L; 256L |], torch.ScalarType.Int64)

        for temperature in [ 1e-6; 1e-2; 8.0 ] do
            use kernel = KernelFactory.Fused(tempered temperature, Generators.ignored)

            for z in layouts logits do
                let gradient (z: torch.Tensor) =
                    let z = z.detach().requires_grad_ true
                    let gradients = torch.autograd.grad ([| kernel.forward (z, y) |], [| z |])
                    Tensors.doubles (gradients[0].to_type torch.ScalarType.Float16)

                Expect.sameItems (gradient (z.to_type torch.ScalarType.Float32)) (gradient z)

module FusedRefusals =
    [<Test>]
    let ``a fused loss is differentiated once, and says so`` () =
        use _scope = torch.NewDisposeScope()
        use kernel = KernelFactory.Fused((Members.parse "ce").Definition)
        let z = torch.zeros([| 1L; 2L; 3L; 4L |]).requires_grad_ true
        let loss = kernel.forward (z, torch.zeros ([| 1L; 3L; 4L |], torch.ScalarType.Int64))

        let twice () =
            torch.autograd.grad ([| loss |], [| z |], create_graph = true) |> ignore

        Assert.That(Action twice, Throws.Exception.With.Message.Contains "differentiated once")

    [<Test>]
    let ``an instruction set that is not there is refused`` () =
        Expect.refusal (fun () -> FusedKernels.InstructionSet <- "mmx")
        |> Expect.contains "no fused kernels for the instruction set 'mmx' here: choose"
