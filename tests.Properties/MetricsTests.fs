/// The confusion matrix and what follows from it: golden values (losses.md 9.2), identities, and independence of the cut
/// into batches.
module PatFramework.Properties.MetricsTests

open System
open NUnit.Framework
open FsCheck.FSharp
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Metrics
open PatFramework.Properties.Comparison

let private ignored = 255L

/// losses.md 9.2: z[n,c,h,w] = 2 sin(1 + 3n + 5c + 7h + 11w).
let private logits () : torch.Tensor =
    let values =
        [| for n in 0..1 do
               for c in 0..3 do
                   for h in 0..1 do
                       for w in 0..2 -> 2.0 * sin (float (1 + 3 * n + 5 * c + 7 * h + 11 * w)) |]

    torch.tensor(values).reshape(2L, 4L, 2L, 3L)

let private y1 = [| 0L; 0L; 0L; 0L; 1L; 2L; 0L; 1L; 1L; 3L; 0L; 255L |]
let private y2 = [| 0L; 0L; 0L; 0L; 1L; 2L; 0L; 1L; 1L; 0L; 0L; 255L |]

let private scoresOf (labels: int64[]) =
    use _scope = torch.NewDisposeScope()
    use confusion = new ConfusionMatrix(4, ignored)
    confusion.AddLogits(logits (), torch.tensor(labels).reshape(2L, 2L, 3L))
    confusion.Scores()

let private matrix (rows: int64 list list) = array2D rows

[<Test>]
let ``golden values of Y1`` () =
    let scores = scoresOf y1

    let expected = matrix [ [ 2L; 1L; 2L; 1L ]; [ 1L; 1L; 0L; 1L ]; [ 0L; 0L; 0L; 1L ]; [ 0L; 0L; 1L; 0L ] ]

    Expect.same expected scores.Confusion
    within float64 "IoU" [| 2.0 / 7.0; 0.25; 0.0; 0.0 |] (Seq.toArray scores.IoU)
    equal (printed 8) "mIoU" 0.13392857 scores.MeanIoU
    equal float64 "pixel accuracy" (3.0 / 11.0) scores.PixelAccuracy
    equal (printed 8) "mean Dice" 0.21111111 (1.0 - scores.DiceError)
    within float64 "recall" [| 2.0 / 6.0; 1.0 / 3.0; 0.0; 0.0 |] (Seq.toArray scores.Recall)
    equal float64 "mean accuracy" (1.0 / 6.0) scores.MeanAccuracy
    equal float64 "frequency-weighted IoU" ((6.0 * 2.0 / 7.0 + 3.0 * 0.25) / 11.0) scores.FrequencyWeightedIoU

[<Test>]
let ``golden values of Y2, whose class 3 is only predicted and counts as 0`` () =
    let scores = scoresOf y2

    let expected = matrix [ [ 2L; 1L; 3L; 1L ]; [ 1L; 1L; 0L; 1L ]; [ 0L; 0L; 0L; 1L ]; [ 0L; 0L; 0L; 0L ] ]

    Expect.same expected scores.Confusion
    equal float64 "mIoU" 0.125 scores.MeanIoU
    Expect.isNaN (scores.Recall[3])

[<Test>]
let ``what has no denominator is NaN, not 0 or 1`` () =
    let empty = SegmentationScores.Of(Array2D.zeroCreate 2 2)

    for value in
        [ empty.MeanIoU
          empty.DiceError
          empty.MeanAccuracy
          empty.PixelAccuracy
          empty.FrequencyWeightedIoU ] do
        Expect.isNaN value

    let absent = SegmentationScores.Of(matrix [ [ 3L; 1L; 0L ]; [ 0L; 2L; 0L ]; [ 0L; 0L; 0L ] ])

    Expect.isNaN (absent.IoU[2])
    equal float64 "mIoU over the classes with a union" ((0.75 + 2.0 / 3.0) / 2.0) absent.MeanIoU
    equal float64 "over a group" 0.75 (absent.MeanIoUOver [ 0; 2 ])
    Expect.isNaN (absent.MeanIoUOver [ 2 ])

/// Labels, some ignored, and predictions.
let private pixels =
    gen {
        let! classes = Gen.choose (1, 6)
        let! count = Gen.choose (1, 60)

        let! truth =
            Gen.arrayOfLength count (Gen.frequency [ 5, Gen.choose (0, classes - 1); 1, Gen.constant 255 ])

        let! guess = Gen.arrayOfLength count (Gen.choose (0, classes - 1))
        let! cut = Gen.choose (0, count)
        return classes, Array.map int64 truth, Array.map int64 guess, cut
    }
    |> Arb.fromGen

