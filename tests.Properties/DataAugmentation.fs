/// Augmentation varies image and label together, repeats itself, and never makes a label.
module PatFramework.Properties.DataAugmentation

open System
open NUnit.Framework
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Properties.DataSamples

let private ignored = 255L

/// A batch whose red channel is ten times the label.
let private batch count (size: ImageSize) =
    let labels =
        [| for image in 0 .. count - 1 do
               yield! (noisyLabels image 12 size).Labels |]

    let shape = [| int64 count; int64 size.Height; int64 size.Width |]
    let ids = torch.tensor(labels, shape).to_type torch.ScalarType.Int64

    let red =
        ids.mul((10).ToScalar()).to_type(torch.ScalarType.Byte).view(int64 count, 1, shape[1], shape[2])

    let others = torch.zeros ([| int64 count; 2L; shape[1]; shape[2] |], torch.ScalarType.Byte)
    torch.cat ([| red; others |], 1), ids

let private apply (options: AugmentationOptions) (images, labels) epoch place =
    let struct (varied, moved) = Augmentation(options, 3UL, ignored).Apply(images, labels, epoch, place)
    varied, moved

/// The red levels behind normalised values.
let private red (images: torch.Tensor) =
    images
        .select(1, 0)
        .mul((0.229f * 255f).ToScalar())
        .add((0.485f * 255f).ToScalar())
        .contiguous()
        .data<float32>()
        .ToArray()

let private ids (labels: torch.Tensor) =
    labels.contiguous().data<int64>().ToArray()

[<Test>]
let ``normalising subtracts ImageNet's mean and divides by its deviation`` () =
    use scope = torch.NewDisposeScope()
    let images = torch.full ([| 1L; 3L; 1L; 1L |], (51).ToScalar(), torch.ScalarType.Byte)
    let values = Augmentation.Normalize(images).data<float32>().ToArray()
    let expected = [| (0.2 - 0.485) / 0.229; (0.2 - 0.456) / 0.224; (0.2 - 0.406) / 0.225 |]

    for value, wanted in Array.zip values expected do
        Assert.That(float value, Is.EqualTo(wanted).Within 1e-6)

[<Test>]
let ``no variation gives the normalised batch back, and the caller keeps its own`` () =
    use scope = torch.NewDisposeScope()
    let images, labels = batch 3 (ImageSize(4, 5))
    let varied, moved = apply (AugmentationOptions(0.0, 1.0, 1.0)) (images, labels) 0 0
    Assert.That(ids moved, equalTo (ids labels))
    Assert.That(varied.Equals(Augmentation.Normalize images))
    moved.Dispose()
    Assert.That(ids labels, Has.Length.EqualTo 60)

[<Test>]
let ``a certain flip mirrors image and label`` () =
    use scope = torch.NewDisposeScope()
    let images, labels = batch 2 (ImageSize(3, 4))
    let varied, moved = apply (AugmentationOptions(1.0, 1.0, 1.0)) (images, labels) 0 0
    Assert.That(ids moved, equalTo (ids (labels.flip 2)))
    Assert.That(varied.Equals(Augmentation.Normalize(images.flip 3)))

[<Test>]
let ``half of the images are flipped, each with its label`` () =
    use scope = torch.NewDisposeScope()
    let images, labels = batch 64 (ImageSize(3, 4))
    let varied, moved = apply (AugmentationOptions()) (images, labels) 0 0
    let before, after = ids labels |> Array.chunkBySize 12, ids moved |> Array.chunkBySize 12
    let flipped = Array.zip before after |> Array.filter (fun (b, a) -> a <> b) |> Array.length
    Assert.That(flipped, Is.InRange(16, 48))

    for level, label in Array.zip (red varied) (ids moved) do
        Assert.That(float level, Is.EqualTo(10.0 * float label).Within 1e-3)

[<Test>]
let ``the draws are a function of seed, epoch and batch`` () =
    use scope = torch.NewDisposeScope()
    let data = batch 4 (ImageSize(8, 10))
    let options = AugmentationOptions(0.5, 0.5, 2.0)

    let draw epoch place =
        apply options data epoch place |> snd |> ids

    Assert.That(draw 2 5, equalTo (draw 2 5))
    Assert.That(draw 2 6, Is.Not.EqualTo(draw 2 5))
    Assert.That(draw 3 5, Is.Not.EqualTo(draw 2 5))

