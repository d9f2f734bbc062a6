/// Batches made from batches: what must leave a loss unchanged, or change it in a known way.
module PatFramework.Properties.Batches

open PatFramework.Losses
open PatFramework.Properties

/// Rebuilds the logits from (pixel, class) → logit, for pixels counted over [N,H,W].
let private relogit (batch: LogitBatch) (logit: int -> int -> float) : LogitBatch =
    let size, classes = batch.Shape.PixelsPerImage, batch.Shape.Classes

    { batch with
        Logits =
            Array.init batch.Logits.Length (fun j ->
                logit (j / (size * classes) * size + j % size) (j / size % classes)) }

/// z of a pixel counted over [N,H,W], and a class.
let logit (batch: LogitBatch) (pixel: int) (c: int) : float =
    let size = batch.Shape.PixelsPerImage
    batch.Logits[(pixel / size * batch.Shape.Classes + c) * size + pixel % size]

/// Adds to all logits of a pixel the same number.
let shift (by: int -> float) (batch: LogitBatch) : LogitBatch =
    relogit batch (fun i c -> logit batch i c + by i)

/// Renames class c to `rename c` in labels and logits.
let permute (rename: int[]) (batch: LogitBatch) : LogitBatch =
    let original = Array.init rename.Length (fun c -> System.Array.IndexOf(rename, c))

    let relabel y =
        if y = Generators.ignored then y else int64 rename[int y]

    { relogit batch (fun i c -> logit batch i original[c]) with
        Labels = Array.map relabel batch.Labels }

/// Replaces the logits of the ignored pixels.
let disturbIgnored (value: float) (batch: LogitBatch) : LogitBatch =
    relogit batch (fun i c ->
        if batch.Labels[i] = Generators.ignored then
            value * float (1 + c)
        else
            logit batch i c)

/// The chosen pixels in one row of one image.
let rowOf (pixels: int[]) (batch: LogitBatch) : LogitBatch =
    { Shape = { Images = 1; Classes = batch.Shape.Classes; Height = 1; Width = pixels.Length }
      Logits =
        [| for c in 0 .. batch.Shape.Classes - 1 do
               for i in pixels -> logit batch i c |]
      Labels = pixels |> Array.map (fun i -> batch.Labels[i]) }

/// The pixels that are not ignored.
let valid (batch: LogitBatch) : int[] =
    [| 0 .. batch.Labels.Length - 1 |] |> Array.filter (fun i -> batch.Labels[i] <> Generators.ignored)

/// Each image twice.
let twice (batch: LogitBatch) : LogitBatch =
    { Shape = { batch.Shape with Images = 2 * batch.Shape.Images }
      Logits = Array.append batch.Logits batch.Logits
      Labels = Array.append batch.Labels batch.Labels }

/// All pixels ignored.
let ignoreAll (batch: LogitBatch) : LogitBatch =
    { batch with Labels = Array.map (fun _ -> Generators.ignored) batch.Labels }

/// One image whose mask of class c consists of `copies` of its pixels.
let replicateMask (c: int64) (copies: int) (batch: LogitBatch) : LogitBatch =
    let repeat i =
        Array.replicate (if batch.Labels[i] = c then copies else 1) i

    rowOf (Array.collect repeat [| 0 .. batch.Labels.Length - 1 |]) batch
