/// A training step on a device that refuses the processor's tensors and notes what would make the host wait (libpat_pretend): it mixes
/// nothing, waits for nothing, and has the processor's numbers but for the order in which some operators round.
namespace PatFramework.Properties

open System
open System.Runtime.InteropServices
open System.Text
open NUnit.Framework
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Core.Kernels
open PatFramework.Core.Metrics
open PatFramework.Core.Models
open PatFramework.Core.Training
open PatFramework.Losses
open PatFramework.Properties.Comparison

module Pretended =
    [<DllImport("pat_pretend")>]
    extern void private pretend_waits(byte[] text, int room)

    /// What would have waited since the last call.
    let waits () =
        let text = Array.zeroCreate<byte> 4096
        pretend_waits (text, text.Length)

        Encoding.UTF8.GetString(text).TrimEnd('\000').Split('\n', StringSplitOptions.RemoveEmptyEntries)
        |> List.ofArray

    [<DllImport("pat_pretend")>]
    extern int private pretend_device_type()

    /// libtorch's PrivateUse1, which is the library's once it is loaded.
    let device = torch.Device(enum<DeviceType>(pretend_device_type ()), 0)

[<TestFixture>]
type PretendedDeviceTests() =
    static let classes = 3
    static let ignored = 255L
    static let counts = [| 900L; 90L; 10L |]

    static let everything =
        AugmentationOptions(
            Flip = 0.5,
            ScaleMin = 0.7,
            ScaleMax = 1.4,
            Rotate = 20.0,
            Jitter = 0.4,
            Blur = 0.5,
            CopyPaste = 0.8
        )

    static let config =
        TrainingRuns.config
        |> TrainingRuns.altered "augmentation" (RunJson.ToObject(everything).ToJsonString())
        |> TrainingRuns.altered "optimizer" "\"sgd\""
        |> TrainingRuns.altered "clipNorm" "0.5"
        |> TrainingRuns.altered "averageDecay" "0.9"
        |> TrainingRuns.altered "accumulate" "2"

    let batch (device: torch.Device) (model: SegmentationModel) seed =
        let random = DeterministicRandom(ReadOnlySpan [| uint64 seed |])
        let side = 2 * model.Stride + 3
        let images, height, width = max 2 model.MinimumTrainingBatch, side, side + 4
        let levels = Array.init (images * 3 * height * width) (fun _ -> byte (random.NextBelow 256))

        let labels =
            Array.init (images * height * width) (fun _ ->
                match random.NextBelow(classes + 1) with
                | c when c = classes -> ignored
                | c -> int64 c)

        new Batch(
            torch.tensor (levels, [| int64 images; 3L; int64 height; int64 width |], device = device),
            torch.tensor (labels, [| int64 images; int64 height; int64 width |], device = device),
            Array.create images ""
        )

    let state device (create: unit -> SegmentationModel) (loss: LossKernel) optimizer =
        let make () =
            ModuleExtensionMethods.``to`` (create (), (device: torch.Device))

        let model = make ()
        let average = new WeightAverage(make (), 0.9)
        average.Begin model
        new TrainingState(model, ModuleExtensionMethods.``to`` (loss, device), optimizer (config, model), average)

    /// Losses, weights, averages and the loss's memory after three steps on a device, and what would have waited in the steps.
    let trained device optimizer (create: unit -> SegmentationModel) (loss: LossKernel) =
        use _scope = torch.NewDisposeScope()
        use state = state device create loss optimizer
        let augmentation = Augmentation(config.Augmentation, 1UL, ignored, [| 0.9; 0.09; 0.01 |])
        let forward = ForwardPass(device, Precision.Float32)
        let step = TrainingStep(config, state, augmentation, forward, (fun _ -> 1e-2), false)
        torch.manual_seed 7L |> ignore
        let model = state.Model :?> SegmentationModel
        Pretended.waits () |> ignore

        let results =
            [ for number in 0..2 ->
                  let position = TrainingPosition().Ahead number
                  let batches = [| for part in 0..1 -> batch device model (2 * number + part) |]
                  let pending = step.Run(batches, position)
                  let waits = Pretended.waits ()
                  let result = pending.Result()
                  Pretended.waits () |> ignore
                  Expect.isTrue $"the step failed: {result.Failure}" (isNull result.Failure)
                  result.Loss, waits ]

        let values (owner: torch.nn.Module) =
            [ for entry in owner.state_dict () -> entry.Key, Make.values (entry.Value.cpu ()) ]

        let average (state: TrainingState) =
            match state.Average with
            | null -> []
            | average -> values average.Model

        let losses = "losses", results |> List.map fst |> Array.ofList
        losses :: values model @ average state @ values loss, List.map snd results

    /// Three steps apart, float32.
    let rounding = { Relative = 1e-4; Absolute = 2e-5 }

    let sameAsProcessor create (loss: unit -> LossKernel) optimizer =
        let expected, _ = trained torch.CPU Optimizers.OverTensors create (loss ())
        let actual, waits = trained Pretended.device optimizer create (loss ())
        // The first step may read what a loss remembers from a checkpoint.
        for step in List.tail waits do
            Expect.sameItems [] step

        Expect.isTrue
            $"the first step reads a count at most, not {List.head waits}"
            (List.length (List.head waits) <= 1)

        for (name, right), (name', found) in List.zip expected actual do
            Expect.same name name'
            within rounding name right found

    let narrow () =
        Make.model 5L classes "unet:width=4,depth=3"

    let spelled (spelling: string) : LossKernel =
        let definition = Definition.tell (Given.counts counts) (Members.parse spelling).Definition
        KernelFactory.Composed(definition, ignored, 3L)

    static member Models = ModelMembers.all
    static member Losses = Kernels.Losses

    [<Test>]
    member _.``the device refuses the processor's tensors and notes what waits``() =
        use _scope = torch.NewDisposeScope()
        let there = torch.ones ([| 2L; 3L |], device = Pretended.device)

        let refused =
            try
                there + torch.ones [| 2L; 3L |] |> ignore
                ""
            with :? ExternalException as refused ->
                refused.Message

        refused |> Expect.contains "Expected all tensors to be on the same device"
        Pretended.waits () |> ignore
        Expect.same 6.0f (there.sum().item<float32>())
        Expect.isTrue "reading waits" (not (List.isEmpty (Pretended.waits ())))
        there.masked_select (there.gt ((0.5).ToScalar())) |> ignore
        Expect.sameItems [ "aten::masked_select" ] (Pretended.waits ())
        torch.ones([| 2L |]).``to`` Pretended.device |> ignore
        Expect.isTrue "a blocking upload waits" (not (List.isEmpty (Pretended.waits ())))

    [<TestCaseSource(nameof PretendedDeviceTests.Models)>]
    member _.``a step of each model, augmentation to average, waits for nothing``(spelling: string) =
        sameAsProcessor (fun () -> Make.model 5L classes spelling) (fun () -> spelled "ce") Optimizers.OverLists

    [<TestCaseSource(nameof PretendedDeviceTests.Losses)>]
    member _.``a step of each composed loss waits for nothing``(spelling: string) =
        sameAsProcessor narrow (fun () -> spelled spelling) Optimizers.OverLists

    [<Test>]
    member _.``a step with TorchSharp's optimizer waits for nothing``() =
        sameAsProcessor narrow (fun () -> spelled "ce") Optimizers.OverTensors

    [<Test>]
    member _.``metrics count a data set on the device and are read at its end``() =
        use _scope = torch.NewDisposeScope()

        let measured (device: torch.Device) =
            use confusion = new ConfusionMatrix(classes, ignored, device)
            use crossEntropy = new CrossEntropyMeter(ignored, device)
            use _guard = torch.no_grad ()
            Pretended.waits () |> ignore

            for seed in 1..2 do
                use batch = batch device (narrow ()) seed
                let logits = Augmentation.Normalize batch.Images
                confusion.AddLogits(logits, batch.Labels)
                crossEntropy.Add(logits, batch.Labels)

            Expect.sameItems [] (Pretended.waits ())
            confusion.ToMatrix() |> Seq.cast<int64> |> List.ofSeq, crossEntropy.Value

        Expect.same (measured torch.CPU) (measured Pretended.device)