[<TestCase(0.5, 0.5)>]
[<TestCase(0.5, 2.0)>]
[<TestCase(1.0, 1.7)>]
let ``scaling keeps the shape and makes no label, and pads with the mean and ignore`` (low: float, high: float) =
    use scope = torch.NewDisposeScope()
    let images, labels = batch 6 (ImageSize(9, 12))
    let varied, moved = apply (AugmentationOptions(0.0, low, high)) (images, labels) 1 1
    Assert.That(varied.shape, equalTo images.shape)
    let known = ids labels |> set |> Set.add ignored
    Assert.That(Set.isSubset (ids moved |> set) known)
    let channel = varied.select(1, 1).contiguous().data<float32>().ToArray()
    let padded = Array.zip channel (ids moved) |> Array.filter (fun (_, label) -> label = ignored)
    Assert.That(padded |> Array.map fst, Is.All.Zero)

    if high <= 0.5 then
        Assert.That(padded.Length, equalTo (6 * (9 * 12 - 4 * 6)))

    if low >= 1.0 then
        Assert.That(padded, Is.Empty)

[<Test>]
let ``doubling cuts a part out of the image that the loader's filter would make`` () =
    use scope = torch.NewDisposeScope()
    let size = ImageSize(6, 8)
    let images, labels = batch 1 size
    let varied, moved = apply (AugmentationOptions(0.0, 2.0, 2.0)) (images, labels) 0 0
    let levels = ids labels |> Array.map (fun label -> byte (10L * label))

    let whole =
        Resampling.Bilinear(RgbImage(size, levels |> Array.collect (Array.create 3)), ImageSize(12, 16))

    let target = Resampling.Nearest(LabelImage(size, ids labels |> Array.map byte), ImageSize(12, 16))

    let window (y, x) (values: int -> float) =
        [| for i in 0..5 do
               for j in 0..7 -> values ((y + i) * 16 + x + j) |]

    let places = List.allPairs [ 0..6 ] [ 0..8 ]

    let near (a: float[]) (b: float[]) =
        Array.forall2 (fun p q -> abs (p - q) <= 0.51) a b

    let matches place =
        near (window place (fun p -> float target.Labels[p])) (ids moved |> Array.map float)
        && near (window place (fun p -> float whole.Pixels[3 * p])) (red varied |> Array.map float)

    Assert.That(places |> List.filter matches |> List.length, equalTo 1)

[<Test>]
let ``impossible options are refused`` () =
    for options in
        [ AugmentationOptions(1.5)
          AugmentationOptions(0.5, 0.0, 1.0)
          AugmentationOptions(0.5, 2.0, 1.0)
          AugmentationOptions(Rotate = 181.0)
          AugmentationOptions(Jitter = 1.1)
          AugmentationOptions(Blur = -0.1)
          AugmentationOptions(CopyPaste = nan) ] do
        Assert.That(failure (fun () -> Augmentation(options, 0UL, ignored) |> ignore), Does.Contain "received")

let private levels (images: torch.Tensor) =
    images.contiguous().data<float32>().ToArray() |> Array.map float

let private random seed =
    DeterministicRandom(ReadOnlySpan [| uint64 seed |])

/// Random levels of three colours.
let private colours count (size: ImageSize) =
    let pixels = Array.collect (fun image -> (noise image size).Pixels) [| 0 .. count - 1 |]

    torch.tensor(pixels, [| int64 count; int64 size.Height; int64 size.Width; 3L |]).permute(0, 3, 1, 2).contiguous()

let private near tolerance (expected: float[]) (actual: float[]) =
    Expect.same expected.Length actual.Length
    Array.iter2 (Expect.near tolerance) expected actual

[<Test>]
let ``a turn by 0 is none, by 180 degrees a mirror of both axes, by 90 the transpose mirrored`` () =
    use scope = torch.NewDisposeScope()
    let images, labels = batch 3 (ImageSize(6, 6))
    let normal = Augmentation.Normalize images
    let struct (turned, moved) = Geometry.Rotate(normal, labels, [| 0.0; 180.0; 90.0 |], ignored)

    let expected (values: torch.Tensor) (rows: int64) (columns: int64) =
        let first = values.select (0, 0)
        let second = values.select(0, 1).flip([| rows; columns |])
        let third = values.select(0, 2).transpose(rows, columns).flip [| rows |]
        torch.stack ([| first; second; third |], 0)

    Assert.That(ids moved, equalTo (ids (expected labels 0L 1L)))
    near 1e-3 (levels (expected normal 1L 2L)) (levels turned)

