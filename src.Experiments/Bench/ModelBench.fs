/// `pat bench models`: what a training step of each model costs, and DeepLabV3's against torchvision's, in turns.
module PatFramework.Experiments.ModelBench

open System
open System.Diagnostics
open System.Globalization
open System.Text.Json
open TorchSharp
open PatFramework.Core.Kernels
open PatFramework.Core.Models
open PatFramework.Core.Native
open PatFramework.Core.Training
open PatFramework.Experiments.ModelChoice
open PatFramework.Experiments.ModelReport
open PatFramework.Experiments.Peer
open PatFramework.Losses

/// CamVid's number of classes.
[<Literal>]
let private Classes = 11

/// What is measured where nothing is said.
let private usual =
    [ for entry in ModelCatalogue.Entries -> entry.Name ]
    @ [ "unetpp:checkpoint=true"; "deeplabv3plus:encoder=resnet18"; "deeplabv3:encoder=resnet50" ]

/// torchvision's name of a model, where it has the same.
let private peerOf choice =
    match choice.Entry.Name, Map.tryFind "encoder" choice.Keys with
    | "deeplabv3", Some encoder when encoder = "resnet50" || encoder = "resnet101" -> Some $"deeplabv3_{encoder}"
    | _ -> None

let private startPeer (setting: Setting) layout architecture =
    let arguments =
        [ findFile "bench/models/peer.py"; "--architecture"; architecture; "--layout"; layout ]
        @ [ "--batch"; string setting.Batch; "--height"; string setting.Size.Height ]
        @ [ "--width"; string setting.Size.Width; "--classes"; string Classes ]
        @ [ "--threads"; string setting.Threads; "--precision"; name setting.Precision ]
        @ setting.Clock.Arguments

    new Peer(
        setting.Python,
        arguments,
        "install Debian's python3-torchvision, or name a Python that has it with --peer."
    )

let private probe (setting: Setting) choice =
    let config =
        TrainingConfig(
            Data = "random",
            Model = choice.Spelling,
            Loss = "ce",
            Epochs = 1000,
            Size = setting.Size,
            BatchSize = setting.Batch,
            Precision = setting.Precision,
            Threads = setting.Threads,
            Device = setting.Clock.Kind
        )

    let loss = Catalogue.parse "ce" |> Outcome.orFail
    let model () : torch.nn.Module<torch.Tensor, torch.Tensor> = ModelChoice.create Classes choice
    new StepProbe(config, model, KernelFactory.For(loss.Definition, setting.Clock.Device.``type``), Classes)

let private parameters choice =
    use model = ModelChoice.create Classes choice
    model.parameters () |> Seq.sumBy (fun p -> p.numel ())

let private seconds (peer: Peer) (request: string) =
    Double.Parse(peer.Ask request, CultureInfo.InvariantCulture)

let private cost steps inferences peak =
    { Step = Statistics.median steps
      Inference = Statistics.median inferences
      PeakMiB = peak }

/// Steps and inferences of both sides in turns; the first turn is not counted.
let private measure (setting: Setting) choice (layout: string) (architecture: string option) =
    let parameters = parameters choice
    use probe = probe setting choice
    let peer = architecture |> Option.map (startPeer setting layout)

    try
        let turns request ours =
            let turn () =
                struct (DeviceClock.seconds setting.Clock (ours >> ignore<float>),
                        peer |> Option.map (fun peer -> seconds peer request))

            turn () |> ignore
            [ for _ in 1 .. setting.Rounds -> turn () ]

        let steps = turns "step" probe.Run
        let peak = MachineInfo.PeakResidentMiB
        let peerPeak = peer |> Option.map (fun peer -> seconds peer "peak")
        let inferences = turns "infer" probe.Infer
        let ours turns = [ for struct (own, _) in turns -> own ]

        let theirs turns =
            [ for struct (_, other) in turns -> Option.defaultValue nan other ]

        { Model = choice.Spelling
          Parameters = parameters
          Ours = cost (ours steps) (ours inferences) peak
          PeerLayout = (if peer.IsSome then layout else "")
          Peer = peerPeak |> Option.map (cost (theirs steps) (theirs inferences))
          Ratio = List.map2 (/) (theirs steps) (ours steps) |> Statistics.median }
    finally
        peer |> Option.iter (fun peer -> (peer :> IDisposable).Dispose())

let private rowsOf setting choice =
    match peerOf choice with
    | None -> [ measure setting choice "" None ]
    | architecture ->
        let layouts =
            if setting.Clock.Kind = DeviceKind.Cuda then
                [ "channels-last" ]
            else
                [ "contiguous"; "channels-last" ]

        [ for layout in layouts -> measure setting choice layout architecture ]

/// Measures a model in a process of its own, so that its memory is its own.
let private apart (setting: Setting) (spelling: string) =
    Terminal.note $"{spelling} …"

    let arguments =
        [ "bench"; "models"; spelling; "--json" ]
        @ [ "--size"; string setting.Size ]
        @ [ "--batch"; string setting.Batch; "--precision"; name setting.Precision ]
        @ [ "--threads"; string setting.Threads; "--rounds"; string setting.Rounds; "--peer"; setting.Python ]
        @ setting.Clock.Arguments

    let info = ProcessStartInfo(findFile "pat", arguments, RedirectStandardOutput = true)
    use started = Process.Start info |> nonNull
    let answer = started.StandardOutput.ReadToEnd()
    started.WaitForExit()

    if started.ExitCode <> 0 then
        Outcome.fail $"{spelling} could not be measured: 'pat bench models {spelling}' says why."

    use document = JsonDocument.Parse answer
    [ for row in document.RootElement.GetProperty("rows").EnumerateArray() -> rowOf row ]

/// Measures one model here, several each in its own process, and prints the table or the same as JSON.
let run output (setting: Setting) (spellings: string list) =
    let choices =
        (if spellings.IsEmpty then usual else spellings)
        |> List.map (fun spelling -> ModelChoice.parse spelling |> Outcome.orFail)

    let rows =
        match choices with
        | [ choice ] -> rowsOf setting choice
        | choices -> choices |> List.collect (fun choice -> apart setting choice.Spelling)

    Terminal.emit output (json setting rows) (show setting rows)
    0
