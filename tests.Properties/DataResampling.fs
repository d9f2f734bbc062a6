/// Resizing: closed forms of the triangle filter, and labels that are never blended.
module PatFramework.Properties.DataResampling

open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Core.Data
open PatFramework.Properties.DataSamples

let private resize (image: RgbImage) size = Resampling.Bilinear(image, size)

/// Weight of source pixel j in output pixel i of the triangle filter, for one axis.
let private weights source target i =
    let scale = float source / float target
    let reach = max scale 1.0

    let triangle j =
        max 0.0 (1.0 - abs (float j + 0.5 - (float i + 0.5) * scale) / reach)

    let raw = Array.init source triangle
    raw |> Array.map (fun w -> w / Array.sum raw)

let private textbook (image: RgbImage) (size: ImageSize) =
    let rows = Array.init size.Height (weights image.Size.Height size.Height)
    let columns = Array.init size.Width (weights image.Size.Width size.Width)

    [| for i in 0 .. size.Height - 1 do
           for j in 0 .. size.Width - 1 do
               for channel in 0..2 do
                   Seq.sum (
                       seq {
                           for y in 0 .. image.Size.Height - 1 do
                               for x in 0 .. image.Size.Width - 1 do
                                   let level = image.Pixels[3 * (y * image.Size.Width + x) + channel]
                                   rows[i][y] * columns[j][x] * float level
                       }
                   ) |]

let private sizePairs = Gen.zip3 seeds sizes sizes |> Arb.fromGen

[<Test>]
let ``an image is resized by the textbook's filter, rounded`` () =
    Check.kernel sizePairs (fun (seed, source, target) ->
        let image = noise seed source
        let resized = (resize image target).Pixels

        for expected, level in Array.zip (textbook image target) resized do
            Assert.That(float level, Is.EqualTo(expected).Within 0.501))

[<Test>]
let ``a flat image stays flat`` () =
    Check.kernel (Gen.zip3 (Gen.choose (0, 255)) sizes sizes |> Arb.fromGen) (fun (level, source, target) ->
        let image = RgbImage(source, Array.create (3 * pixelsOf source) (byte level))
        Assert.That((resize image target).Pixels, Is.All.EqualTo(byte level)))

[<Test>]
let ``the same size changes nothing`` () =
    Check.kernel (Gen.zip seeds sizes |> Arb.fromGen) (fun (seed, size) ->
        let image, labels = noise seed size, noisyLabels seed 256 size
        Assert.That((resize image size).Pixels, equalTo image.Pixels)
        Assert.That(Resampling.Nearest(labels, size).Labels, equalTo labels.Labels))

[<Test>]
let ``halving a row blends four pixels as 1 3 3 1`` () =
    let grey = [| 8; 16; 80; 240; 16; 0 |]
    let image = RgbImage(ImageSize(1, 6), grey |> Array.collect (fun level -> Array.create 3 (byte level)))
    let resized = (resize image (ImageSize(1, 3))).Pixels
    let expected = float (16 + 3 * 80 + 3 * 240 + 16) / 8.0
    Assert.That(float resized[3], Is.EqualTo(expected).Within 0.501)

[<Test>]
let ``resized labels are labels of the source, from the nearest pixel`` () =
    Check.kernel sizePairs (fun (seed, source, target) ->
        let labels = noisyLabels seed 256 source
        let resized = Resampling.Nearest(labels, target).Labels

        for i in 0 .. target.Height - 1 do
            for j in 0 .. target.Width - 1 do
                let y = (2 * i + 1) * source.Height / (2 * target.Height)
                let x = (2 * j + 1) * source.Width / (2 * target.Width)
                Assert.That(resized[i * target.Width + j], equalTo labels.Labels[y * source.Width + x]))
