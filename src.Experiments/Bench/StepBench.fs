/// `pat bench step`: our training step against PyTorch's, in turns.
module PatFramework.Experiments.StepBench

open System.Globalization
open Spectre.Console
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Core.Kernels
open PatFramework.Core.Models
open PatFramework.Core.Training
open PatFramework.Experiments.Peer
open PatFramework.Losses

/// What is timed.
type Setting =
    {
        Width: int
        Size: ImageSize
        Batch: int
        Threads: int
        Clock: DeviceClock.Clock
        /// Whether torch.compile's form of the step is timed too.
        Compile: bool
        Rounds: int
        Python: string
    }

/// One row: medians in seconds, and the median of the ratios of each pair of turns.
type Row =
    {
        Precision: Precision
        PeerLayout: string
        /// Whether the peer's model and loss are compiled.
        Compiled: bool
        Ours: float
        Peer: float
        Ratio: float
    }

/// CamVid's number of classes.
[<Literal>]
let private Classes = 11

/// Depth of the U-Net.
[<Literal>]
let private Depth = 5

let private config (setting: Setting) precision =
    TrainingConfig(
        Data = "random",
        Model = $"unet:width={setting.Width},depth={Depth}",
        Loss = "ce",
        Epochs = 1000,
        Size = setting.Size,
        BatchSize = setting.Batch,
        Precision = precision,
        Threads = setting.Threads,
        Device = setting.Clock.Kind
    )

let private probe (setting: Setting) precision =
    let loss = Catalogue.parse "ce" |> Outcome.orFail

    let model () : torch.nn.Module<torch.Tensor, torch.Tensor> =
        new Unet.UNet(Classes, width = setting.Width, depth = Depth)

    let kernel = KernelFactory.For(loss.Definition, setting.Clock.Device.``type``)
    new StepProbe(config setting precision, model, kernel, Classes)

let private peer (setting: Setting) (precision: Precision) layout =
    let arguments =
        [ findFile "bench/step/peer.py"; "--batch"; string setting.Batch ]
        @ [ "--height"; string setting.Size.Height; "--width"; string setting.Size.Width ]
        @ [ "--classes"; string Classes; "--threads"; string setting.Threads ]
        @ [ "--first-width"; string setting.Width; "--depth"; string Depth ]
        @ [ "--precision"; (if precision = Precision.Bf16 then "bf16" else "float32") ]
        @ [ "--layout"; layout ]
        @ setting.Clock.Arguments

    new Peer(setting.Python, arguments, "install Debian's python3-torch, or name a Python that has torch with --peer.")

let private name (precision: Precision) =
    if precision = Precision.Bf16 then "bf16" else "float32"

let private words isCompiled = if isCompiled then ", compiled" else ""

let private seconds (text: string) =
    System.Double.Parse(text, CultureInfo.InvariantCulture)

let private measured (setting: Setting) precision layout isCompiled (peer: Peer) =
    use probe = probe setting precision

    let turn () =
        let ours = DeviceClock.seconds setting.Clock (fun () -> probe.Run() |> ignore)
        struct (ours, seconds (peer.Ask "step"))

    turn () |> ignore
    let turns = [ for _ in 1 .. setting.Rounds -> turn () ]

    { Precision = precision
      PeerLayout = layout
      Compiled = isCompiled
      Ours = turns |> Seq.map (fun struct (ours, _) -> ours) |> Statistics.median
      Peer = turns |> Seq.map (fun struct (_, peer) -> peer) |> Statistics.median
      Ratio = turns |> Seq.map (fun struct (ours, peer) -> peer / ours) |> Statistics.median }

/// The row, or none where the peer can't compile.
let private row (setting: Setting) (precision, layout, isCompiled) =
    Terminal.note $"{name precision}, PyTorch {layout}{words isCompiled} …"
    use peer = peer setting precision layout

    match (if isCompiled then peer.Ask "compile" else "ok") with
    | "ok" -> Some(measured setting precision layout isCompiled peer)
    | answer ->
        Terminal.note $"The peer's step is not compiled: {answer}"
        None

/// On the processor each precision and layout; on a GPU what one trains with there, bf16 with the channels last.
let private ways (setting: Setting) =
    let eager =
        if setting.Clock.Kind = DeviceKind.Cuda then
            [ Precision.Bf16, "channels-last" ]
        else
            List.allPairs [ Precision.Float32; Precision.Bf16 ] [ "contiguous"; "channels-last" ]

    [ for precision, layout in eager -> precision, layout, false
      if setting.Compile then
          yield Precision.Bf16, "channels-last", true ]

let private json (setting: Setting) version rows () =
    Terminal.json
        [ "model", Terminal.jsonText $"unet:width={setting.Width}"
          "input", Terminal.jsonText $"{setting.Batch}x3x{setting.Size}"
          "threads", Terminal.jsonCount (int64 setting.Threads)
          "device", Terminal.jsonText (DeviceClock.name setting.Clock)
          "peer", Terminal.jsonText $"PyTorch {version}"
          "rows",
          Terminal.jsonArray
              [ for row in rows ->
                    Terminal.json
                        [ "precision", Terminal.jsonText (name row.Precision)
                          "peerLayout", Terminal.jsonText row.PeerLayout
                          "peerCompiled", Terminal.jsonFlag row.Compiled
                          "seconds", Terminal.jsonNumber row.Ours
                          "peerSeconds", Terminal.jsonNumber row.Peer
                          "ratio", Terminal.jsonNumber row.Ratio ] ] ]

let private show (setting: Setting) version rows (console: IAnsiConsole) =
    let columns =
        [ "precision", Justify.Left
          "PyTorch's layout", Justify.Left
          "ours, s", Justify.Right
          "PyTorch, s", Justify.Right
          "PyTorch / ours", Justify.Right ]

    let cells row =
        [ name row.Precision
          row.PeerLayout + words row.Compiled
          Terminal.decimals 4 row.Ours
          Terminal.decimals 4 row.Peer
          Terminal.decimals 2 row.Ratio ]

    console.WriteLine
        $"A training step of unet:width={setting.Width} at {setting.Batch}x3x{setting.Size} on {DeviceClock.name setting.Clock}, {setting.Threads} threads, against PyTorch {version}: medians of {setting.Rounds} turns"

    console.Write(Terminal.table columns (List.map cells rows))

/// Times both and prints the table, or the same as JSON.
let run output (setting: Setting) =
    let version =
        use peer = peer setting Precision.Float32 "contiguous"
        peer.Ask "version"

    let rows = ways setting |> List.choose (row setting)
    Terminal.emit output (json setting version rows) (show setting version rows)
    0
