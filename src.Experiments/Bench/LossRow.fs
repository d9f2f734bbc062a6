/// What `pat bench loss` makes of its measurements: arithmetic alone.
module PatFramework.Experiments.LossRow

open System
open System.Globalization
open PatFramework.Core.Kernels
open PatFramework.Losses

/// A shape as it is spelled: `4x19x256x512`.
let spelled (shape: BatchShape) =
    $"{shape.Images}x{shape.Classes}x{shape.Height}x{shape.Width}"

let private shape (text: string) =
    let sides =
        text.Trim().Split 'x'
        |> Array.map (fun side -> Int32.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture))

    match sides with
    | [| true, n; true, c; true, h; true, w |] when List.forall ((<) 0) [ n; c; h; w ] ->
        { Images = n; Classes = c; Height = h; Width = w }
    | _ -> failwith $"'{text.Trim()}' is not a shape: give NxCxHxW, such as 4x19x256x512, more of them after commas."

/// Cityscapes and CamVid at the sizes that are trained on here, ADE20K's many classes, and Oxford-IIIT Pet's three.
[<Literal>]
let DefaultShapes = "4x19x256x512,8x12x180x240,1x150x512x512,2x3x256x256"

/// A batch of Cityscapes at half its size, which fills a GPU.
[<Literal>]
let LargeShape = "8x19x512x1024"

/// `4x19x256x512,2x3x256x256` as shapes.
let shapes (text: string) : BatchShape list =
    text.Split ',' |> Array.map shape |> List.ofArray

/// How many times smaller than the labels' the sides of logits are that are upsampled.
[<Literal>]
let Factor = 8

/// The type of the logits.
[<RequireQualifiedAccess>]
type LogitType =
    | Float32
    | BFloat16

    /// As PyTorch spells it.
    member kind.Name =
        match kind with
        | Float32 -> "float32"
        | BFloat16 -> "bfloat16"

    /// Bytes of a logit.
    member kind.Bytes =
        match kind with
        | Float32 -> 4L
        | BFloat16 -> 2L

/// `float32,bfloat16` as types.
let types (text: string) : LogitType list =
    [ for name in text.Split ',' ->
          [ LogitType.Float32; LogitType.BFloat16 ]
          |> List.tryFind (fun kind -> kind.Name = name.Trim())
          |> Option.defaultWith (fun () ->
              failwith $"'{name.Trim()}' is no type of logits: give float32, bfloat16 or both, with a comma between.") ]

/// What losses are computed of: the labels' shape with C, how logits come to it, and their type.
type Case =
    { Shape: BatchShape
      Upsampling: Upsampling
      Type: LogitType }

    /// The logits' shape.
    member case.Logits =
        match case.Upsampling with
        | Upsampling.None -> case.Shape
        | _ ->
            { case.Shape with
                Height = case.Shape.Height / Factor
                Width = case.Shape.Width / Factor }

    /// `4x19x256x512`, `4x19x32x64 to 256x512`, or `4x19x256x512 bfloat16`.
    member case.Name =
        let size = $"{spelled case.Logits} to {case.Shape.Height}x{case.Shape.Width}"
        let kind = if case.Type = LogitType.Float32 then "" else $" {case.Type.Name}"

        match case.Upsampling with
        | Upsampling.None -> spelled case.Shape + kind
        | Upsampling.BilinearAlignCorners -> $"{size}{kind}, corners aligned"
        | _ -> size + kind

/// Every shape as it is, then those whose sides divide, upsampled both ways; all of that for each type.
let cases (types: LogitType list) (shapes: BatchShape list) : Case list =
    let divides (shape: BatchShape) =
        shape.Height % Factor = 0 && shape.Width % Factor = 0

    [ for kind in types do
          for shape in shapes -> { Shape = shape; Upsampling = Upsampling.None; Type = kind }

          for shape in List.filter divides shapes do
              for way in [ Upsampling.Bilinear; Upsampling.BilinearAlignCorners ] ->
                  { Shape = shape; Upsampling = way; Type = kind } ]

