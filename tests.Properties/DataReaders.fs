/// What is special to each reader: its label map in closed form, and what it says about a tree that is incomplete.
module PatFramework.Properties.DataReaders

open System
open System.IO
open NUnit.Framework
open PatFramework.Core.Data
open PatFramework.Experiments
open PatFramework.Properties.DataSamples
open PatFramework.Properties.DataTrees

let private openFirst spelled split =
    match DataSource.parse spelled with
    | Ok source -> DataSource.openSplit source split
    | Error problem -> failwith problem

/// The error of opening the split, or of reading all its samples, once the tree is broken.
let private refusal write breakIt (spelled: string -> string) split (expected: string list) =
    withDirectory (fun directory ->
        write directory
        breakIt (fun (path: string) -> place directory path)

        let message =
            failure (fun () ->
                let dataset = openFirst (spelled directory) split
                Seq.iter (fun index -> dataset.Read(index, Nullable()) |> ignore) [ 0 .. dataset.Count - 1 ])

        for part in expected do
            Assert.That(message, Does.Contain part))

let private remove (path: string) =
    if Directory.Exists path then Directory.Delete(path, true) else File.Delete path

/// Each labelId's train id, from the definition of Cityscapes' labels; what is not listed is void.
let private trainIds =
    Map.ofList (List.zip [ 7; 8; 11; 12; 13; 17; 19; 20; 21; 22; 23; 24; 25; 26; 27; 28; 31; 32; 33 ] [ 0..18 ])

[<TestCase("", 255)>]
[<TestCase(",classes=20", 19)>]
let ``labelIds become train ids, and the rest is ignored or the class void`` (options: string, ofVoid: int) =
    withDirectory (fun directory ->
        cityscapes "gtFine" directory
        let dataset = openFirst $"cityscapes:{directory}{options}" "val"
        let labels = dataset.Read(0, Nullable()).Labels

        for id in 0..33 do
            let expected = trainIds |> Map.tryFind id |> Option.defaultValue ofVoid
            Assert.That(int labels[id], Is.EqualTo expected, $"labelId {id}")

        Assert.That(
            dataset.Classes[dataset.Classes.Count - 1].Name,
            Is.EqualTo(if ofVoid = 19 then "void" else "bicycle")
        ))

[<Test>]
let ``Cityscapes is ordered by city and name, and coarse labels have splits of their own`` () =
    withDirectory (fun directory ->
        cityscapes "gtFine" directory
        let extra = "train_extra/bonn/bonn_000000_000019"

        pair
            directory
            $"leftImg8bit/{extra}_leftImg8bit.png"
            $"gtCoarse/{extra}_gtCoarse_labelIds.png"
            5
            (cycle [ 7uy ])

        let train = openFirst $"cityscapes:{directory}" "train"
        let names = [ "aachen_000000_000019"; "aachen_000001_000019"; "ulm_000001_000019" ]
        Assert.That(List.init train.Count train.SampleName, equalTo names)
        let coarse = CityscapesOptions CityscapesLabels.Coarse
        Assert.That(List.ofSeq (Cityscapes.Splits(directory, CityscapesOptions())), equalTo [ "train"; "val" ])
        Assert.That(List.ofSeq (Cityscapes.Splits(directory, coarse)), equalTo [ "train_extra" ])
        Assert.That(Cityscapes.Open(directory, coarse, "train_extra").Read(0, Nullable()).Labels, Is.All.EqualTo 0uy))

[<Test>]
let ``an incomplete Cityscapes says what is missing`` () =
    let refused breakIt split expected =
        refusal (cityscapes "gtFine") breakIt (fun directory -> $"cityscapes:{directory}") split expected

    let label = "gtFine/train/ulm/ulm_000001_000019_gtFine_labelIds.png"
    let image = "leftImg8bit/train/ulm/ulm_000001_000019_leftImg8bit.png"

    refused
        (fun at -> remove (at "leftImg8bit"))
        "train"
        [ "not a Cityscapes"; "leftImg8bit/ is missing"; "found gtFine/" ]

    refused (fun at -> remove (at "gtFine")) "train" [ "gtFine/ is missing"; "found leftImg8bit/" ]
    refused (fun at -> remove (at "gtFine/val")) "val" [ "no labels"; "gtFine/val/ is missing" ]
    refused (fun at -> remove (at label)) "train" [ image; "has no label"; label ]
    refused (fun at -> remove (at image)) "train" [ label; "has no image"; image ]
    refused (fun at -> remove (at "gtFine/train/ulm")) "train" [ "gtFine/train/ulm does not exist" ]

    refused
        (fun at -> List.iter (at >> remove) [ "leftImg8bit/val/lindau"; "gtFine/val/lindau" ])
        "val"
        [ "holds no images"; "CITY/NAME_leftImg8bit.png" ]

    refused
        (fun at ->
            Codecs.WriteLabels(at label, LabelImage(size, Array.init 48 (fun i -> if i = 19 then 34uy else 7uy))))
        "train"
        [ label; "holds 34 at row 2, column 3"; "0 to 33" ]

