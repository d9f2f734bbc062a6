/// `pat bench loss`: every loss, fused and composed, against PyTorch's own cross-entropy and its tensor operations, in turns.
module PatFramework.Experiments.LossBench

open System
open System.Globalization
open System.IO
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Kernels
open PatFramework.Core.Native
open PatFramework.Core.Training
open PatFramework.Experiments.LossInput
open PatFramework.Experiments.LossPeer
open PatFramework.Experiments.LossRow
open PatFramework.Experiments.Peer
open PatFramework.Losses

/// What is timed.
type Setting =
    {
        Shapes: BatchShape list
        Types: LogitType list
        Losses: Loss list
        Clock: DeviceClock.Clock
        /// Whether torch.compile's form of the loss is timed too.
        Compile: bool
        /// Whether upsampled logits are left out.
        Plain: bool
        Rounds: int
        Threads: int
        Python: string
        Out: string option
    }

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
    kernel.``to`` input.Logits.device

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

let private seconds clock (kernel: LossKernel) input =
    DeviceClock.seconds clock (fun () -> (fst (pass kernel input)).Dispose())

let private value (kernel: LossKernel) input =
    let scope, loss = pass kernel input
    let value = float (loss.item<float32>())
    scope.Dispose()
    value

let private copySeconds clock (input: Input) =
    use _quiet = torch.no_grad ()
    DeviceClock.seconds clock (fun () -> input.Target.copy_ input.Logits |> ignore)

// ------------------------------------------------------------------------------------------------ agreement

/// The peer and the folder with the input that it has loaded.
type private Other =
    {
        Peer: Peer
        Folder: string
        Loaded: string
        /// What F.cross_entropy takes of that input, where it is measured.
        PeakBytes: int64 option
    }

let private compared (case: Case) peer spelling (ours: (string * float) list) =
    match ask peer $"value {spelling}" with
    | Error sentence -> Error $"the peer could not compute it ({sentence})"
    | Ok text ->
        match disagreement case.Type ("the peer", Double.Parse(text, CultureInfo.InvariantCulture)) ours with
        | Some sentence -> Error sentence
        | None -> Ok()

let private values input variation loss =
    use fused = fused input variation loss
    use composed = composed input variation loss
    [ "the fused kernel", value fused input; "the composed kernel", value composed input ]

/// Whether both sides compute the same. A loss that draws is compared on one small image, with a variation that both are given.
let private agreement (setting: Setting) (other: Other) (input: Input) (loss: Loss) =
    let spelling = Catalogue.print loss

    if isDrawn loss.Definition then
        let shape =
            { input.Case.Shape with
                Images = 1
                Height = min 64 input.Case.Shape.Height
                Width = min 64 input.Case.Shape.Width }

        let case = { input.Case with Shape = shape }
        use small = create setting.Clock.Device case
        let drawn = Some(variation shape)
        load other.Peer case (write (Path.Combine(other.Folder, "small")) small drawn)
        let result = values small drawn loss |> compared input.Case other.Peer spelling
        load other.Peer input.Case other.Loaded
        result
    else
        values input None loss |> compared input.Case other.Peer spelling

// ------------------------------------------------------------------------------------------------ rows

/// Prints the bytes by which one fused pass makes this process grow.
let printPeak (setting: Setting) (way: Upsampling) =
    match setting.Shapes, setting.Losses with
    | [ shape ], [ loss ] ->
        torch.set_num_threads setting.Threads
        let case = { Shape = shape; Upsampling = way; Type = LogitType.Float32 }
        use input = create torch.CPU case
        use small = create torch.CPU { case with Shape = { shape with Images = 1; Height = 16; Width = 16 } }
        use warm = fused small None loss
        value warm small |> ignore
        use kernel = fused input None loss
        Console.Out.WriteLine(ResidentMemory.growth (fun () -> fst (pass kernel input)))
        0
    | _ -> Outcome.fail "--peak takes one loss and one shape: give --losses LOSS --shapes NxCxHxW."

/// Memory is counted where it is the process's own, in float32.
let private isCounted (setting: Setting) (case: Case) =
    setting.Clock.Kind = DeviceKind.Cpu && case.Type = LogitType.Float32

