/// The loader's order, its errors, the statistics, and augmentation of images and labels together.
module PatFramework.Properties.DataLoading

open System
open System.Collections.Generic
open System.Threading
open NUnit.Framework
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Properties.DataSamples

let private size = ImageSize(4, 6)

/// Sample i has the colour i everywhere and the label i % classes; reading may be slow or fail.
type private Counting(count: int, onRead: int -> unit) =
    let classes = [| for name in [ "a"; "b"; "c" ] -> ClassInfo(name, 0uy, 0uy, 0uy) |]

    interface ISegmentationDataset with
        member _.Name = "counting"
        member _.Classes = classes
        member _.Ignore = 255uy
        member _.Count = count
        member _.SampleName index = string index

        member _.Read(index, _) =
            onRead index
            let labels = Array.create (pixelsOf size) (byte (index % 3))
            labels[0] <- 255uy
            DecodedSample(string index, size, Array.create (3 * pixelsOf size) (byte index), labels)

let private loader onRead workers shuffle dropLast =
    DataLoader(
        Counting(11, onRead),
        LoaderOptions(3, size, Workers = workers, Shuffle = shuffle, Seed = 7UL, QueueLength = 2, DropLast = dropLast)
    )

let private names (batches: IEnumerable<Batch>) =
    [ for batch in batches do
          use batch = batch
          List.ofSeq batch.Names ]

/// Reads slowly enough that several workers finish out of order.
let private uneven index = Thread.Sleep(index * 7 % 5)

[<Test>]
let ``without shuffling the order is the data set's`` () =
    let batches = (loader ignore 1 false false).Epoch 0 |> names
    Assert.That(List.concat batches, equalTo [ for index in 0..10 -> string index ])
    Assert.That(batches |> List.map List.length, equalTo [ 3; 3; 3; 2 ])
    Assert.That((loader ignore 1 false true).Epoch 0 |> names |> List.length, equalTo 3)

[<Test>]
let ``the order depends on seed and epoch, not on the number of workers`` () =
    let order workers epoch =
        (loader uneven workers true false).Epoch epoch |> names

    let expected = order 1 3
    Assert.That(List.concat expected |> List.map int |> List.sort, equalTo [ 0..10 ])
    Assert.That(order 1 4, Is.Not.EqualTo expected)

    for workers in [ 2; 4 ] do
        Assert.That(order workers 3, equalTo expected)

[<Test>]
let ``an epoch can be entered in its middle`` () =
    let loader = loader uneven 2 true false
    let whole = loader.Epoch 5 |> names

    for first in 0..4 do
        Assert.That(loader.Epoch(5, first) |> names, equalTo (List.skip first whole))

[<Test>]
let ``a batch holds uint8 images, int64 labels and the names in one order`` () =
    for batch in (loader ignore 2 true false).Epoch 0 do
        use batch = batch
        let count = int64 batch.Names.Count
        Assert.That(batch.Images.dtype, equalTo torch.ScalarType.Byte)
        Assert.That(batch.Labels.dtype, equalTo torch.ScalarType.Int64)
        Assert.That(batch.Images.shape, equalTo [| count; 3L; 4L; 6L |])
        Assert.That(batch.Labels.shape, equalTo [| count; 4L; 6L |])
        let pixels, labels = batch.Images.data<byte>().ToArray(), batch.Labels.data<int64>().ToArray()

        for place, name in Seq.indexed batch.Names do
            Assert.That(Array.sub pixels (place * 72) 72, Is.All.EqualTo(byte name))
            Assert.That(labels[place * 24], equalTo 255L)
            Assert.That(Array.sub labels (place * 24 + 1) 23, Is.All.EqualTo(int64 name % 3L))

[<Test>]
let ``channels are planes`` () =
    withDirectory (fun directory ->
        camVid directory
        let dataset = CamVid.Open(directory, "train")
        let sample = dataset.Read(1, Nullable())

        for batch in DataLoader(dataset, LoaderOptions(1, camVidSize)).Epoch(0, 1) |> Seq.truncate 1 do
            use batch = batch
            let planes = batch.Images.data<byte>().ToArray()

            let expected =
                [| for channel in 0..2 do
                       for pixel in 0..47 -> sample.Rgb[3 * pixel + channel] |]

            Assert.That(planes, equalTo expected))

[<Test>]
let ``reading runs ahead by the queue and no further, and stops when the consumer leaves`` () =
    let mutable reads = 0
    let loader = loader (fun _ -> Interlocked.Increment(&reads) |> ignore) 2 false false
    let batches = (loader.Epoch 0).GetEnumerator()
    Assert.That(batches.MoveNext())
    batches.Current.Dispose()
    SpinWait.SpinUntil((fun () -> Volatile.Read &reads = 9), 2000) |> ignore
    batches.Dispose()
    Assert.That(Volatile.Read &reads, equalTo 9)

[<Test>]
let ``leaving early waits for the workers, so that none is left`` () =
    let mutable running = 0

    let slow _ =
        Interlocked.Increment(&running) |> ignore
        Thread.Sleep 20
        Interlocked.Decrement(&running) |> ignore

    for batch in (loader slow 3 false false).Epoch 0 |> Seq.truncate 1 do
        batch.Dispose()

    Assert.That(Volatile.Read &running, equalTo 0)

[<Test>]
let ``a failure in a worker reaches the consumer`` () =
    let expected index =
        if index = 5 then
            raise (PatException "file 5 is corrupt")

    let unexpected index =
        if index = 5 then
            invalidOp "a bug"

    Assert.That(
        failure (fun () -> (loader expected 2 false false).Epoch 0 |> names |> ignore),
        equalTo "file 5 is corrupt"
    )

    try
        (loader unexpected 2 false false).Epoch 0 |> names |> ignore
        Assert.Fail "the bug went unseen"
    with :? InvalidOperationException as error ->
        Assert.That(error.Message, Does.Contain "sample 5 of counting")

[<Test>]
let ``options that make no batch are refused`` () =
    let make count (options: LoaderOptions) () =
        DataLoader(Counting(count, ignore), options) |> ignore

    Assert.That(
        failure (make 3 (LoaderOptions(4, size, DropLast = true))),
        Does.Contain "3 samples, too few for a batch of 4"
    )

    Assert.That(failure (make 3 (LoaderOptions(0, size))), Does.Contain "at least 1; received 0, 1 and 4")

[<Test>]
let ``statistics count what is there`` () =
    let statistics = ClassStatistics.Of(Counting(11, ignore), Nullable())
    Assert.That(statistics.PixelCounts, equalTo [| 4L * 23L; 4L * 23L; 3L * 23L |])
    Assert.That(statistics.ImageCounts, equalTo [| 4L; 4L; 3L |])
    Assert.That((statistics.IgnoredPixels, statistics.Images), equalTo ((11L, 11)))
    Assert.That(statistics.ImbalanceFactor, Is.EqualTo(4.0 / 3.0).Within 1e-12)
    Assert.That(Seq.sum statistics.Priors, Is.EqualTo(1.0).Within 1e-12)
