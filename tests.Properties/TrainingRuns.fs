/// Small trainings for the tests: a narrow U-Net on drawn scenes of 48 × 64 pixels, in folders of their own.
namespace PatFramework.Properties

open System
open System.Collections.Generic
open System.IO
open System.Text.Json.Nodes
open System.Threading
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Core.Kernels
open PatFramework.Core.Models
open PatFramework.Core.Training
open PatFramework.Losses

/// A loss whose value is changed, step by step, by a function of (calls so far, value).
type ChangedLoss(inner: LossKernel, change: int -> torch.Tensor -> torch.Tensor) =
    inherit torch.nn.Module<torch.Tensor, torch.Tensor, torch.Tensor>("changed")
    let mutable calls = 0

    override _.forward(logits, labels) =
        calls <- calls + 1
        change calls (inner.call (logits, labels))

/// Cross-entropy of logits with Gaussian noise from the default generator, so that its state matters.
type NoisyLoss(inner: LossKernel) =
    inherit torch.nn.Module<torch.Tensor, torch.Tensor, torch.Tensor>("noisy")

    override _.forward(logits, labels) =
        inner.call (logits + torch.randn (logits.shape), labels)

/// What a run reported.
type Recorder(onEvent: TrainingEvent -> unit) =
    let events = List<TrainingEvent>()
    new() = Recorder ignore
    member _.Events = List.ofSeq events

    member _.Losses =
        events
        |> Seq.choose (function
            | :? TrainingEvent.StepCompleted as step -> Some step.Loss
            | _ -> None)
        |> List.ofSeq

    member _.Warnings =
        events
        |> Seq.choose (function
            | :? TrainingEvent.Warning as warning -> Some warning.Message
            | _ -> None)
        |> List.ofSeq

    interface IProgress<TrainingEvent> with
        member _.Report(event) =
            events.Add event
            onEvent event

module TrainingRuns =
    let private scenes = SynthOptions(Count = 16, Height = 48, Width = 64)
    let training = SynthStreet.Create(scenes, "train")
    let validation = SynthStreet.Create(scenes, "val")

    /// 2 epochs of 4 steps.
    let config =
        TrainingConfig(
            Data = "synth",
            Model = "unet:width=4,depth=3",
            Loss = "ce",
            Classes = training.Classes,
            Epochs = 2,
            Size = ImageSize(48, 64),
            BatchSize = 4,
            LearningRate = 1e-2,
            Threads = 1
        )

    /// The configuration with a field of its JSON set to a JSON text.
    let altered (field: string) (value: string) (config: TrainingConfig) =
        let json = RunJson.ToObject config
        json[field] <- JsonNode.Parse value
        RunJson.Parse<TrainingConfig>(json.ToJsonString())

    let crossEntropy () =
        KernelFactory.Composed(Algebra.ce, int64 training.Ignore)

    let private model () =
        ModelCatalogue.Create("unet", dict [ "width", "4"; "depth", "3" ] |> Dictionary, training.Classes.Count)

    let planWith (loss: unit -> torch.nn.Module<_, _, _>) (config: TrainingConfig) =
        TrainingPlan(config, training, validation, (fun () -> model ()), (fun _ -> loss ()))

    let plan (config: TrainingConfig) =
        planWith (fun () -> crossEntropy ()) config

    /// A folder that does not exist yet, removed after `body`.
    let inFolder (body: string -> unit) =
        let root = Path.Combine(Path.GetTempPath(), $"pat-run-{Guid.NewGuid():N}")

        try
            body (Path.Combine(root, "run"))
        finally
            if Directory.Exists root then
                Directory.Delete(root, recursive = true)

    let run (folder: string) (plan: TrainingPlan) =
        Trainer.Run(plan, folder, false, Recorder(), CancellationToken.None)

    let resume (folder: string) (plan: TrainingPlan) (recorder: Recorder) =
        Trainer.Run(plan, folder, true, recorder, CancellationToken.None)

    /// Runs until `isLast` holds of an event, then asks to stop as Ctrl-C does.
    let runUntil (isLast: TrainingEvent -> bool) (folder: string) (plan: TrainingPlan) =
        use source = new CancellationTokenSource()

        let recorder =
            Recorder(fun event ->
                if isLast event then
                    source.Cancel())

        Trainer.Run(plan, folder, false, recorder, source.Token)

    let isStep (number: int) (event: TrainingEvent) =
        match event with
        | :? TrainingEvent.StepCompleted as step -> step.Step = int64 number
        | _ -> false

    /// The checkpoints' records, oldest first.
    let checkpoints (folder: string) =
        Directory.GetFiles(Path.Combine(folder, "state"), "*.json") |> Array.sort

    /// The tensor file of a checkpoint's record.
    let tensorsOf (record: string) = record.Replace(".json", ".safetensors")

    /// The weights and the whole state (weights, loss, optimizer, generator) at the end of a run, as bytes and hash.
    let finalState (folder: string) =
        File.ReadAllBytes(Path.Combine(folder, "last.safetensors")),
        RunJson.ReadFile<Checkpoint>(Array.last (checkpoints folder)).Sha256
