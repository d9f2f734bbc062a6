/// Masks counted in closed form, duplicates found, and `pat data stats` and `check` as a user meets them.
namespace PatFramework.Properties

open System
open System.IO
open System.Xml
open NUnit.Framework
open PatFramework.Core.Data
open PatFramework.Experiments
open PatFramework.Properties.DataSamples
open PatFramework.Properties.DataTrees

/// Counts over labels that the tests choose.
module DataStatistics =
    let private classes = [ for id in 0..2 -> ClassInfo($"class {id}", byte id, 0uy, 0uy) ]

    let private datasetOf (labels: byte list list) =
        { new ISegmentationDataset with
            member _.Name = "chosen"
            member _.Classes = classes
            member _.Ignore = 255uy
            member _.Count = labels.Length
            member _.SampleName index = string index

            member _.Read(index, _) =
                let labels = Array.ofList labels[index]
                let rgb = Array.replicate (3 * labels.Length) (byte index)
                DecodedSample(string index, ImageSize(1, labels.Length), rgb, labels) }

    [<Test>]
    let ``masks are all pixels of a class in an image, in however many pieces`` () =
        let statistics =
            MaskStatistics.Of(
                datasetOf [ [ 0uy; 1uy; 0uy; 255uy; 0uy ]; [ 0uy; 0uy; 0uy; 0uy; 0uy ]; [ 1uy; 255uy ] ],
                Nullable()
            )

        Assert.That([ for sizes in statistics.Sizes -> List.ofSeq sizes ], equalTo [ [ 3; 5 ]; [ 1; 1 ]; [] ])

        Assert.That(
            [ for row in statistics.CoOccurrence -> List.ofSeq row ],
            equalTo [ [ 2; 1; 0 ]; [ 1; 2; 0 ]; [ 0; 0; 0 ] ]
        )

        Assert.That(statistics.Counts.PixelCounts, equalTo [| 8L; 2L; 0L |])
        Assert.That(statistics.Counts.ImageCounts, equalTo [| 2L; 2L; 0L |])
        Assert.That(statistics.Counts.IgnoredPixels, Is.EqualTo 2L)
        Assert.That(statistics.Counts.ImbalanceFactor, Is.EqualTo 4.0)

    [<Test>]
    let ``bin k of the histogram begins at 4 to the k`` () =
        for k in 0..8 do
            let start = pown 4 k

            let at sizes =
                List.ofSeq (MaskStatistics.Histogram sizes)

            Assert.That(at [| start |], equalTo (List.replicate k 0 @ [ 1 ]))

            Assert.That(
                at [| 4 * start - 1; 1 |],
                equalTo (if k = 0 then [ 2 ] else 1 :: List.replicate (k - 1) 0 @ [ 1 ])
            )

        Assert.That(MaskStatistics.Histogram [||], Is.Empty)

    [<Test>]
    let ``what a data set counts is what its statistics count, class by class`` () =
        let dataset = SynthStreet.Create(SynthOptions(6, 48, 64, 2UL), "train")
        let masks = MaskStatistics.Of(dataset, Nullable())
        let counts = masks.Counts

        for id in 0..11 do
            Assert.That(Seq.sum masks.Sizes[id], Is.EqualTo(int counts.PixelCounts[id]))
            Assert.That(masks.CoOccurrence[id][id], Is.EqualTo(int counts.ImageCounts[id]))

            for other in 0..11 do
                Assert.That(masks.CoOccurrence[id][other], Is.EqualTo(masks.CoOccurrence[other][id]))

    [<Test>]
    let ``the summary's median is the lower middle, and its groups are those of the shares`` () =
        Assert.That(List.map DataSummary.median [ []; [ 4 ]; [ 4; 9 ]; [ 1; 4; 9 ] ], equalTo [ 0; 4; 4; 4 ])
        let labels = List.replicate 95 0uy @ List.replicate 4 1uy @ [ 2uy ]
        let split = DataSummary.ofSplit "train" classes (MaskStatistics.Of(datasetOf [ labels ], Nullable()))

        Assert.That(
            List.map (DataSummary.members split) [ "head"; "medium"; "tail" ],
            equalTo [ [ "class 0" ]; [ "class 1" ]; [ "class 2" ] ]
        )

        Assert.That(
            [ for item in split.Classes -> item.Histogram ],
            equalTo [ [ 0; 0; 0; 1 ]; [ 0; 1; 0; 0 ]; [ 1; 0; 0; 0 ] ]
        )

    [<Test>]
    let ``splits with other classes are a problem`` () =
        let checkedAs name (dataset: ISegmentationDataset) =
            CheckedSplit(name, dataset, DatasetCheck.Run dataset)

        let street = SynthStreet.Create(SynthOptions(1, 48, 64, 2UL), "val")
        let report = SplitsCheck.Run [| checkedAs "train" (datasetOf [ [ 0uy ] ]); checkedAs "val" street |]
        Assert.That(report.Problems, Has.Count.EqualTo 1)
        Assert.That(report.Problems[0], Does.Contain "The classes of val (road, building")
        Assert.That(report.Problems[0], Does.Contain "not those of train (class 0, class 1, class 2)")

