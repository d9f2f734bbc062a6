/// Jitter and blur against their closed forms.
module PatFramework.Properties.DataColours

open NUnit.Framework
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Properties.DataAugmentation
open PatFramework.Properties.DataSamples

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
