/// `pat bench memory`: whether training steps leave memory as they found it.
module PatFramework.Experiments.MemoryBench

open System
open System.Diagnostics
open Spectre.Console
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Core.Kernels
open PatFramework.Core.Models
open PatFramework.Core.Native
open PatFramework.Core.Training
open PatFramework.Losses

/// The step after which everything that stays is expected to be there.
[<Literal>]
let private Settled = 100

let private take () =
    GC.Collect()
    GC.WaitForPendingFinalizers()
    use self = Process.GetCurrentProcess()
    struct (MachineInfo.LiveTensors, float self.WorkingSet64 / 1048576.0)

let private resident (before: float) (after: float) =
    $"{Terminal.decimals 1 before} MiB → {Terminal.decimals 1 after} MiB"

/// Runs so many steps of a small U-Net and prints native tensors and resident memory after step 100 and after the last.
let run output (steps: int) (threads: int) =
    let config =
        TrainingConfig(
            Data = "random",
            Model = "unet:width=8,depth=4",
            Loss = "pat:temperature=20",
            Epochs = 1000,
            Size = ImageSize(48, 64),
            BatchSize = 4,
            Precision = Precision.Bf16,
            Threads = threads
        )

    let loss = Catalogue.parse config.Loss |> Outcome.orFail
    let model () : torch.nn.Module<torch.Tensor, torch.Tensor> = new Unet.UNet(11, width = 8, depth = 4)
    use probe = new StepProbe(config, model, KernelFactory.Composed(loss.Definition, 255L), 11)

    for _ in 1..Settled do
        probe.Run() |> ignore

    let struct (tensors, memory) = take ()

    for _ in Settled + 1 .. steps do
        probe.Run() |> ignore

    let struct (tensorsAfter, memoryAfter) = take ()

    let json () =
        Terminal.json
            [ "steps", Terminal.jsonCount (int64 steps)
              "tensorsAtStep100", Terminal.jsonCount tensors
              "tensorsAtEnd", Terminal.jsonCount tensorsAfter
              "residentMiBAtStep100", Terminal.jsonNumber memory
              "residentMiBAtEnd", Terminal.jsonNumber memoryAfter ]

    Terminal.emit output json (fun console ->
        console.WriteLine
            $"Step {Settled} → step {steps}: {tensors} → {tensorsAfter} live native tensors, {resident memory memoryAfter} resident")

    if tensorsAfter = tensors then 0 else 1