[<Test>]
let ``a turn moves image and label together and fills the corners with the mean and ignore`` () =
    use scope = torch.NewDisposeScope()
    // Labels in large blocks, painted into the image: away from their edges both must still agree.
    let size = ImageSize(40, 60)

    let block = Array.init (size.Height * size.Width) (fun i -> int64 (i / 60 / 20 * 3 + i % 60 / 20))

    let labels = torch.tensor (block, [| 1L; 40L; 60L |])

    let images =
        labels.mul((20).ToScalar()).to_type(torch.ScalarType.Byte).view(1, 1, 40, 60).expand([| 1L; 3L; 40L; 60L |])

    let struct (turned, moved) = Geometry.Rotate(Augmentation.Normalize images, labels, [| 27.0 |], ignored)

    let painted, kept = red turned, ids moved

    let agree =
        Array.zip painted kept
        |> Array.filter (fun (level, label) -> label <> ignored && abs (float level - 20.0 * float label) < 0.5)

    let outside = kept |> Array.filter ((=) ignored) |> Array.length
    Expect.isTrue "most pixels lie within a block" (float agree.Length > 0.75 * float (kept.Length - outside))
    // A pixel is outside where the turn back leads out of the image.
    let sine, cosine = Math.Sin(27.0 * Math.PI / 180.0), Math.Cos(27.0 * Math.PI / 180.0)

    let leadsOut i =
        let x, y = float (i % 60) - 29.5, float (i / 60) - 19.5
        let u, v = cosine * x - sine * y, sine * x + cosine * y
        abs u > 30.0 || abs v > 20.0

    let expected = Seq.init kept.Length leadsOut |> Seq.filter id |> Seq.length
    Expect.isTrue $"{outside} pixels are outside, about {expected}" (abs (outside - expected) <= 4)

[<Test>]
let ``changes of colour that change nothing, and a whole turn of the hue, give the levels back`` () =
    use scope = torch.NewDisposeScope()
    let images = colours 2 (ImageSize(5, 7))
    let same = Photometric.Jitter(images, [| ColourChange.None; ColourChange(1.0, 1.0, 1.0, 1.0) |])
    near 1e-3 (levels (images.to_type torch.ScalarType.Float32)) (levels same)

[<Test>]
let ``brightness scales, no contrast is the mean luma, no saturation the pixel's, a third of a turn swaps the colours``
    ()
    =
    use scope = torch.NewDisposeScope()
    let images = colours 4 (ImageSize(4, 3))

    let changed =
        Photometric.Jitter(
            images,
            [| ColourChange(0.5, 1.0, 1.0, 0.0)
               ColourChange(1.0, 0.0, 1.0, 0.0)
               ColourChange(1.0, 1.0, 0.0, 0.0)
               ColourChange(1.0, 1.0, 1.0, 1.0 / 3.0) |]
        )

    let before = levels (images.to_type torch.ScalarType.Float32)

    let at image channel pixel =
        before[(image * 3 + channel) * 12 + pixel]

    let luma image pixel =
        0.299 * at image 0 pixel + 0.587 * at image 1 pixel + 0.114 * at image 2 pixel

    let mean = List.average [ for pixel in 0..11 -> luma 1 pixel ]

    let expected =
        [| for image in 0..3 do
               for channel in 0..2 do
                   for pixel in 0..11 ->
                       match image with
                       | 0 -> at 0 channel pixel / 2.0
                       | 1 -> mean
                       | 2 -> luma 2 pixel
                       | _ -> at 3 ((channel + 2) % 3) pixel |]

    near 1e-3 expected (levels changed)

[<Test>]
let ``jitter's factors lie within its strength, and levels stay levels`` () =
    use scope = torch.NewDisposeScope()
    let grey = torch.full ([| 200L; 3L; 2L; 2L |], (100).ToScalar(), torch.ScalarType.Byte)
    let varied = levels (Photometric.Jitter(grey, 0.4, random 5))
    // On grey only the brightness shows.
    Assert.That(varied, Is.All.InRange(59.99, 140.01))
    Assert.That(Array.min varied, Is.LessThan 70.0)
    Assert.That(Array.max varied, Is.GreaterThan 130.0)
    let bright = levels (Photometric.Jitter(colours 20 (ImageSize(3, 3)), 1.0, random 6))
    Assert.That(bright, Is.All.InRange(0.0, 255.0))