/// Whether a loss is measured in a case: of upsampled logits cross-entropy and PAT are.
let belongs (case: Case) (loss: Loss) =
    case.Upsampling = Upsampling.None || loss.Name = "ce" || loss.Name = "pat"

/// Seconds of a forward pass with the gradient, each in its turn: the fused kernel, fused cross-entropy, the composed kernel,
/// a copy of the logits, the loss in PyTorch's tensor operations, the same compiled (NaN where it isn't), and PyTorch's
/// F.cross_entropy; of upsampled logits, those after upsampling.
type Turn =
    { Fused: float
      FusedCrossEntropy: float
      Composed: float
      Copy: float
      Operations: float
      Compiled: float
      CrossEntropy: float }

/// Medians of the turns and of their ratios.
type Row =
    {
        Loss: string
        Case: Case
        Seconds: Turn
        /// F.cross_entropy over the fused kernel.
        CrossEntropyRatio: float
        /// PyTorch's tensor operations over the fused kernel.
        OperationsRatio: float
        /// Those compiled over the fused kernel; NaN where they aren't.
        CompiledRatio: float
        /// The fused kernel over a copy of the logits.
        CopyRatio: float
        /// The fused kernel over fused cross-entropy.
        FamilyRatio: float
        /// Bytes by which a fused pass makes resident memory grow; None where it was not measured.
        PeakBytes: int64 option
        /// The same of F.cross_entropy.
        PeerPeakBytes: int64 option
    }

let private elements (shape: BatchShape) =
    int64 shape.Pixels * int64 shape.Classes

/// Bytes that a pass has to move, the logits read and the gradient written; a copy moves as many.
let movedBytes (case: Case) : int64 =
    2L * case.Type.Bytes * elements case.Logits

/// What a pass may take: the gradient and 4 bytes a pixel of the labels.
let allowedBytes (case: Case) : int64 =
    case.Type.Bytes * elements case.Logits + 4L * int64 case.Shape.Pixels

/// The row of a loss from its turns and the peaks of memory, ours and the peer's.
let ofTurns (loss: string) (case: Case) (peak: int64 option, peerPeak: int64 option) (turns: Turn list) : Row =
    let median (value: Turn -> float) =
        turns |> Seq.map value |> Statistics.median

    { Loss = loss
      Case = case
      Seconds =
        { Fused = median _.Fused
          FusedCrossEntropy = median _.FusedCrossEntropy
          Composed = median _.Composed
          Copy = median _.Copy
          Operations = median _.Operations
          Compiled = median _.Compiled
          CrossEntropy = median _.CrossEntropy }
      CrossEntropyRatio = median (fun turn -> turn.CrossEntropy / turn.Fused)
      OperationsRatio = median (fun turn -> turn.Operations / turn.Fused)
      CompiledRatio = median (fun turn -> turn.Compiled / turn.Fused)
      CopyRatio = median (fun turn -> turn.Fused / turn.Copy)
      FamilyRatio = median (fun turn -> turn.Fused / turn.FusedCrossEntropy)
      PeakBytes = peak
      PeerPeakBytes = peerPeak }

/// How far values of one loss may be apart, over the larger one. F.cross_entropy rounds to bfloat16, like its logits.
let tolerance (kind: LogitType) : float =
    match kind with
    | LogitType.Float32 -> 1e-4
    | LogitType.BFloat16 -> 1.6e-2

let private text (value: float) =
    value.ToString("R", CultureInfo.InvariantCulture)

/// The sentence that says which of our values is not the peer's; None where all are.
let disagreement (kind: LogitType) (peer: string * float) (ours: (string * float) list) : string option =
    let other, expected = peer

    let apart (_, value: float) =
        not (abs (value - expected) <= tolerance kind * max (abs value) (abs expected))

    ours
    |> List.tryFind apart
    |> Option.map (fun (name, value) ->
        $"{name} gives {text value} and {other} {text expected}, which is more than {text (tolerance kind)} of them apart: they are not the same loss")
