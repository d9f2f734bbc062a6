/// Small images, small data sets on disk, and the sentence of an expected failure: what the tests about data share.
module PatFramework.Properties.DataSamples

open System
open System.IO
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Core
open PatFramework.Core.Data

let pixelsOf (size: ImageSize) = size.Height * size.Width

/// An image of noise.
let noise seed (size: ImageSize) =
    let random = DeterministicRandom(ReadOnlySpan [| uint64 seed |])
    RgbImage(size, Array.init (3 * pixelsOf size) (fun _ -> byte (random.NextBelow 256)))

/// Labels of noise, each below `classes`.
let noisyLabels seed classes (size: ImageSize) =
    let random = DeterministicRandom(ReadOnlySpan [| uint64 seed |])
    LabelImage(size, Array.init (pixelsOf size) (fun _ -> byte (random.NextBelow classes)))

/// Sizes from 1x1 to 24x24.
let sizes = Gen.zip (Gen.choose (1, 24)) (Gen.choose (1, 24)) |> Gen.map ImageSize

let seeds = Gen.choose (0, 1 <<< 20)

/// Equality that looks into arrays, lists and tuples.
let equalTo (expected: 'a) = Is.EqualTo(box expected)

/// The message of the PatException that `action` throws.
let failure (action: unit -> unit) =
    try
        action ()
        failwith "nothing was refused"
    with :? PatException as failure ->
        failure.Message

let private temporary () =
    Directory.CreateTempSubdirectory("pat-data-").FullName

/// Runs `action` with an empty directory that is gone afterwards.
let withDirectory (action: string -> unit) =
    let directory = temporary ()

    try
        action directory
    finally
        Directory.Delete(directory, recursive = true)

/// The size of the images of `camVid`.
let camVidSize = ImageSize(6, 8)

/// Writes a CamVid tree with images a (JPEG), b (PNG) and c (JPEG) in train and val.
let camVid directory =
    for split in [ "train"; "val" ] do
        let images = Directory.CreateDirectory(Path.Combine(directory, split)).FullName
        let labels = Directory.CreateDirectory(Path.Combine(directory, split + "annot")).FullName

        for seed, name in List.indexed [ "a.jpg"; "b.png"; "c.jpg" ] do
            Codecs.WriteImage(Path.Combine(images, name), noise seed camVidSize)

            Codecs.WriteLabels(Path.Combine(labels, name[..0] + ".png"), noisyLabels seed 12 camVidSize)

/// Cuts a file to its first half.
let truncate path =
    let bytes = File.ReadAllBytes path
    File.WriteAllBytes(path, bytes[.. bytes.Length / 2])
