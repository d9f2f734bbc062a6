/// `pat bench loss`: every loss, fused and composed, against PyTorch's own cross-entropy and its tensor operations, in turns.
module PatFramework.Experiments.LossBench

open System
open System.Diagnostics
open System.Globalization
open System.IO
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Kernels
open PatFramework.Core.Native
open PatFramework.Experiments.LossInput
open PatFramework.Experiments.LossRow
open PatFramework.Experiments.Peer
open PatFramework.Losses

/// What is timed.
type Setting =
    { Shapes: BatchShape list
      Losses: Loss list
      Rounds: int
      Threads: int
      Python: string
      Out: string option }

/// PyTorch's own cross-entropy, as the peer calls it.
[<Literal>]
let private Library = "F.cross_entropy"

let private parse spelling =
    Catalogue.parse spelling |> Outcome.orFail

/// `ce; pat:temperature=20` as losses.
let losses (text: string) : Loss list =
    text.Split(';', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
    |> Array.map parse
    |> List.ofArray

/// The first example of every entry of the catalogue.
let catalogue () : Loss list =
    [ for entry in Catalogue.entries -> parse entry.Examples.Head ]

/// Whether a part of the loss is drawn anew at each step, so that two sides agree only where it is given.
let rec private isDrawn (definition: LossDefinition) =
    match definition with
    | LossDefinition.Softmax loss -> Softmax.needsVariation loss
    | LossDefinition.WeightedSum terms -> terms |> List.exists (snd >> isDrawn)
    | LossDefinition.Sigmoid _
    | LossDefinition.Region _ -> false

let private told (input: Input) variation (loss: Loss) =
    Definition.tell { Given.nothing with Counts = Some input.Counts; Variation = variation } loss.Definition

let private upsampling (input: Input) (kernel: LossKernel) =
    kernel.Upsampling <- input.Case.Upsampling
    kernel

let private fused input variation loss =
    KernelFactory.Fused(told input variation loss, Ignored) |> upsampling input

let private composed input variation loss =
    KernelFactory.Composed(told input variation loss, Ignored) |> upsampling input

// ------------------------------------------------------------------------------------------------ our side

/// A forward pass and the gradient; the scope ends with the disposing of what is returned.
let private pass (kernel: LossKernel) (input: Input) : IDisposable * torch.Tensor =
    let scope = torch.NewDisposeScope()
    let loss = kernel.forward (input.Logits, input.Labels)
    torch.autograd.grad ([| loss |], [| input.Logits |]) |> ignore
    scope, loss

let private seconds (kernel: LossKernel) input =
    let clock = Stopwatch.StartNew()
    let scope, _ = pass kernel input
    let elapsed = clock.Elapsed.TotalSeconds
    scope.Dispose()
    elapsed

let private value (kernel: LossKernel) input =
    let scope, loss = pass kernel input
    let value = float (loss.item<float32>())
    scope.Dispose()
    value

let private copySeconds (input: Input) =
    use _quiet = torch.no_grad ()
    let clock = Stopwatch.StartNew()
    input.Target.copy_ input.Logits |> ignore
    clock.Elapsed.TotalSeconds

// ------------------------------------------------------------------------------------------------ the peer's side

/// The answer, or the peer's own sentence.
let private ask (peer: Peer) request =
    match peer.Ask request with
    | answer when answer.StartsWith("error: ", StringComparison.Ordinal) -> Error(answer.Substring 7)
    | answer -> Ok answer

let private number request (answer: Result<string, string>) =
    match answer with
    | Ok text -> Double.Parse(text, CultureInfo.InvariantCulture)
    | Error sentence -> Outcome.fail $"The peer could not do '{request}': {sentence}."

let private peerSeconds peer loss = number loss (ask peer $"time {loss}")

let private alignment (case: Case) =
    match case.Upsampling with
    | Upsampling.None -> "none"
    | Upsampling.BilinearAlignCorners -> "true"
    | _ -> "false"

let private load peer (case: Case) folder =
    for request in [ $"load {folder}"; $"align {alignment case}" ] do
        ask peer request
        |> Result.mapError (fun sentence -> $"The peer could not do '{request}': {sentence}.")
        |> Outcome.orFail
        |> ignore

/// The peer and the folder with the input that it has loaded.
type private Other =
    {
        Peer: Peer
        Folder: string
        Loaded: string
        /// What F.cross_entropy takes of that input.
        PeakBytes: int64
    }

// ------------------------------------------------------------------------------------------------ agreement

let private compared peer spelling (ours: (string * float) list) =
    match ask peer $"value {spelling}" with
    | Error sentence -> Error $"the peer could not compute it ({sentence})"
    | Ok text ->
        match disagreement ("the peer", Double.Parse(text, CultureInfo.InvariantCulture)) ours with
        | Some sentence -> Error sentence
        | None -> Ok()

let private values input variation loss =
    use fused = fused input variation loss
    use composed = composed input variation loss
    [ "the fused kernel", value fused input; "the composed kernel", value composed input ]

/// Whether both sides compute the same. A loss that draws is compared on one small image, with a variation that both are given.
let private agreement (other: Other) (input: Input) (loss: Loss) =
    let spelling = Catalogue.print loss

    if isDrawn loss.Definition then
        let shape =
            { input.Case.Shape with
                Images = 1
                Height = min 64 input.Case.Shape.Height
                Width = min 64 input.Case.Shape.Width }

        let case = { input.Case with Shape = shape }
        use small = create case
        let drawn = Some(variation shape)
        load other.Peer case (write (Path.Combine(other.Folder, "small")) small drawn)
        let result = values small drawn loss |> compared other.Peer spelling
        load other.Peer input.Case other.Loaded
        result
    else
        values input None loss |> compared other.Peer spelling

// ------------------------------------------------------------------------------------------------ rows

/// Prints the bytes by which one fused pass makes this process grow.
let printPeak (setting: Setting) (way: Upsampling) =
    match setting.Shapes, setting.Losses with
    | [ shape ], [ loss ] ->
        torch.set_num_threads setting.Threads
        let case = { Shape = shape; Upsampling = way }
        use input = create case
        use small = create { case with Shape = { shape with Images = 1; Height = 16; Width = 16 } }
        use warm = fused small None loss
        value warm small |> ignore
        use kernel = fused input None loss
        Console.Out.WriteLine(ResidentMemory.growth (fun () -> fst (pass kernel input)))
        0
    | _ -> Outcome.fail "--peak takes one loss and one shape: give --losses LOSS --shapes NxCxHxW."

/// The same, in a process of its own, in which nothing was allocated before.
let private peakBytes (setting: Setting) (case: Case) (loss: Loss) =
    let arguments =
        [ "bench"; "loss"; "--peak"; string case.Upsampling ]
        @ [ "--losses"
            Catalogue.print loss
            "--shapes"
            spelled case.Shape
            "--threads"
            string setting.Threads ]

    use self = new Peer(findFile "pat", arguments, "run ./build.sh Build.")
    Int64.Parse(self.Ask "", CultureInfo.InvariantCulture)

let private startPeer (setting: Setting) =
    let arguments = [ findFile "bench/loss/peer.py"; "--threads"; string setting.Threads ]
    new Peer(setting.Python, arguments, "install Debian's python3-torch, or name a Python that has torch with --peer.")

/// What F.cross_entropy takes, in a process of its own too.
let private peerPeakBytes (setting: Setting) (case: Case) folder =
    use peer = startPeer setting
    load peer case folder
    ask peer $"peak {Library}" |> number Library |> int64

let private timed (setting: Setting) (other: Other) (input: Input) (loss: Loss) =
    let peer, spelling = other.Peer, Catalogue.print loss
    use fusedKernel = fused input None loss
    use crossEntropy = fused input None (parse "ce")
    use composedKernel = composed input None loss

    let turn () =
        { Fused = seconds fusedKernel input
          FusedCrossEntropy = seconds crossEntropy input
          Composed = seconds composedKernel input
          Copy = copySeconds input
          Operations = peerSeconds peer spelling
          CrossEntropy = peerSeconds peer Library }

    turn () |> ignore
    let turns = [ for _ in 1 .. setting.Rounds -> turn () ]
    ofTurns spelling input.Case (peakBytes setting input.Case loss, other.PeakBytes) turns

let private entry (setting: Setting) (other: Other) (input: Input) (loss: Loss) : LossReport.Entry =
    Terminal.note $"{input.Case.Name}, {Catalogue.print loss} …"

    { Loss = Catalogue.print loss
      Case = input.Case
      Outcome = agreement other input loss |> Result.map (fun () -> timed setting other input loss) }

let private ofCase (setting: Setting) (peer: Peer) (folder: string) (case: Case) =
    use input = create case
    let loaded = write (Path.Combine(folder, "input")) input None
    load peer case loaded

    let other =
        { Peer = peer
          Folder = folder
          Loaded = loaded
          PeakBytes = peerPeakBytes setting case loaded }

    use crossEntropy = fused input None (parse "ce")

    match compared peer Library [ "fused ce", value crossEntropy input ] with
    | Error sentence -> Outcome.fail $"{Library} at {case.Name}: {sentence}."
    | Ok() -> setting.Losses |> List.filter (belongs case) |> List.map (entry setting other input)

let private measure (setting: Setting) : LossReport.Report =
    use peer = startPeer setting
    let version = peer.Ask "version"
    let folder = Directory.CreateTempSubdirectory "pat-bench-loss-"

    try
        { Peer = $"PyTorch {version}"
          InstructionSet = MachineInfo.FusedInstructionSet
          Threads = setting.Threads
          Rounds = setting.Rounds
          Entries = cases setting.Shapes |> List.collect (ofCase setting peer folder.FullName) }
    finally
        folder.Delete true

/// Times everyone and shows the tables, or the same as JSON; exit code 1 where a loss has no row.
let run output (setting: Setting) =
    torch.set_num_threads setting.Threads
    let report = measure setting
    setting.Out |> Option.iter (fun folder -> LossReport.write folder report)
    Terminal.emit output (LossReport.json report) (LossReport.show report)
    if List.isEmpty (LossReport.refusals report) then 0 else 1
