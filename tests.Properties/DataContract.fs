/// What every reader of data has to do: one contract over all of them.
module PatFramework.Properties.DataContract

open System
open NUnit.Framework
open PatFramework.Core.Data
open PatFramework.Experiments
open PatFramework.Properties.DataSamples
open PatFramework.Properties.DataTrees

/// NUnit looks for the cases in the class of the tests.
let readers = DataTrees.readers

let private source reader directory =
    match DataSource.parse (reader.Spelled directory) with
    | Ok source -> source
    | Error problem -> failwith problem

let private over reader (check: string -> ISegmentationDataset -> unit) =
    withDirectory (fun directory ->
        reader.Write directory

        for split, dataset in DataSource.openAll (source reader directory) do
            check split dataset)

let private names (dataset: ISegmentationDataset) =
    List.init dataset.Count dataset.SampleName

[<TestCaseSource(nameof readers)>]
let ``the splits are those of the tree, and none is empty`` (reader: Reader) =
    withDirectory (fun directory ->
        reader.Write directory
        let source = source reader directory
        Assert.That(DataSource.splits source, equalTo reader.Splits)

        for _, dataset in DataSource.openAll source do
            Assert.That(dataset.Count, Is.Positive)

        let message = failure (fun () -> DataSource.openSplit source "trian" |> ignore)
        Assert.That(message, Does.Contain "no split 'trian': it has ")

        for split in reader.Splits do
            Assert.That(message, Does.Contain split))

[<TestCaseSource(nameof readers)>]
let ``classes have names and colours of their own, and ignored is none of them`` (reader: Reader) =
    over reader (fun _ dataset ->
        let classes = List.ofSeq dataset.Classes
        Assert.That(classes.Length, equalTo reader.Classes)
        Assert.That([ for item in classes -> item.Name ], Is.Unique)
        Assert.That([ for item in classes -> item.Red, item.Green, item.Blue ], Is.Unique)
        Assert.That(int dataset.Ignore, Is.GreaterThanOrEqualTo classes.Length))

[<TestCaseSource(nameof readers)>]
let ``the order is stable, and a name names one sample`` (reader: Reader) =
    withDirectory (fun directory ->
        reader.Write directory

        let opened () =
            [ for split, dataset in DataSource.openAll (source reader directory) -> split, names dataset ]

        let first = opened ()
        Assert.That(opened (), equalTo first)

        for _, names in first do
            Assert.That(names, Is.Unique)
            Assert.That(names, equalTo (List.sortWith (fun a b -> String.CompareOrdinal(a, b)) names)))

[<TestCaseSource(nameof readers)>]
let ``sizes match, labels are classes or ignored, and many threads read what one does`` (reader: Reader) =
    over reader (fun _ dataset ->
        let known = set [ dataset.Ignore; yield! [ 0uy .. byte (dataset.Classes.Count - 1) ] ]

        for size in [ Nullable(); Nullable(ImageSize(32, 40)) ] do
            let many = Array.Parallel.init dataset.Count (fun index -> dataset.Read(index, size))

            for index, sample in Array.indexed many do
                let serial = dataset.Read(index, size)
                Assert.That(sample.Name, equalTo (dataset.SampleName index))
                Assert.That((if size.HasValue then sample.Size = size.Value else true), Is.True)
                Assert.That(sample.Rgb.Length, equalTo (3 * pixelsOf sample.Size))
                Assert.That(sample.Labels.Length, equalTo (pixelsOf sample.Size))
                Assert.That(Set.isSubset (set sample.Labels) known, $"{sample.Name}: {set sample.Labels}")
                Assert.That((serial.Rgb, serial.Labels), equalTo ((sample.Rgb, sample.Labels))))

[<TestCaseSource(nameof readers)>]
let ``labels are resized by nearest neighbour: twice the size repeats each`` (reader: Reader) =
    // Scenes are drawn anew at each size, so that nothing is resized.
    if reader.Label <> "synth" then
        over reader (fun _ dataset ->
            let native = dataset.Read(0, Nullable())
            let twice = ImageSize(2 * native.Size.Height, 2 * native.Size.Width)
            let doubled = dataset.Read(0, Nullable twice)

            let expected =
                Array.init (pixelsOf twice) (fun i ->
                    let row, column = i / twice.Width, i % twice.Width
                    native.Labels[row / 2 * native.Size.Width + column / 2])

            Assert.That(doubled.Labels, equalTo expected))

[<TestCaseSource(nameof readers)>]
let ``the check finds nothing in a good tree`` (reader: Reader) =
    over reader (fun _ dataset -> Assert.That((DatasetCheck.Run dataset).Problems, Is.Empty))

[<Test>]
let ``every kind of data has a place in the contract`` () =
    match DataSource.parse "nothing" with
    | Ok _ -> Assert.Fail "nothing is no data"
    | Error problem ->
        let known = (problem.Split "known: ")[1]

        for name in known.Split ", " do
            Assert.That(readers |> List.exists (fun reader -> reader.Label.StartsWith name), name)

[<Test>]
let ``what follows a directory is an option only if it looks like one, and no directory is called so`` () =
    withDirectory (fun directory ->
        let odd = IO.Path.Combine(directory, "a:b,c=d,labels=coarse")
        IO.Directory.CreateDirectory odd |> ignore

        let is spelled expected =
            match DataSource.parse spelled with
            | Ok source -> Assert.That((source = expected), $"{spelled}: {source}")
            | Error problem -> Assert.Fail problem

        let fine = CityscapesOptions()
        let coarse = CityscapesOptions CityscapesLabels.Coarse
        let both = CityscapesOptions(CityscapesLabels.Coarse, true)
        is "camvid:x,labels=coarse" (DataSource.InCamVid "x,labels=coarse")
        is "folder:C:/a,b=c" (DataSource.InFolder "C:/a,b=c")
        is "cityscapes:a, b:c" (DataSource.InCityscapes("a, b:c", fine))
        is "cityscapes:x=1,y/z" (DataSource.InCityscapes("x=1,y/z", fine))
        is "cityscapes:x,labels=coarse" (DataSource.InCityscapes("x", coarse))
        is "cityscapes:x,classes=20,labels=coarse" (DataSource.InCityscapes("x", both))
        is $"cityscapes:{odd}" (DataSource.InCityscapes(odd, fine))
        is $"cityscapes:{odd},labels=coarse" (DataSource.InCityscapes(odd, coarse)))

[<TestCase("cityscapes:x,label=coarse", "unknown cityscapes key 'label'", "did you mean 'labels'?")>]
[<TestCase("cityscapes:x,labels=rough", "labels is fine or coarse", "'rough'")>]
[<TestCase("cityscapes:,labels=fine", "'cityscapes' needs a directory", "cityscapes:DIR")>]
[<TestCase("cityscapes:x,classes=19,classes=20", "given twice", "classes")>]
[<TestCase("nyuv2:x,classes=14", "classes is 13 or 40", "'14'")>]
[<TestCase("oxfordpet:x,splits=random", "splits is official or paper or authors", "'random'")>]
[<TestCase("oxfordpet:x,seed=one", "seed", "whole number")>]
let ``an option that is none says what there is`` (spelled: string, first: string, second: string) =
    match DataSource.parse spelled with
    | Ok source -> Assert.Fail $"{source}"
    | Error problem ->
        Assert.That(problem, Does.Contain first)
        Assert.That(problem, Does.Contain second)
