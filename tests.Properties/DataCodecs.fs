/// Images and masks survive writing and reading, and no damaged file is read as if it were whole.
module PatFramework.Properties.DataCodecs

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Properties.DataSamples

let private small = ImageSize(5, 7)

let private decodeImage (bytes: byte[]) =
    Codecs.DecodeImage(ReadOnlySpan bytes, "picture")

let private decodeLabels (bytes: byte[]) =
    Codecs.DecodeLabels(ReadOnlySpan bytes, "mask")

/// CRC-32 as PNG has it, over bytes.
let private checksum (bytes: byte[]) =
    let step remainder _ =
        if remainder &&& 1u = 1u then
            (remainder >>> 1) ^^^ 0xEDB88320u
        else
            remainder >>> 1

    ~~~(Array.fold
            (fun remainder (value: byte) -> Seq.fold step (remainder ^^^ uint32 value) [ 1..8 ])
            UInt32.MaxValue
            bytes)

let private bigEndian (value: uint32) =
    let bytes: byte[] = Array.zeroCreate 4
    BinaryPrimitives.WriteUInt32BigEndian(Span bytes, value)
    bytes

let private chunk (name: string) (data: byte[]) =
    let named = Array.append (Text.Encoding.ASCII.GetBytes name) data
    Array.concat [ bigEndian (uint32 data.Length); named; bigEndian (checksum named) ]

let private deflated (bytes: byte[]) =
    use target = new MemoryStream()

    using (new ZLibStream(target, CompressionLevel.Fastest, true)) (fun stream -> stream.Write(bytes, 0, bytes.Length))

    target.ToArray()

/// A PNG written by hand: rows are the packed bytes of each row.
let private png (width: int) (depth: byte) (colour: byte) (extra: byte[] list) (rows: byte[] list) =
    let header =
        Array.concat [ bigEndian (uint32 width); bigEndian (uint32 rows.Length); [| depth; colour; 0uy; 0uy; 0uy |] ]

    Array.concat
        [ [| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |]
          chunk "IHDR" header
          Array.concat extra
          chunk "IDAT" (deflated (rows |> List.map (Array.append [| 0uy |]) |> Array.concat))
          chunk "IEND" [||] ]

let private palette = chunk "PLTE" [| 0uy; 0uy; 0uy; 9uy; 9uy; 9uy; 200uy; 0uy; 0uy; 0uy; 0uy; 0uy |]

[<Test>]
let ``a PNG gives back every pixel`` () =
    Check.kernel (Gen.zip seeds sizes |> Arb.fromGen) (fun (seed, size) ->
        let image = noise seed size
        let labels = noisyLabels seed 256 size
        let read, mask = decodeImage (Codecs.EncodePng image), decodeLabels (Codecs.EncodePng labels)
        Assert.That((read.Size, mask.Size), equalTo ((size, size)))
        Assert.That(read.Pixels, equalTo image.Pixels)
        Assert.That(mask.Labels, equalTo labels.Labels)
        let plain = PlainPng.Encode(size, ReadOnlySpan image.Pixels, true)
        let plainMask = PlainPng.Encode(size, ReadOnlySpan labels.Labels, false)
        Assert.That((decodeImage plain).Pixels, equalTo image.Pixels)
        Assert.That((decodeLabels plainMask).Labels, equalTo labels.Labels))

[<Test>]
let ``a JPEG gives back a flat colour within two levels`` () =
    Check.kernel (Gen.zip (Gen.choose (0, 255)) sizes |> Arb.fromGen) (fun (level, size) ->
        let image = RgbImage(size, Array.create (3 * pixelsOf size) (byte level))
        let read = decodeImage (Codecs.EncodeJpeg(image, 95))
        Assert.That(read.Size, equalTo size)
        Assert.That(read.Pixels |> Array.map int, Is.All.EqualTo(level).Within 2))

[<Test>]
let ``a JPEG with surplus bytes after the image is read, one with surplus bytes alone is not`` () =
    let jpeg = Codecs.EncodeJpeg(noise 4 small, 90)
    let body, finish = jpeg[.. jpeg.Length - 3], jpeg[jpeg.Length - 2 ..]
    let surplus = Array.concat [ body; [| 0x12uy; 0x34uy; 0x56uy |]; finish ]
    Assert.That(surplus, Is.Not.EqualTo jpeg)
    Assert.That((decodeImage surplus).Pixels, equalTo (decodeImage jpeg).Pixels)
    let cut = Array.concat [ body[.. body.Length / 2]; finish ]
    Assert.That(failure (fun () -> decodeImage cut |> ignore), Does.Contain "picture is a truncated or corrupt JPEG")

