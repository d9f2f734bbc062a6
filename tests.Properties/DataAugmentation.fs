/// Augmentation varies image and label together, repeats itself, and never makes a label.
module PatFramework.Properties.DataAugmentation

open System
open NUnit.Framework
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Properties.DataSamples

let ignored = 255L

/// A batch whose red channel is ten times the label.
let batch count (size: ImageSize) =
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
let red (images: torch.Tensor) =
    images
        .select(1, 0)
        .mul((0.229f * 255f).ToScalar())
        .add((0.485f * 255f).ToScalar())
        .contiguous()
        .data<float32>()
        .ToArray()

let ids (labels: torch.Tensor) =
    labels.contiguous().data<int64>().ToArray()

let levels (images: torch.Tensor) =
    images.contiguous().data<float32>().ToArray() |> Array.map float

let random seed =
    DeterministicRandom(ReadOnlySpan [| uint64 seed |])

/// Random levels of three colours.
let colours count (size: ImageSize) =
    let pixels = Array.collect (fun image -> (noise image size).Pixels) [| 0 .. count - 1 |]

    torch.tensor(pixels, [| int64 count; int64 size.Height; int64 size.Width; 3L |]).permute(0, 3, 1, 2).contiguous()

let near tolerance (expected: float[]) (actual: float[]) =
    Expect.same expected.Length actual.Length
    Array.iter2 (Expect.near tolerance) expected actual

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