[<TestFixture; NonParallelizable>]
type DataVerbTests() =
    let withTree write action =
        withDirectory (fun directory ->
            write directory
            action directory)

    let strings (name: string) (json: Text.Json.JsonElement) =
        [ for item in json.GetProperty(name).EnumerateArray() -> string (item.GetString()) ]

    [<Test>]
    member _.``a good tree has no problems and no notes``() =
        withTree (cityscapes "gtFine") (fun directory ->
            let json = Ran.json [ "data"; "check"; $"cityscapes:{directory}" ]
            Assert.That(json.GetProperty("samples").GetInt32(), Is.EqualTo 4)
            Assert.That(strings "problems" json @ strings "notes" json, Is.Empty))

    [<Test>]
    member _.``the same picture in two splits is a problem, twice in one split a note; both files are named``() =
        withTree camVid (fun directory ->
            let at path = place directory path
            // b is noise 1 in both splits already: give every picture of val its own.
            for seed, name in List.indexed [ "a.jpg"; "b.png"; "c.jpg" ] do
                Codecs.WriteImage(at $"val/{name}", noise (50 + seed) camVidSize)

            File.Copy(at "train/b.png", at "train/d.png")
            Codecs.WriteLabels(at "trainannot/d.png", noisyLabels 9 11 camVidSize)
            let inside = Ran.json [ "data"; "check"; $"camvid:{directory}" ]
            Assert.That(strings "problems" inside, Is.Empty)
            let note = strings "notes" inside |> List.exactlyOne

            for part in [ at "train/b.png"; at "train/d.png"; "both in train"; "different labels" ] do
                Assert.That(note, Does.Contain part)

            // Other bytes, the same pixels: a PNG of what the JPEG decodes to.
            Codecs.WriteImage(at "val/b.png", Codecs.ReadImage(at "train/a.jpg"))
            File.Copy(at "trainannot/a.png", at "valannot/b.png", true)
            let across = Ran.pat [ "data"; "check"; $"camvid:{directory}" ]
            Assert.That(across.Code, Is.EqualTo 1)

            for part in [ at "train/a.jpg"; at "val/b.png"; "in train and val"; "the same labels" ] do
                Assert.That(across.Out, Does.Contain part))

    [<Test>]
    member _.``a class that only val has is noted``() =
        withTree (cityscapes "gtFine") (fun directory ->
            for path in
                Directory.GetFiles(Path.Combine(directory, "gtFine", "train"), "*.png", SearchOption.AllDirectories) do
                Codecs.WriteLabels(path, cycle [ 7uy; 8uy ])

            Codecs.WriteLabels(
                place directory "gtFine/val/lindau/lindau_000000_000019_gtFine_labelIds.png",
                cycle [ 7uy; 26uy ]
            )

            let notes = Ran.json [ "data"; "check"; $"cityscapes:{directory}" ] |> strings "notes"

            Assert.That(
                notes,
                equalTo [ "The class 'car' is in 1 images of val but in none of train: no model can learn it." ]
            ))

    [<Test>]
    member _.``a split that can't be opened is a problem beside those of the others``() =
        withTree camVid (fun directory ->
            File.Delete(place directory "valannot/b.png")
            truncate (place directory "train/a.jpg")
            let ran = Ran.pat [ "data"; "check"; $"camvid:{directory}" ]
            Assert.That(ran.Code, Is.EqualTo 1)
            Assert.That(ran.Out, Does.Contain "b.png has no label")
            Assert.That(ran.Out, Does.Contain "a.jpg is a truncated")
            Assert.That(ran.Error, Does.Contain "2 problems; 1 of 3 samples are wrong"))

    [<Test>]
    member _.``stats as JSON and as a table tell the closed form of a tree``() =
        withTree pets (fun directory ->
            let trainval = (Ran.json [ "data"; "stats"; $"oxfordpet:{directory}" ]).GetProperty "trainval"

            let at (path: string list) =
                path |> List.fold (fun (json: Text.Json.JsonElement) name -> json.GetProperty name) trainval

            Assert.That((at [ "pixels"; "pet" ]).GetInt64(), Is.EqualTo 160L)
            Assert.That((at [ "imbalanceFactor" ]).GetDouble(), Is.EqualTo 1.0)
            Assert.That((at [ "coOccurrence"; "pet"; "border" ]).GetInt32(), Is.EqualTo 10)
            Assert.That((at [ "masks"; "pet"; "median" ]).GetInt32(), Is.EqualTo 16)
            Assert.That((at [ "groups" ]) |> strings "head", equalTo [ "pet"; "background"; "border" ])
            let text = (Ran.pat [ "data"; "stats"; $"oxfordpet:{directory}" ]).Out

            for part in [ "trainval: 10 images, 0.00 % of the pixels ignored, imbalance factor 1.0"; "0 pet"; "33.33" ] do
                Assert.That(text, Does.Contain part))

    [<Test>]
    member _.``the page is well-formed, needs no network and no script, and says its counts when hovered over``() =
        withTree pets (fun directory ->
            let page = place directory "stats.html"
            let ran = Ran.pat [ "data"; "stats"; $"oxfordpet:{directory}"; "--html"; page ]
            Assert.That(ran.Code, Is.Zero, ran.Error)
            let html = File.ReadAllText page
            let body = html.Substring(html.IndexOf "<body>").Replace("</html>", "")
            let document = XmlDocument()
            document.LoadXml body
            Assert.That(html, Does.Contain "width=device-width")
            Assert.That(html, Does.Not.Contain "<script")
            Assert.That(html, Does.Not.Contain "http")
            Assert.That(html, Does.Contain "<title>pet and border: 10 images; pet: 10</title>")
            Assert.That(html, Does.Contain "<title>pet: 10 of 10 masks have 16 to 63 pixels</title>")
            Assert.That(html, Does.Contain "<title>pet: 160 pixels, 33.3 %, in 10 images</title>"))
