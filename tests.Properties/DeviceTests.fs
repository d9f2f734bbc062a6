/// What the GPU's kernels promise beside the contract of every kernel, as the emulator runs them on the processor.
[<NUnit.Framework.TestFixture>]
module PatFramework.Properties.DeviceTests

open NUnit.Framework
open TorchSharp
open PatFramework.Core.Kernels
open PatFramework.Losses
open PatFramework.Properties.Comparison

let private kernel spelling (classes: int) =
    let counts = Array.init classes (fun c -> int64 (1 + 7 * c % 101))
    let definition = (Members.parse spelling).Definition
    Kernels.Make("fused", Members.Told(definition, { Given.nothing with Counts = Some counts }))

let private size (shape: int64 list) = int (List.fold (*) 1L shape)

let private logits (shape: int64 list) =
    let values = Array.init (size shape) (fun i -> sin (0.37f * single i))
    torch.tensor(values, Array.ofList shape).requires_grad_ true

let private labels (classes: int64) (shape: int64 list) =
    torch.tensor (Array.init (size shape) (fun i -> 7L * int64 i % classes), Array.ofList shape)

/// Value and gradient of the kernel on the processor, and on the device.
let private both spelling (z: int64 list) (y: int64 list) =
    use kernel = kernel spelling (int z[1])

    let evaluate () =
        Tensors.evaluate kernel (logits z) (labels z[1] y)

    let expected = evaluate ()
    use _place = Kernels.Begin "device"
    struct (expected, evaluate ())

[<Test>]
let ``kernels for GPUs were built: nvcc or clang is here`` () =
    Assert.That(FusedKernels.HaveGpuCode, Is.True)

/// More than 127 classes take wider labels, more than 160 several launches to send their numbers, many a smaller tile.
[<TestCase(127)>]
[<TestCase(128)>]
[<TestCase(483)>]
let ``many classes are as few`` (classes: int) =
    for spelling in [ "balanced-softmax"; "balanced-sigmoid"; "dice"; "lovasz" ] do
        use _scope = torch.NewDisposeScope()
        let struct (struct (l, g), struct (l', g')) = both spelling [ 2L; int64 classes; 5L; 9L ] [ 2L; 5L; 9L ]
        equal float32 $"{spelling}: value" l l'
        within float32 $"{spelling}: gradient" g g'

[<Test>]
let ``more classes than a block's memory holds are refused with what to do`` () =
    use _scope = torch.NewDisposeScope()
    use _place = Kernels.Begin "device"
    use kernel = kernel "ce" 5000

    let tooMany () =
        kernel.forward (logits [ 1L; 5000L; 2L; 2L ], labels 5000L [ 1L; 2L; 2L ]) |> ignore

    Assert.That(System.Action tooMany, Throws.Exception.With.Message.Contains "use the composed kernel")

/// The emulator tells a wrong label at once, so that nothing is left to be told later.
[<Test>]
let ``nothing is reported of labels that are right`` () =
    use _scope = torch.NewDisposeScope()
    use _place = Kernels.Begin "device"
    use kernel = kernel "ce" 3
    let loss = kernel.forward (logits [ 1L; 3L; 2L; 2L ], labels 3L [ 1L; 2L; 2L ])
    FusedKernels.ThrowIfReported loss

    Expect.refusal (fun () -> kernel.forward (logits [ 1L; 3L; 2L; 2L ], labels 9L [ 1L; 2L; 2L ]) |> ignore)
    |> ignore

    FusedKernels.ThrowIfReported loss

[<Test>]
let ``the gradient is taken again where the loss's own was taken, else refused`` () =
    use _scope = torch.NewDisposeScope()
    use _place = Kernels.Begin "device"
    use kernel = kernel "pat:temperature=5" 3
    let z = logits [ 1L; 3L; 2L; 5L ]
    let loss = kernel.forward (z, labels 3L [ 1L; 2L; 5L ])

    let gradient (loss: torch.Tensor) (factor: float) =
        let outer = torch.tensor (single factor)
        let g = torch.autograd.grad ([| loss |], [| z |], [| outer |], retain_graph = true)
        Tensors.doubles g[0]

    let once = gradient loss 1.0
    within float32 "twice the gradient" (Array.map ((*) 2.0) once) (gradient loss 2.0)
    Expect.sameItems once (gradient loss 1.0)
    let again = kernel.forward (z, labels 3L [ 1L; 2L; 5L ])
    within float32 "half the gradient" (Array.map ((*) 0.5) once) (gradient again 0.5)
    let thrice () = gradient again 1.0 |> ignore
    Assert.That(System.Action thrice, Throws.Exception.With.Message.Contains "taken again")
