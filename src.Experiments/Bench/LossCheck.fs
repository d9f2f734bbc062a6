/// `pat loss check`: kernels on a device against the definitions, in float64 on the processor: value, gradient, and the same bits
/// a second time.
module PatFramework.Experiments.LossCheck

open System
open System.Runtime.InteropServices
open System.Security.Cryptography
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Core.Kernels
open PatFramework.Losses

/// Where the logits lie in memory.
[<RequireQualifiedAccess>]
type private Layout =
    | Contiguous
    | ChannelsLast
    /// A part of larger rows.
    | Strided

/// How a kernel is called with one batch, and how far it may be off: of the value, and of the gradient.
type private Call =
    { Type: torch.ScalarType
      Layout: Layout
      Labels: torch.ScalarType
      OfValue: float
      OfGradient: float }

/// What is checked.
type Setting =
    {
        Make: LossDefinition -> LossKernel
        Device: torch.Device
        /// Fewer and smaller batches.
        Small: bool
    }

/// What a loss came to: its calls, the largest difference over the allowed one, and what is wrong.
type Finding =
    {
        Loss: string
        Calls: int
        Worst: float
        /// None where all is well.
        Failure: string option
        /// A hash of all values and gradients, to compare with another process.
        Digest: string
    }

let private calls =
    let types =
        [ torch.ScalarType.Float64, 1e-10, 1e-10
          torch.ScalarType.Float32, 1e-5, 1e-5
          torch.ScalarType.BFloat16, 1e-5, 1.6e-2
          torch.ScalarType.Float16, 1e-5, 1e-3 ]

    [ for kind, ofValue, ofGradient in types do
          for layout, labels in
              [ Layout.Contiguous, torch.ScalarType.Int64
                Layout.ChannelsLast, torch.ScalarType.Byte
                Layout.Strided, torch.ScalarType.Int64 ] ->
              { Type = kind
                Layout = layout
                Labels = labels
                OfValue = ofValue
                OfGradient = ofGradient } ]

/// Tails of every kind of tile, one class, one pixel, many classes, many images.
let private shapes small =
    let sized (images, classes, height, width) =
        { Images = images; Classes = classes; Height = height; Width = width }

    [ 2, 3, 7, 9; 1, 1, 5, 4; 3, 5, 1, 1; 1, 19, 17, 24 ]
    @ (if small then [] else [ 2, 19, 48, 64; 1, 150, 24, 33; 5, 2, 65, 129 ])
    |> List.map sized

/// Logits that half know the labels, a few of them saturated, all of them numbers of bfloat16 (and, but for the smallest, float16).
let private batch (shape: BatchShape) : LogitBatch =
    let labels = LossInput.labels 3UL shape
    let random = DeterministicRandom(ReadOnlySpan<uint64> [| 4UL |])
    let size = shape.PixelsPerImage

    let logit j =
        let image, c, pixel = j / (size * shape.Classes), j / size % shape.Classes, j % size
        let known = if labels[image * size + pixel] = int64 c then 2.0 else 0.0
        let drawn = known + random.NextUniform(-4.0, 4.0)
        let value = if random.NextChance 0.01 then 10.0 * drawn else drawn
        let bits = BitConverter.SingleToUInt32Bits(float32 value) &&& 0xffff0000u
        float (BitConverter.UInt32BitsToSingle bits)

    { Shape = shape
      Logits = Array.init (shape.Pixels * shape.Classes) logit
      Labels = labels }

let private given (batch: LogitBatch) =
    { Given.nothing with
        Counts = Some(LossInput.counts batch.Shape.Classes batch.Labels)
        Variation = Some(LossInput.variation batch.Shape) }

// ------------------------------------------------------------------------------------------------ differences

/// How large the terms are that the gradient of each logit cancels from: the factor of its pixel.
let rec private scales (definition: LossDefinition) (gradient: float[]) (batch: LogitBatch) : float[] =
    let size, classes = batch.Shape.PixelsPerImage, batch.Shape.Classes

    let ofPixels (factors: float[]) =
        Array.init batch.Logits.Length (fun j -> factors[j / (size * classes) * size + j % size])

    let factors reduction weights =
        Reductions.factors reduction weights LossInput.Ignored batch.Shape batch.Labels

    match definition with
    | LossDefinition.Softmax loss ->
        let scale =
            match loss.Adjustment with
            | LogitAdjustment.Margin(_, scale) -> max 1.0 scale
            | _ -> 1.0

        factors loss.Reduction (Softmax.classWeights loss.ClassWeight loss.Given classes)
        |> Array.map ((*) scale)
        |> ofPixels
    | LossDefinition.Sigmoid loss -> factors loss.Reduction (Array.create classes 1.0) |> ofPixels
    | LossDefinition.Region _ -> Array.create batch.Logits.Length (gradient |> Seq.map abs |> Seq.max)
    | LossDefinition.WeightedSum terms ->
        terms
        |> List.map (fun (a, term) -> scales term gradient batch |> Array.map ((*) a))
        |> List.reduce (Array.map2 (+))