let private count classes (batches: (int64[] * int64[]) list) =
    use _scope = torch.NewDisposeScope()
    use confusion = new ConfusionMatrix(classes, ignored)

    for guess, truth in batches do
        confusion.Add(torch.tensor guess, torch.tensor truth)

    confusion.ToMatrix()

[<Test>]
let ``counts are those of a loop, however the data set is cut`` () =
    Check.kernel pixels (fun (classes, truth, guess, cut) ->
        let expected = Array2D.zeroCreate classes classes

        for y, q in Array.zip truth guess do
            if y <> ignored then
                expected[int y, int q] <- expected[int y, int q] + 1L

        let whole = count classes [ guess, truth ]

        let parts = count classes [ guess[.. cut - 1], truth[.. cut - 1]; guess[cut..], truth[cut..] ]

        Expect.same expected whole
        Expect.same expected parts)

[<Test>]
let ``Dice is 2 IoU / (1 + IoU), and renaming classes renames scores`` () =
    Check.kernel pixels (fun (classes, truth, guess, _) ->
        let rename y =
            if y = ignored then y else int64 classes - 1L - y

        let scores = SegmentationScores.Of(count classes [ guess, truth ])

        let renamed = SegmentationScores.Of(count classes [ Array.map rename guess, Array.map rename truth ])

        let defined = scores.IoU |> Seq.filter (Double.IsNaN >> not) |> Seq.toArray
        let dice = scores.Dice |> Seq.filter (Double.IsNaN >> not) |> Seq.toArray
        within float64 "Dice" (defined |> Array.map (fun iou -> 2.0 * iou / (1.0 + iou))) dice
        Expect.sameItems scores.IoU (Seq.rev renamed.IoU)

        if defined.Length > 0 then
            equal float64 "mIoU" scores.MeanIoU renamed.MeanIoU)

[<Test>]
let ``values outside the classes are refused`` () =
    use _scope = torch.NewDisposeScope()
    use confusion = new ConfusionMatrix(3, ignored)

    let refused (guess: int64[]) (truth: int64[]) =
        Expect.refusal (fun () -> confusion.Add(torch.tensor guess, torch.tensor truth))

    refused [| 0L; 1L |] [| 0L; 3L |] |> Expect.contains "the label 3"
    refused [| 0L; -1L |] [| 0L; 0L |] |> Expect.contains "the prediction -1"
    refused [| 0L; 1L |] [| 0L |] |> Expect.contains "received [2] and [1]"
    Expect.same 0L (confusion.ToMatrix() |> Seq.cast<int64> |> Seq.sum)

[<Test>]
let ``cross-entropy is the data set's, however it is cut`` () =
    use _scope = torch.NewDisposeScope()
    let z, y = logits (), torch.tensor(y1).reshape(2L, 2L, 3L)
    use whole = new CrossEntropyMeter(ignored)
    whole.Add(z, y)
    equal (printed 8) "losses.md 9.2" 2.03069117 whole.Value
    use parts = new CrossEntropyMeter(ignored)

    for n in 0L .. 1L do
        parts.Add(z.narrow (0L, n, 1L), y.narrow (0L, n, 1L))

    equal float64 "image by image" whole.Value parts.Value
    use nothing = new CrossEntropyMeter(ignored)
    nothing.Add(z, y.mul((0L).ToScalar()).add(ignored.ToScalar()))
    Expect.isNaN nothing.Value

/// Shares of CamVid's 367 training frames (pixels of the 11 classes, sky to bicyclist).
[<Test>]
let ``CamVid's tail is pole, sign, fence, pedestrian and bicyclist`` () =
    let counts =
        [| 10682767L
           14750079L
           623349L
           20076880L
           2845085L
           6166762L
           743859L
           714595L
           3719877L
           405385L
           184967L |]

    let groups = ClassGroups.ByPixelShare counts
    Expect.sameItems [ 3; 1; 0; 5 ] groups.Head
    Expect.sameItems [ 8; 4 ] groups.Medium
    Expect.sameItems [ 6; 7; 2; 9; 10 ] groups.Tail

[<Test>]
let ``each class is in one group, a share on a threshold in the upper one`` () =
    let groups = ClassGroups.ByPixelShare [| 880L; 100L; 20L; 0L |]
    Expect.sameItems [ 0; 1 ] groups.Head
    Expect.sameItems [ 2 ] groups.Medium
    Expect.sameItems [ 3 ] groups.Tail