[<Test>]
let ``every truncation is refused by name`` () =
    let files =
        [ "picture", Codecs.EncodePng(noise 1 small), decodeImage >> ignore
          "mask", Codecs.EncodePng(noisyLabels 1 256 small), decodeLabels >> ignore
          "picture", Codecs.EncodeJpeg(noise 1 small), decodeImage >> ignore ]

    for name, bytes, decode in files do
        for length in 0 .. bytes.Length - 1 do
            Assert.That(failure (fun () -> decode bytes[.. length - 1]), Does.Contain name, $"{length} bytes")

[<Test>]
let ``no flipped bit crashes, and none goes unseen in the pixels of a mask`` () =
    let labels = noisyLabels 2 256 small
    let mask, picture = Codecs.EncodePng labels, Codecs.EncodeJpeg(noise 2 small)

    for bit in 0 .. 8 * mask.Length - 1 do
        let damaged = Array.copy mask
        damaged[bit / 8] <- damaged[bit / 8] ^^^ (1uy <<< bit % 8)

        try
            Assert.That((decodeLabels damaged).Labels, equalTo labels.Labels, $"bit {bit}")
        with :? PatException ->
            ()

    for bit in 0 .. 8 * picture.Length - 1 do
        let damaged = Array.copy picture
        damaged[bit / 8] <- damaged[bit / 8] ^^^ (1uy <<< bit % 8)

        try
            decodeImage damaged |> ignore
        with :? PatException ->
            ()

[<Test>]
let ``a palette mask gives its indices, whatever its colours and depth`` () =
    let bytes = png 3 8uy 3uy [ palette ] [ [| 0uy; 1uy; 2uy |]; [| 3uy; 3uy; 0uy |] ]
    let packed = png 3 2uy 3uy [ palette ] [ [| 0b00_01_10_00uy |]; [| 0b11_11_00_00uy |] ]

    for mask in [ bytes; packed ] do
        Assert.That((decodeLabels mask).Labels, equalTo [| 0uy; 1uy; 2uy; 3uy; 3uy; 0uy |])

[<Test>]
let ``a gamma chunk changes no class id`` () =
    let gamma = chunk "gAMA" (bigEndian 100000u)
    let mask = png 4 8uy 0uy [ gamma ] [ [| 0uy; 5uy; 11uy; 200uy |] ]
    Assert.That((decodeLabels mask).Labels, equalTo [| 0uy; 5uy; 11uy; 200uy |])

[<Test>]
let ``a grey or palette image becomes colours`` () =
    let grey = png 2 8uy 0uy [] [ [| 7uy; 250uy |] ]
    let coloured = png 2 8uy 3uy [ palette ] [ [| 2uy; 1uy |] ]
    Assert.That((decodeImage grey).Pixels, equalTo [| 7uy; 7uy; 7uy; 250uy; 250uy; 250uy |])
    Assert.That((decodeImage coloured).Pixels, equalTo [| 200uy; 0uy; 0uy; 9uy; 9uy; 9uy |])

[<Test>]
let ``alpha is dropped, not blended`` () =
    let image = png 1 8uy 6uy [] [ [| 10uy; 20uy; 30uy; 0uy |] ]
    Assert.That((decodeImage image).Pixels, equalTo [| 10uy; 20uy; 30uy |])

[<Test>]
let ``masks that cannot hold class ids are refused with the reason`` () =
    let wide = png 1 16uy 0uy [] [ [| 0uy; 3uy |] ]
    let coloured = Codecs.EncodePng(noise 3 small)
    let jpeg = Codecs.EncodeJpeg(noise 3 small)
    Assert.That(failure (fun () -> decodeLabels wide |> ignore), Does.Contain "mask has 16 bits per pixel")
    Assert.That(failure (fun () -> decodeImage wide |> ignore), Does.Contain "picture has 16 bits per channel")
    Assert.That(failure (fun () -> decodeLabels coloured |> ignore), Does.Contain "holds colours (Rgb), not class ids")
    Assert.That(failure (fun () -> decodeLabels jpeg |> ignore), Does.Contain "mask is a JPEG")

[<Test>]
let ``a header that asks for all the memory is refused`` () =
    let huge = png 1_000_000 8uy 0uy [] (List.replicate 1000 [| 0uy |])
    Assert.That(failure (fun () -> decodeLabels huge |> ignore), Does.Contain "too large")

[<Test>]
let ``a missing file is named`` () =
    withDirectory (fun directory ->
        let path = Path.Combine(directory, "nowhere.png")
        Assert.That(failure (fun () -> Codecs.ReadImage path |> ignore), Does.Contain path))