/// Whether Lovász is a part: it sorts, and where two errors are equal but for rounding either order gives a gradient.
let private sorts (definition: LossDefinition) =
    Definition.terms definition
    |> List.exists (fun (_, term) ->
        match term with
        | LossDefinition.Region { Measure = RegionMeasure.Lovasz _ } -> true
        | _ -> false)

/// The largest difference over the allowed one: relative, and as much again of the scale as numbers of that kind can hold.
let private excess relative absolute (scales: float[]) (expected: float[]) (actual: float[]) =
    Array.map3
        (fun scale (e: float) a ->
            if a = e then 0.0
            elif Double.IsFinite a then abs (a - e) / (relative * abs e + absolute * scale)
            else infinity)
        scales
        expected
        actual
    |> Array.max

// ------------------------------------------------------------------------------------------------ calls

let private doubles (tensor: torch.Tensor) : float[] =
    tensor.detach().``to``(torch.ScalarType.Float64).cpu().contiguous().data<float>().ToArray()

let private placed (device: torch.Device) call (batch: LogitBatch) =
    let s = batch.Shape
    let n, c, h, w = int64 s.Images, int64 s.Classes, int64 s.Height, int64 s.Width
    let z = torch.tensor(batch.Logits).reshape(n, c, h, w).``to``(call.Type).``to`` device
    let y = torch.tensor(batch.Labels).reshape(n, h, w).``to``(call.Labels).``to`` device

    let z =
        match call.Layout with
        | Layout.Contiguous -> z
        | Layout.ChannelsLast -> z.permute(0L, 2L, 3L, 1L).contiguous().permute(0L, 3L, 1L, 2L)
        | Layout.Strided -> torch.cat([| z.neg (); z; z.neg () |], 3L).narrow(3L, w, w)

    z.requires_grad_ true, y

/// What the loss is multiplied by, so that float16 holds the gradient; and how much of that gets lost there all the same.
let private scaling (call: Call) (gradient: float[]) : float * float =
    if call.Type = torch.ScalarType.Float16 then
        let most = gradient |> Seq.map abs |> Seq.fold max (2.0 ** -26.0)
        let scale = 2.0 ** (14.0 - ceil (Math.Log2 most))
        scale, 2.0 ** -24.0 / scale
    else
        1.0, 0.0

/// Value and gradient.
let private evaluate (kernel: LossKernel) (lossScale: float) (z: torch.Tensor, y: torch.Tensor) =
    let loss = kernel.forward (z, y)
    let gradients = torch.autograd.grad ([| loss * lossScale.ToScalar() |], [| z |])
    doubles loss, doubles gradients[0] |> Array.map (fun g -> g / lossScale)

/// What one call found: the excess, whether a second one gave the same bits, and the values for the digest.
let private check (setting: Setting) definition (expected: float, gradient: float[]) batch call =
    use _scope = torch.NewDisposeScope()
    use kernel = (setting.Make definition).``to`` setting.Device
    kernel.eval ()
    let input = placed setting.Device call batch
    let lossScale, lost = scaling call gradient
    let value, own = evaluate kernel lossScale input
    let again = evaluate kernel lossScale input
    let ofTerms = if call.Type = torch.ScalarType.Float64 then 64.0 * 2.0 ** -52.0 else 1e-6
    let ofValue = excess call.OfValue ofTerms [| max 1.0 (abs expected) |] [| expected |] value

    let ofGradient =
        if sorts definition then
            0.0
        else
            let scales = scales definition gradient batch |> Array.map ((+) (lost / ofTerms))
            excess call.OfGradient ofTerms scales gradient own

    max ofValue ofGradient, (value, own) = again, Array.append value own

let private words call =
    $"{call.Type}, {string call.Layout}, labels {call.Labels}".ToLowerInvariant()

let private ofShape (setting: Setting) (loss: Loss) shape =
    let batch = batch shape
    let definition = Definition.tell (given batch) loss.Definition
    let struct (value, gradient) = Definition.valueAndGradient definition batch

    [ for call in calls do
          let excess, isRepeated, values = check setting definition (value, gradient) batch call
          let at = $"at {LossRow.spelled shape} ({words call})"

          let failure =
              if not (excess <= 1.0) then
                  Some $"{excess:G3} times the allowed difference {at}"
              elif not isRepeated then
                  Some $"a second call gave other bits {at}"
              else
                  None

          excess, failure, values ]

/// Checks a loss.
let loss (setting: Setting) (loss: Loss) : Finding =
    let spelling = Catalogue.print loss
    use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256

    try
        let found = shapes setting.Small |> List.collect (ofShape setting loss)

        for _, _, values in found do
            hash.AppendData(MemoryMarshal.AsBytes(ReadOnlySpan<float> values))

        { Loss = spelling
          Calls = found.Length
          Worst = found |> Seq.map (fun (excess, _, _) -> excess) |> Seq.max
          Failure = found |> List.tryPick (fun (_, failure, _) -> failure)
          Digest = Convert.ToHexStringLower(hash.GetCurrentHash()) }
    with problem ->
        { Loss = spelling
          Calls = 0
          Worst = nan
          Failure = Some(problem.Message.Split('\n')[0])
          Digest = "" }
