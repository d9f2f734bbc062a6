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

/// What is alive after a full collection, which also gives the collector's spare memory back.
type private Sample = { Step: int; Tensors: int64; ResidentMiB: float }

let private take step =
    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, true, true)
    GC.WaitForPendingFinalizers()
    use self = Process.GetCurrentProcess()

    { Step = step
      Tensors = MachineInfo.LiveTensors
      ResidentMiB = float self.WorkingSet64 / 1048576.0 }

let private json samples () =
    Terminal.json
        [ "samples",
          Terminal.jsonArray
              [ for sample in samples ->
                    Terminal.json
                        [ "step", Terminal.jsonCount (int64 sample.Step)
                          "tensors", Terminal.jsonCount sample.Tensors
                          "residentMiB", Terminal.jsonNumber sample.ResidentMiB ] ] ]

let private show samples (console: IAnsiConsole) =
    let columns =
        [ "step", Justify.Right; "live native tensors", Justify.Right; "resident, MiB", Justify.Right ]

    let cells sample =
        [ string sample.Step; string sample.Tensors; Terminal.decimals 1 sample.ResidentMiB ]

    console.Write(Terminal.table columns (List.map cells samples))

/// Runs so many steps of a small U-Net and prints native tensors and resident memory after step 100 and each quarter.
/// Exit code 1 when the number of tensors is not what it was.
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
    use probe = new StepProbe(config, model, KernelFactory.Fused(loss.Definition, 255L), 11)

    if steps < 4 * Settled then
        Outcome.fail $"'{steps}' steps are too few to see a trend: give --steps {4 * Settled} or more."

    let stops = Settled :: [ for quarter in 1..4 -> steps * quarter / 4 ]

    let advance (step, samples) stop =
        for _ in step + 1 .. stop do
            probe.Run() |> ignore

        stop, take stop :: samples

    let samples = stops |> List.fold advance (0, []) |> snd |> List.rev
    Terminal.emit output (json samples) (show samples)
    if (List.head samples).Tensors = (List.last samples).Tensors then 0 else 1
