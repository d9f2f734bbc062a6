/// What `pat bench loss` computes losses of: labels like those of street scenes, and logits that half know them.
module PatFramework.Experiments.LossInput

open System
open System.IO
open System.Runtime.InteropServices
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Experiments.LossRow
open PatFramework.Losses

/// The ignored label.
[<Literal>]
let Ignored = 255L

/// A rectangle of one label.
type private Block = { Top: int; Left: int; Height: int; Width: int; Label: int64 }

let private random (keys: uint64[]) =
    DeterministicRandom(ReadOnlySpan<uint64> keys)

/// Class 0 most often, the last one least: the cube of a uniform number.
let private longTailed (random: DeterministicRandom) classes =
    int64 (float classes * random.NextUniform() ** 3.0)

/// Bands from edge to edge, as sky, houses and road are.
let private bands (random: DeterministicRandom) (shape: BatchShape) =
    let count = 4

    [ for band in 0 .. count - 1 do
          let top = band * shape.Height / count

          { Top = top
            Left = 0
            Height = (band + 1) * shape.Height / count - top
            Width = shape.Width
            Label = longTailed random (min shape.Classes 8) } ]

/// A rectangle anywhere, its sides from a 64th to a quarter of the image's and small ones as likely as large ones.
let private block (random: DeterministicRandom) (shape: BatchShape) label =
    let side whole =
        max 1 (int (float whole * 2.0 ** random.NextUniform(-6.0, -2.0)))

    let height, width = side shape.Height, side shape.Width

    { Top = random.NextBelow(shape.Height - height + 1)
      Left = random.NextBelow(shape.Width - width + 1)
      Height = height
      Width = width
      Label = label }

let private paint (labels: int64[]) (shape: BatchShape) image (block: Block) =
    for row in block.Top .. block.Top + block.Height - 1 do
        let start = (image * shape.Height + row) * shape.Width + block.Left
        Array.fill labels start block.Width block.Label

/// y [N,H,W], flat: bands of the frequent classes, blocks over them whose classes have a long tail, a few of them ignored.
let labels (seed: uint64) (shape: BatchShape) : int64[] =
    let labels = Array.zeroCreate shape.Pixels

    for image in 0 .. shape.Images - 1 do
        let random = random [| seed; uint64 image |]
        let things = [ for _ in 1 .. 40 + 2 * shape.Classes -> longTailed random shape.Classes ]

        bands random shape @ List.map (block random shape) (things @ List.replicate 8 Ignored)
        |> List.iter (paint labels shape image)

    labels

/// The pixels of each class in a training set that this batch is from: its own a hundredfold, and a few of each class.
let counts (classes: int) (labels: int64[]) : int64[] =
    ClassStatistics.accumulate labels (Array.zeroCreate classes) |> Array.map (fun n -> 100L * n + 50L)

/// z [N,C,H,W] that takes part in autograd, y, n, and a tensor to copy z into; whoever makes it disposes it.
type Input =
    { Case: Case
      Logits: torch.Tensor
      Labels: torch.Tensor
      Counts: int64[]
      Target: torch.Tensor }

    interface IDisposable with
        member input.Dispose() =
            input.Logits.Dispose()
            input.Labels.Dispose()
            input.Target.Dispose()

/// The labels of the pixels that the logits are of, 0 where ignored: of upsampled logits those at every eighth row and column.
let private known (case: Case) (y: int64[]) =
    let full, own = case.Shape, case.Logits
    let rows, columns = full.Height / own.Height, full.Width / own.Width

    Array.init own.Pixels (fun i ->
        let image, row, column = i / own.PixelsPerImage, i / own.Width % own.Height, i % own.Width

        match y[(image * full.Height + rows * row) * full.Width + columns * column] with
        | Ignored -> 0L
        | label -> label)

let private scalarType (kind: LogitType) =
    match kind with
    | LogitType.Float32 -> torch.ScalarType.Float32
    | LogitType.BFloat16 -> torch.ScalarType.BFloat16

/// Standard normal logits, doubled, and two more for the label; the same numbers on every device.
let create (device: torch.Device) (case: Case) : Input =
    let s, own = case.Shape, case.Logits
    let n, h, w = int64 own.Images, int64 own.Height, int64 own.Width
    let sides = [| n; int64 own.Classes; h; w |]
    let y = labels 1UL s
    use _scope = torch.NewDisposeScope()
    use generator = new torch.Generator(1UL)
    let logits = torch.randn(sides, generator = generator).mul_((2.0).ToScalar())
    let index = torch.tensor(known case y).reshape(n, 1L, h, w)
    logits.scatter_add_ (1L, index, torch.full (index.shape, (2.0).ToScalar())) |> ignore

    let placed = logits.``to``(scalarType case.Type).``to`` device
    let labels = torch.tensor(y).reshape(n, int64 s.Height, int64 s.Width).``to`` device

    { Case = case
      Logits = placed.DetachFromDisposeScope().requires_grad_()
      Labels = labels.DetachFromDisposeScope()
      Counts = counts s.Classes y
      Target = torch.zeros_like(placed).DetachFromDisposeScope() }

/// A variation for each logit, flat: 0 or 1 as SEQL draws, which is as good for BLV.
let variation (shape: BatchShape) : float[] =
    let random = random [| 2UL |]
    Array.init (shape.Pixels * shape.Classes) (fun _ -> if random.NextChance 0.5 then 1.0 else 0.0)

/// Writes the input as .npy files that the peer loads, in a new folder, with a variation where there is one.
let write (folder: string) (input: Input) (variation: float[] option) : string =
    let s, own = input.Case.Shape, input.Case.Logits
    let at name = Path.Combine(folder, name)
    Directory.CreateDirectory folder |> ignore
    use _scope = torch.NewDisposeScope()
    let z = input.Logits.detach().``to``(torch.ScalarType.Float32).cpu()
    let y = input.Labels.cpu ()
    let logits, labels = [ own.Images; own.Classes; own.Height; own.Width ], [ s.Images; s.Height; s.Width ]
    Npy.writeBytes (at "logits.npy") "<f4" logits (Span.op_Implicit z.bytes)
    Npy.writeBytes (at "labels.npy") "<i8" labels (Span.op_Implicit y.bytes)
    Npy.writeBytes (at "counts.npy") "<i8" [ s.Classes ] (MemoryMarshal.AsBytes(ReadOnlySpan input.Counts))
    variation |> Option.iter (Npy.writeFloats (at "variation.npy") "<f4" logits)
    folder
