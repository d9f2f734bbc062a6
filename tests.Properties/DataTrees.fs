/// Small trees of the data sets that the readers know, in the layouts in which they are distributed.
module PatFramework.Properties.DataTrees

open System
open System.IO
open System.Runtime.InteropServices
open PatFramework.Core.Data
open PatFramework.Experiments
open PatFramework.Properties.DataSamples

let size = ImageSize(6, 8)

/// Joins a path and makes the directory that the file lies in.
let place (root: string) (path: string) =
    let full = Path.Combine(root, path)
    Path.GetDirectoryName full |> string |> Directory.CreateDirectory |> ignore
    full

/// A label image whose pixel i holds `values[i % n]`.
let cycle (values: byte list) =
    let values = Array.ofList values
    LabelImage(size, Array.init (pixelsOf size) (fun i -> values[i % values.Length]))

/// Writes an image and a label, PNG or JPEG by their names.
let pair root image label seed (labels: LabelImage) =
    Codecs.WriteImage(place root image, noise seed size)
    Codecs.WriteLabels(place root label, labels)

/// Cityscapes: two cities in train, one in val; `kind` is gtFine or gtCoarse. Every labelId from 0 to 33 occurs.
let cityscapes kind root =
    let sample split city name seed =
        let file = $"{split}/{city}/{city}_{name}"

        pair
            root
            $"leftImg8bit/{file}_leftImg8bit.png"
            $"{kind}/{file}_{kind}_labelIds.png"
            seed
            (cycle [ 0uy .. 33uy ])

    sample "train" "ulm" "000001_000019" 1
    sample "train" "aachen" "000000_000019" 2
    sample "train" "aachen" "000001_000019" 3
    sample "val" "lindau" "000000_000019" 4

/// Writes the memory of numbers as .npy.
let npy<'T when 'T: struct and 'T: (new: unit -> 'T) and 'T :> ValueType> path descriptor shape (values: 'T[]) =
    Npy.writeBytes path descriptor shape (MemoryMarshal.AsBytes(ReadOnlySpan values))

/// NYUv2 in arrays: float64 images [H, W, 3], then [3, H, W] of float32, then uint8; labels of −1 to 12.
let nyuArrays root =
    for split, count in [ "train", 3; "val", 2 ] do
        for index in 0 .. count - 1 do
            let levels = (noise (10 * count + index) size).Pixels
            let image = place root $"{split}/image/{index}.npy"

            match index with
            | 0 -> npy image "<f8" [ 6; 8; 3 ] (levels |> Array.map (fun level -> float level / 255.0))
            | 1 -> npy image "<f4" [ 3; 6; 8 ] (levels |> Array.map (fun level -> float32 level / 255.0f))
            | _ -> npy image "|u1" [ 6; 8; 3 ] levels

            npy (place root $"{split}/label/{index}.npy") "<i8" [ 6; 8 ] (Array.init 48 (fun i -> int64 (i % 14) - 1L))

/// NYUv2 in pictures: labels of 0 to 40.
let nyuPictures root =
    for split in [ "train"; "test" ] do
        for seed, name in List.indexed [ "0001.png"; "0002.jpg" ] do
            let label = Path.ChangeExtension(name, ".png")
            pair root $"image/{split}/{name}" $"seg40/{split}/{label}" (seed + split.Length) (cycle [ 0uy .. 40uy ])

let petNames = [ for k in 1..20 -> $"Abyssinian_{k}" ]

/// Oxford-IIIT Pet: ten names in each list, and the hidden and odd files of the real archive.
let pets root =
    for seed, name in List.indexed petNames do
        pair root $"images/{name}.jpg" $"annotations/trimaps/{name}.png" seed (cycle [ 1uy; 2uy; 3uy ])

    File.WriteAllText(place root "annotations/trimaps/._Abyssinian_1.png", "hidden")
    File.WriteAllText(place root "images/Abyssinian_1.mat", "odd")

    let lines names =
        "#Image CLASS-ID SPECIES BREED" :: List.map (sprintf "%s 1 1 1") names

    File.WriteAllLines(place root "annotations/trainval.txt", lines petNames[..9])
    File.WriteAllLines(place root "annotations/test.txt", lines petNames[10..])

let private streets = SynthOptions(4, 48, 64, 9UL)

/// A reader of the contract: what it is called, how it is spelled over a directory, what writes a tree, the splits, and the classes.
type Reader =
    { Label: string
      Spelled: string -> string
      Write: string -> unit
      Splits: string list
      Classes: int }

    override reader.ToString() = reader.Label

let private reader label prefix suffix write splits classes =
    { Label = label
      Spelled = fun directory -> $"{prefix}:{directory}{suffix}"
      Write = write
      Splits = splits
      Classes = classes }

/// Every reader with every layout and option that changes what it reads.
let readers =
    [ reader "camvid" "camvid" "" camVid [ "train"; "val" ] 11
      reader "cityscapes" "cityscapes" "" (cityscapes "gtFine") [ "train"; "val" ] 19
      reader "cityscapes, coarse" "cityscapes" ",labels=coarse" (cityscapes "gtCoarse") [ "train"; "val" ] 19
      reader "cityscapes, void a class" "cityscapes" ",classes=20" (cityscapes "gtFine") [ "train"; "val" ] 20
      reader "nyuv2, arrays" "nyuv2" "" nyuArrays [ "train"; "val" ] 13
      reader "nyuv2, pictures" "nyuv2" ",classes=40" nyuPictures [ "test"; "train" ] 40
      reader "oxfordpet" "oxfordpet" "" pets [ "trainval"; "test" ] 3
      reader "oxfordpet, the paper's split" "oxfordpet" ",splits=paper,seed=3" pets [ "train"; "val"; "test" ] 3
      reader "oxfordpet, the authors' split" "oxfordpet" ",splits=authors" pets [ "train"; "val"; "test" ] 3
      reader "folder" "folder" "" (fun root -> SynthStreet.Write(root, streets)) [ "train"; "val" ] 12
      { Label = "synth"
        Spelled = fun _ -> "synth:count=4,size=48x64,seed=9"
        Write = ignore
        Splits = [ "train"; "val"; "test" ]
        Classes = 12 } ]