/// The same, in a process of its own, in which nothing was allocated before.
let private peakBytes (setting: Setting) (case: Case) (loss: Loss) =
    let arguments =
        [ "bench"; "loss"; "--peak"; string case.Upsampling ]
        @ [ "--losses"; Catalogue.print loss; "--shapes"; spelled case.Shape ]
        @ [ "--threads"; string setting.Threads ]

    use self = new Peer(findFile "pat", arguments, "run ./build.sh Build.")
    Int64.Parse(self.Ask "", CultureInfo.InvariantCulture)

/// What F.cross_entropy takes, in a process of its own too.
let private peerPeakBytes (setting: Setting) (case: Case) folder =
    use peer = LossPeer.start setting.Python setting.Threads setting.Clock
    load peer case folder
    ask peer $"peak {Library}" |> number Library |> int64

let private timed (setting: Setting) (other: Other) (input: Input) (loss: Loss) =
    let peer, spelling = other.Peer, Catalogue.print loss
    use fusedKernel = fused input None loss
    use crossEntropy = fused input None (parse "ce")
    use composedKernel = composed input None loss

    let compiled = setting.Compile && isCompiled peer spelling

    let turn () =
        { Fused = seconds setting.Clock fusedKernel input
          FusedCrossEntropy = seconds setting.Clock crossEntropy input
          Composed = seconds setting.Clock composedKernel input
          Copy = copySeconds setting.Clock input
          Operations = peerSeconds peer spelling
          Compiled = if compiled then number spelling (ask peer "compiled") else nan
          CrossEntropy = peerSeconds peer Library }

    turn () |> ignore
    let turns = [ for _ in 1 .. setting.Rounds -> turn () ]

    let peak =
        if isCounted setting input.Case then
            Some(peakBytes setting input.Case loss)
        else
            None

    ofTurns spelling input.Case (peak, other.PeakBytes) turns

let private entry (setting: Setting) (other: Other) (input: Input) (loss: Loss) : LossReport.Entry =
    Terminal.note $"{input.Case.Name}, {Catalogue.print loss} …"

    { Loss = Catalogue.print loss
      Case = input.Case
      Outcome = agreement setting other input loss |> Result.map (fun () -> timed setting other input loss) }

let private ofCase (setting: Setting) (peer: Peer) (folder: string) (case: Case) =
    use input = create setting.Clock.Device case
    let loaded = write (Path.Combine(folder, "input")) input None
    load peer case loaded

    let other =
        { Peer = peer
          Folder = folder
          Loaded = loaded
          PeakBytes = if isCounted setting case then Some(peerPeakBytes setting case loaded) else None }

    use crossEntropy = fused input None (parse "ce")

    match compared case peer Library [ "fused ce", value crossEntropy input ] with
    | Error sentence -> Outcome.fail $"{Library} at {case.Name}: {sentence}."
    | Ok() -> setting.Losses |> List.filter (belongs case) |> List.map (entry setting other input)

let private measuredCases (setting: Setting) =
    cases setting.Types setting.Shapes
    |> List.filter (fun case -> case.Upsampling = Upsampling.None || not setting.Plain)

let private measure (setting: Setting) : LossReport.Report =
    use peer = LossPeer.start setting.Python setting.Threads setting.Clock
    let version = peer.Ask "version"
    let folder = Directory.CreateTempSubdirectory "pat-bench-loss-"

    try
        { Peer = $"PyTorch {version}"
          Device = DeviceClock.name setting.Clock
          InstructionSet =
            (if setting.Clock.Kind = DeviceKind.Cpu then
                 MachineInfo.FusedInstructionSet
             else
                 "CUDA")
          Threads = setting.Threads
          Rounds = setting.Rounds
          Entries = measuredCases setting |> List.collect (ofCase setting peer folder.FullName) }
    finally
        folder.Delete true

/// Times everyone and shows the tables, or the same as JSON; exit code 1 where a loss has no row.
let run output (setting: Setting) =
    torch.set_num_threads setting.Threads
    let report = measure setting
    setting.Out |> Option.iter (fun folder -> LossReport.write folder report)
    Terminal.emit output (LossReport.json report) (LossReport.show report)
    if List.isEmpty (LossReport.refusals report) then 0 else 1