[<Test>]
let ``NYUv2's arrays: levels are 255 times the float, planes become pixels, −1 is ignored`` () =
    withDirectory (fun directory ->
        nyuArrays directory
        let train = openFirst $"nyuv2:{directory}" "train"
        let levels = (noise 31 size).Pixels

        let interleaved = Array.init (3 * 48) (fun i -> levels[i % 3 * 48 + i / 3])

        Assert.That(train.Read(0, Nullable()).Rgb, equalTo (noise 30 size).Pixels)
        Assert.That(train.Read(1, Nullable()).Rgb, equalTo interleaved)
        Assert.That(train.Read(2, Nullable()).Rgb, equalTo (noise 32 size).Pixels)
        let expected = Array.init 48 (fun i -> if i % 14 = 0 then 255uy else byte (i % 14 - 1))
        Assert.That(train.Read(0, Nullable()).Labels, equalTo expected))

[<Test>]
let ``NYUv2's pictures: 0 is ignored, 1 to 40 are the classes 0 to 39`` () =
    withDirectory (fun directory ->
        nyuPictures directory
        let labels = (openFirst $"nyuv2:{directory},classes=40" "test").Read(0, Nullable()).Labels
        Assert.That(labels, equalTo (Array.init 48 (fun i -> if i % 41 = 0 then 255uy else byte (i % 41 - 1)))))

[<Test>]
let ``arrays that are no NYUv2 say which file, what it holds and what it should`` () =
    let refused breakIt expected =
        refusal nyuArrays breakIt (fun directory -> $"nyuv2:{directory}") "train" expected

    let label, image = "train/label/1.npy", "train/image/1.npy"

    let labels (value: float) =
        Array.init 48 (fun i -> if i = 20 then value else 0.0)

    refused (fun at -> remove (at "train/label")) [ "label does not exist" ]
    refused (fun at -> remove (at label)) [ image; "has no label"; label ]

    refused
        (fun at -> npy (at label) "<f8" [ 6; 8 ] (labels 13.0))
        [ label; "holds 13 at row 2, column 4"; "0 to 12, -1" ]

    refused (fun at -> npy (at label) "<f8" [ 6; 8 ] (labels 0.5)) [ label; "holds 0.5 at row 2, column 4" ]
    refused (fun at -> npy (at label) "<f8" [ 6; 8 ] (labels nan)) [ label; "holds NaN at row 2, column 4" ]
    refused (fun at -> npy (at label) "<f8" [ 48 ] (labels 0.0)) [ label; "shape [48]"; "[H, W]" ]
    refused (fun at -> npy (at label) "<f8" [ 8; 6 ] (labels 0.0)) [ label; "8x6"; "6x8"; "same size" ]
    refused (fun at -> npy (at image) "<f8" [ 6; 8 ] (labels 0.0)) [ image; "shape [6, 8]"; "[H, W, 3] or [3, H, W]" ]
    refused (fun at -> npy (at image) "<i8" [ 6; 8; 3 ] (Array.zeroCreate<int64> 144)) [ image; "'<i8'"; "uint8" ]
    refused (fun at -> npy (at image) "<f8" [ 6; 8; 3 ] (Array.create 144 7.0)) [ image; "holds 7"; "[0, 1]" ]
    refused (fun at -> npy (at label) "<c8" [ 6; 8 ] (labels 0.0)) [ label; "'<c8' can't be read" ]
    refused (fun at -> truncate (at label)) [ label; "48 numbers of 8 bytes are announced" ]
    refused (fun at -> File.WriteAllText(at label, "no array at all")) [ label; "no .npy file" ]

[<Test>]
let ``a directory of pictures opened as arrays says so, and the other way round`` () =
    refusal
        nyuPictures
        ignore
        (fun d -> $"nyuv2:{d}")
        "train"
        [ "not an NYUv2 directory of arrays"; "classes=40"; "seg40/" ]

    refusal nyuArrays ignore (fun d -> $"nyuv2:{d},classes=40") "train" [ "image/ is missing"; "found train/, val/" ]

[<Test>]
let ``an array in Fortran order is read in C order`` () =
    withDirectory (fun directory ->
        let path = place directory "a.npy"
        let side = [| 2; 3; 4 |]
        let at i j k = float (100 * i + 10 * j + k)

        npy
            path
            "<f8"
            [ 2; 3; 4 ]
            [| for k in 0..3 do
                   for j in 0..2 do
                       for i in 0..1 -> at i j k |]

        let bytes = File.ReadAllBytes path
        let text = Text.Encoding.Latin1.GetString(bytes, 0, 128).Replace("False, ", "True,  ")
        File.WriteAllBytes(path, Array.append (Text.Encoding.Latin1.GetBytes text) bytes[128..])
        let file = NpyFile.Read path
        Assert.That(List.ofSeq file.Shape, equalTo (List.ofArray side))

        Assert.That(
            file.ToDoubles(),
            equalTo
                [| for i in 0..1 do
                       for j in 0..2 do
                           for k in 0..3 -> at i j k |]
        ))