[<Test>]
let ``a blur keeps constants and the sum of levels, spreads a point as a Gaussian, and 0 is none`` () =
    use scope = torch.NewDisposeScope()
    let images = colours 2 (ImageSize(9, 11))
    let blurred = Photometric.Blur(images, [| 0.0; 1.3 |])
    let before, after = images.to_type torch.ScalarType.Float32, blurred
    near 0.0 (levels (before.narrow (0, 0, 1))) (levels (after.narrow (0, 0, 1)))

    for channel in 0L .. 2L do
        let sum (values: torch.Tensor) =
            levels (values.select(0, 1).select(0, channel)) |> Array.sum

        Expect.near 0.05 (sum before) (sum after)

    let constant = torch.full ([| 1L; 3L; 6L; 4L |], (77).ToScalar(), torch.ScalarType.Byte)
    near 1e-3 (Array.create 72 77.0) (levels (Photometric.Blur(constant, [| 2.0 |])))
    let point = torch.zeros ([| 1L; 3L; 21L; 21L |])
    point.select(0, 0).select(0, 0).select(0, 10).narrow(0, 10, 1).fill_((1.0).ToScalar()) |> ignore
    let spread = levels (Photometric.Blur(point, [| 1.5 |]))

    for dy, dx in [ 0, 1; 1, 1; 2, 0; 3, 2 ] do
        let ratio = spread[(10 + dy) * 21 + 10 + dx] / spread[10 * 21 + 10]
        Expect.near 1e-6 (exp (-float(dy * dy + dx * dx) / (2.0 * 1.5 ** 2))) ratio

[<Test>]
let ``pasting with probability 0 changes nothing, with 1 it brings exactly one class's pixels, image and label`` () =
    use scope = torch.NewDisposeScope()
    let images, labels = batch 5 (ImageSize(7, 8))
    let normal = Augmentation.Normalize images
    let priors = Array.init 12 (fun c -> float (c + 1) / 78.0)
    let struct (same, kept) = CopyPaste.Apply(normal, labels, 0.0, priors, random 1)
    Assert.That(ids kept, equalTo (ids labels))
    Assert.That(same.Equals normal)
    let struct (pasted, moved) = CopyPaste.Apply(normal, labels, 1.0, priors, random 1)
    let before, after = ids labels |> Array.chunkBySize 56, ids moved |> Array.chunkBySize 56

    for level, label in Array.zip (red pasted) (ids moved) do
        Expect.near 1e-3 (10.0 * float label) (float level)

    let others = Array.init 5 (fun image -> [| 0..4 |] |> Array.filter ((<>) image))

    for image in 0..4 do
        let fits =
            [ for source in others[image] do
                  for c in 0L .. 11L do
                      let expected =
                          Array.map2 (fun own other -> if other = c then other else own) before[image] before[source]

                      if Array.contains c before[source] && expected = after[image] then
                          source, c ]

        Expect.isTrue $"image {image} is one of another's classes over itself" (not fits.IsEmpty)

[<Test>]
let ``rare classes are pasted in proportion to 1 over their share`` () =
    use scope = torch.NewDisposeScope()
    // Two images that show classes 0, 1 and 2 alike; the shares say how often each is taken.
    let labels = torch.tensor ([| 0L; 1L; 2L; 0L; 1L; 2L |], [| 2L; 1L; 3L |])
    let images = torch.zeros ([| 2L; 3L; 1L; 3L |])
    images.select(0, 0).fill_((1.0).ToScalar()) |> ignore
    let priors = [| 0.5; 0.25; 0.05 |]
    let draws = random 7
    let taken = Array.zeroCreate 3

    for _ in 1..4000 do
        use inner = torch.NewDisposeScope()
        let struct (pasted, _) = CopyPaste.Apply(images, labels, 1.0, priors, draws)
        // Image 1 was 0 everywhere: what is 1 now came with the class at its place.
        let row = levels (pasted.select(0, 1).select(0, 0))
        taken[Array.findIndex ((=) 1.0) row] <- taken[Array.findIndex ((=) 1.0) row] + 1

    let weights = priors |> Array.map (fun share -> 1.0 / share)

    for c in 0..2 do
        let p = weights[c] / Array.sum weights
        Expect.near (4.5 * sqrt (p * (1.0 - p) / 4000.0)) p (float taken[c] / 4000.0)

[<Test>]
let ``an ignored pixel is never pasted, and an alone image stays as it is`` () =
    use scope = torch.NewDisposeScope()
    let labels = torch.full ([| 2L; 2L; 3L |], (255).ToScalar(), torch.ScalarType.Int64)
    let images = torch.randn ([| 2L; 3L; 2L; 3L |])
    let struct (pasted, moved) = CopyPaste.Apply(images, labels, 1.0, [| 0.5; 0.5 |], random 2)
    Assert.That(pasted.Equals images)
    Assert.That(ids moved, Is.All.EqualTo 255L)
    let alone, its = batch 1 (ImageSize(3, 4))
    let struct (_, kept) = CopyPaste.Apply(Augmentation.Normalize alone, its, 1.0, [| 1.0 |], random 2)
    Assert.That(ids kept, equalTo (ids its))
