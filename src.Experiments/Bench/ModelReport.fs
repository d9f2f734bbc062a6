/// How `pat bench models` shows its rows: on the console, and as JSON, in which one process hands them to another.
module PatFramework.Experiments.ModelReport

open System.Text.Json
open Spectre.Console
open PatFramework.Core.Data
open PatFramework.Core.Training

/// What is timed.
type Setting =
    { Size: ImageSize
      Batch: int
      Precision: Precision
      Threads: int
      Clock: DeviceClock.Clock
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

/// As --precision takes it.
let name (precision: Precision) =
    if precision = Precision.Bf16 then "bf16" else "float32"

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

/// A row from its JSON.
let rowOf (json: JsonElement) =
    let peer = json.GetProperty "peer"
    let isThere = peer.ValueKind = JsonValueKind.Object

    { Model = string (json.GetProperty("model").GetString())
      Parameters = json.GetProperty("parameters").GetInt64()
      Ours = costOf (json.GetProperty "ours")
      PeerLayout = string (json.GetProperty("peerLayout").GetString())
      Peer = (if isThere then Some(costOf peer) else None)
      Ratio = (if isThere then json.GetProperty("ratio").GetDouble() else nan) }

/// The rows as one object.
let json (setting: Setting) rows () =
    Terminal.json
        [ "input", Terminal.jsonText $"{setting.Batch}x3x{setting.Size}"
          "precision", Terminal.jsonText (name setting.Precision)
          "threads", Terminal.jsonCount (int64 setting.Threads)
          "device", Terminal.jsonText (DeviceClock.name setting.Clock)
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

/// The tables.
let show (setting: Setting) rows (console: IAnsiConsole) =
    console.WriteLine
        $"Training steps at {setting.Batch}x3x{setting.Size} in {name setting.Precision} on {DeviceClock.name setting.Clock}, {setting.Threads} threads: medians of {setting.Rounds} turns"

    console.Write(ownTable setting rows)

    match rows |> List.filter _.Peer.IsSome with
    | [] -> ()
    | compared -> console.Write(peerTable setting compared)