[<Test>]
let ``a trimap has one map in every file: 1, 2, 3 are pet, background, border`` () =
    withDirectory (fun directory ->
        pets directory
        // Without the pet, ranks of the values that are there would call the background 0.
        Codecs.WriteLabels(place directory "annotations/trimaps/Abyssinian_1.png", cycle [ 2uy; 3uy ])
        let dataset = openFirst $"oxfordpet:{directory}" "trainval"
        Assert.That(dataset.Read(0, Nullable()).Labels, equalTo (Array.init 48 (fun i -> byte (1 + i % 2))))
        Assert.That(dataset.Read(1, Nullable()).Labels, equalTo (Array.init 48 (fun i -> byte (i % 3)))))

let private petSplits options =
    let found = ResizeArray()

    withDirectory (fun directory ->
        pets directory
        let source = DataSource.parse $"oxfordpet:{directory}{options}" |> Result.defaultWith failwith

        for split, dataset in DataSource.openAll source do
            found.Add((split, List.init dataset.Count dataset.SampleName)))

    List.ofSeq found

[<Test>]
let ``the lists are the official splits, whose trainval is also called train`` () =
    let ordered names =
        List.sortWith (fun a b -> String.CompareOrdinal(a, b)) names

    Assert.That(petSplits "", equalTo [ "trainval", ordered petNames[..9]; "test", ordered petNames[10..] ])

    withDirectory (fun directory ->
        pets directory
        Assert.That((openFirst $"oxfordpet:{directory}" "train").Count, Is.EqualTo 10))

[<TestCase(",splits=paper", 16, 2, 2)>]
[<TestCase(",splits=authors", 18, 1, 1)>]
let ``random splits share nothing, hold everything, and are a function of the seed``
    (options: string, train, val', test)
    =
    let splits = petSplits options
    Assert.That([ for _, names in splits -> names.Length ], equalTo [ train; val'; test ])
    Assert.That(splits |> List.collect snd |> List.sort, equalTo (List.sort petNames))
    Assert.That(petSplits (options + ",seed=0"), equalTo splits)
    Assert.That(petSplits (options + ",seed=1"), Is.Not.EqualTo(box splits))

    if train = 18 then
        let trained = Set.ofList (snd splits.Head)
        Assert.That(Set.isSubset (Set.ofList petNames[..9]) trained)

[<Test>]
let ``an incomplete Oxford-IIIT Pet says what is missing`` () =
    let refused breakIt split expected =
        refusal pets breakIt (fun directory -> $"oxfordpet:{directory}") split expected

    refused (fun at -> remove (at "images")) "train" [ "not an Oxford-IIIT Pet"; "images/ is missing" ]
    refused (fun at -> remove (at "annotations/trimaps")) "train" [ "trimaps/ is missing"; "annotations.tar.gz" ]
    refused (fun at -> remove (at "annotations/test.txt")) "test" [ "test.txt is missing" ]
    refused (fun at -> remove (at "images/Abyssinian_3.jpg")) "trainval" [ "name Abyssinian_3, but"; "is missing" ]

    refused
        (fun at -> remove (at "annotations/trimaps/Abyssinian_3.png"))
        "trainval"
        [ "Abyssinian_3.jpg has no label" ]

    refused (fun at -> File.WriteAllText(at "annotations/test.txt", "# none\n")) "test" [ "names no samples" ]

    refused
        (fun at -> File.AppendAllText(at "annotations/test.txt", "Abyssinian_12 1 1 1\n"))
        "test"
        [ "Abyssinian_12 twice" ]

    refused
        (fun at -> Codecs.WriteLabels(at "annotations/trimaps/Abyssinian_3.png", cycle [ 1uy; 4uy ]))
        "trainval"
        [ "Abyssinian_3.png holds 4 at row 0, column 1"; "1 (pet), 2 (background) and 3 (border)" ]

    refusal
        pets
        (fun at -> File.AppendAllText(at "annotations/test.txt", "Abyssinian_2 1 1 1\n"))
        (fun directory -> $"oxfordpet:{directory},splits=paper")
        "val"
        [ "Abyssinian_2 stands in both" ]

[<Test>]
let ``a folder whose classes share a name is refused`` () =
    refusal
        (fun directory -> SynthStreet.Write(directory, SynthOptions(4, 48, 64, 9UL)))
        (fun at ->
            let path = at "classes.json"
            File.WriteAllText(path, File.ReadAllText(path).Replace("\"building\"", "\"road\"")))
        (fun directory -> $"folder:{directory}")
        "train"
        [ "classes.json"; "'road' twice" ]
