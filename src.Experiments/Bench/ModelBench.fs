/// `pat bench models`: what a training step of each model costs, and DeepLabV3's against torchvision's, in turns.
module PatFramework.Experiments.ModelBench

open System
open System.Diagnostics
open System.Globalization
open System.IO
open System.Text.Json
open Spectre.Console
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Core.Kernels
open PatFramework.Core.Models
open PatFramework.Core.Native
open PatFramework.Core.Training
open PatFramework.Experiments.ModelChoice
open PatFramework.Experiments.Peer
open PatFramework.Losses

/// What is timed.
type Setting =
    { Size: ImageSize
      Batch: int
      Precision: Precision
      Threads: int
      Rounds: int
      Python: string }

/// One side: medians in seconds, and the most memory its process ever had.
type Cost = { Step: float; Inference: float; PeakMiB: float }

/// One row; `Ratio` is the median of the peer's step over ours, turn by turn.
type Row =
    { Model: string
      Parameters: int64
      Ours: Cost
      PeerLayout: string
      Peer: Cost option
      Ratio: float }

/// CamVid's number of classes.
[<Literal>]
let private Classes = 11

/// What is measured where nothing is said.
let private usual =
    [ for entry in ModelCatalogue.Entries -> entry.Name ]
    @ [ "unetpp:checkpoint=true"; "deeplabv3plus:encoder=resnet18"; "deeplabv3:encoder=resnet50" ]

let private name (precision: Precision) =
    if precision = Precision.Bf16 then "bf16" else "float32"

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
            Threads = setting.Threads
        )

    let loss = Catalogue.parse "ce" |> Outcome.orFail
    let model () : torch.nn.Module<torch.Tensor, torch.Tensor> = ModelChoice.create Classes choice
    new StepProbe(config, model, KernelFactory.Composed(loss.Definition, 255L), Classes)

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
                struct (ours (), peer |> Option.map (fun peer -> seconds peer request))

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
    | architecture -> [ for layout in [ "contiguous"; "channels-last" ] -> measure setting choice layout architecture ]

let private costJson (cost: Cost option) : Terminal.Json =
    match cost with
    | None -> null
    | Some cost ->
        Terminal.json
            [ "step", Terminal.jsonNumber cost.Step
              "inference", Terminal.jsonNumber cost.Inference
              "peakMiB", Terminal.jsonNumber cost.PeakMiB ]

let private rowJson row =
    Terminal.json
        [ "model", Terminal.jsonText row.Model
          "parameters", Terminal.jsonCount row.Parameters
          "ours", costJson (Some row.Ours)
          "peerLayout", Terminal.jsonText row.PeerLayout
          "peer", costJson row.Peer
          "ratio", Terminal.jsonNumber row.Ratio ]

let private costOf (json: JsonElement) =
    let number (name: string) = json.GetProperty(name).GetDouble()

    { Step = number "step"
      Inference = number "inference"
      PeakMiB = number "peakMiB" }

let private rowOf (json: JsonElement) =
    let peer = json.GetProperty "peer"
    let isThere = peer.ValueKind = JsonValueKind.Object

    { Model = string (json.GetProperty("model").GetString())
      Parameters = json.GetProperty("parameters").GetInt64()
      Ours = costOf (json.GetProperty "ours")
      PeerLayout = string (json.GetProperty("peerLayout").GetString())
      Peer = (if isThere then Some(costOf peer) else None)
      Ratio = (if isThere then json.GetProperty("ratio").GetDouble() else nan) }

/// Measures a model in a process of its own, so that its memory is its own.
let private apart (setting: Setting) (spelling: string) =
    Terminal.note $"{spelling} …"

    let arguments =
        [ Path.Combine(AppContext.BaseDirectory, "pat.dll"); "bench"; "models"; spelling; "--json" ]
        @ [ "--size"; string setting.Size ]
        @ [ "--batch"; string setting.Batch; "--precision"; name setting.Precision ]
        @ [ "--threads"; string setting.Threads; "--rounds"; string setting.Rounds; "--peer"; setting.Python ]

    let info = ProcessStartInfo("dotnet", arguments, RedirectStandardOutput = true)
    use started = Process.Start info |> nonNull
    let answer = started.StandardOutput.ReadToEnd()
    started.WaitForExit()

    if started.ExitCode <> 0 then
        Outcome.fail $"{spelling} could not be measured: 'pat bench models {spelling}' says why."

    use document = JsonDocument.Parse answer
    [ for row in document.RootElement.GetProperty("rows").EnumerateArray() -> rowOf row ]

let private json (setting: Setting) rows () =
    Terminal.json
        [ "input", Terminal.jsonText $"{setting.Batch}x3x{setting.Size}"
          "precision", Terminal.jsonText (name setting.Precision)
          "threads", Terminal.jsonCount (int64 setting.Threads)
          "rows", Terminal.jsonArray [ for row in rows -> rowJson row ] ]

let private costs (setting: Setting) cost =
    [ Terminal.decimals 3 cost.Step
      Terminal.decimals 0 cost.PeakMiB
      Terminal.decimals 1 (float setting.Batch / cost.Inference) ]

let private ownColumns =
    [ "step, s", Justify.Right; "peak, MiB", Justify.Right; "inference, images/s", Justify.Right ]

let private ownTable setting rows =
    let columns = ("model", Justify.Left) :: ("parameters, M", Justify.Right) :: ownColumns

    let cells row =
        [ row.Model; Terminal.decimals 2 (float row.Parameters / 1e6); yield! costs setting row.Ours ]

    Terminal.table columns (List.map cells rows)

/// torchvision's side of the rows that have one.
let private peerTable setting rows =
    let columns =
        [ "the same in torchvision, by layout", Justify.Left
          yield! ownColumns
          "its step / ours", Justify.Right ]

    let cells row (cost: Cost) =
        [ $"{row.Model}, {row.PeerLayout}"; yield! costs setting cost; Terminal.decimals 2 row.Ratio ]

    Terminal.table columns [ for row in rows -> cells row (Option.get row.Peer) ]

let private show (setting: Setting) rows (console: IAnsiConsole) =
    console.WriteLine
        $"Training steps at {setting.Batch}x3x{setting.Size} in {name setting.Precision}, {setting.Threads} threads: medians of {setting.Rounds} turns"

    console.Write(ownTable setting rows)

    match rows |> List.filter _.Peer.IsSome with
    | [] -> ()
    | compared -> console.Write(peerTable setting compared)

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
