/// Means, intervals and resamples of a comparison against closed forms.
namespace PatFramework.Properties

open NUnit.Framework
open FsCheck.FSharp
open PatFramework.Core.Metrics
open PatFramework.Core.Training
open PatFramework.Experiments

[<TestFixture>]
type EstimateTests() =

    let close (expected: float) (actual: float) =
        Assert.That(actual, Is.EqualTo(expected).Within(1e-12))

    /// An evaluation of two classes from (right, wrong) pixels of class 0 in each image.
    let evaluation (images: (int64 * int64) list) =
        RunEvaluation(
            Format = RunEvaluation.CurrentFormat,
            Weights = "last",
            Split = "val",
            Classes = [| "a"; "b" |],
            CrossEntropy = 1.0,
            Images =
                [| for index, (right, wrong) in List.indexed images ->
                       ImageConfusion($"image-{index}", [| right; wrong; 0L; 10L |]) |]
        )

    let meanIoU: (SegmentationScores -> float) list = [ _.MeanIoU ]

    let resampled runs =
        Estimates.resampled 200 meanIoU runs |> List.exactlyOne

    [<Test>]
    member _.``mean and deviation of 1, 2, 3, 4 are 5/2 and √(5/3)``() =
        let found = Estimates.spread [ 1.0; 2.0; 3.0; 4.0 ]
        close 2.5 found.Mean
        close (sqrt (5.0 / 3.0)) found.Deviation
        Expect.same 4 found.Count

    [<Test>]
    member _.``one value has no deviation and no interval``() =
        let found = Estimates.spread [ 0.5 ]
        close 0.5 found.Mean
        Assert.That(found.Deviation, Is.NaN)
        Expect.isTrue "no interval" (Estimates.overSeeds [ 0.5 ] |> Option.isNone)

    [<Test>]
    member _.``the interval of 1, 2, 3 is 2 ± 4.303 / √3``() =
        // t(2 degrees of freedom, 97.5 %) = √2 · 0.95 / √(1 − 0.95²): that distribution's quantile has a closed form.
        let half = sqrt 2.0 * 0.95 / sqrt (1.0 - 0.95 * 0.95) / sqrt 3.0
        let found = Estimates.overSeeds [ 1.0; 2.0; 3.0 ] |> Option.get
        Assert.That(found.Low, Is.EqualTo(2.0 - half).Within(1e-9))
        Assert.That(found.High, Is.EqualTo(2.0 + half).Within(1e-9))

    [<Test>]
    member _.``resamples of equal images are the score itself, of the same run twice that run``() =
        let run = evaluation [ for _ in 1..5 -> 30L, 10L ]
        let score = run.Scores().MeanIoU

        for values in [ resampled [ run ]; resampled [ run; run ] ] do
            Array.iter (close score) values

    [<Test>]
    member _.``resamples are a function of the run alone and pair the runs``() =
        let run = evaluation [ 30L, 10L; 5L, 35L; 40L, 0L; 0L, 40L ]
        Expect.same (resampled [ run ]) (resampled [ run ])
        let differences = Array.map2 (-) (resampled [ run ]) (resampled [ run ])
        Expect.same { Estimates.Low = 0.0; Estimates.High = 0.0 } (Estimates.middle differences |> Option.get)

    [<Test>]
    member _.``the mean over two runs is resampled together``() =
        let left = evaluation [ 30L, 10L; 5L, 35L; 40L, 0L ]
        let right = evaluation [ 10L, 30L; 40L, 0L; 20L, 20L ]
        let means = Array.map2 (fun a b -> (a + b) / 2.0) (resampled [ left ]) (resampled [ right ])
        Array.iter2 close means (resampled [ left; right ])

    [<Test>]
    member _.``the middle of 0 to 1000 in any order is 25 to 975``() =
        Check.definition (Gen.shuffle [| 0..1000 |] |> Arb.fromGen) (fun values ->
            let found = values |> Array.map float |> Estimates.middle |> Option.get
            Expect.same { Estimates.Low = 25.0; Estimates.High = 975.0 } found)

    [<Test>]
    member _.``counts of images sum to the confusion matrix, ignored labels left out``() =
        let images =
            ImageConfusion.Of([| "x"; "y" |], [| 0L; 1L; 1L; 1L |], [| 0L; 0L; 255L; 1L |], 2) |> List.ofSeq

        Expect.same [ [| 1L; 1L; 0L; 0L |]; [| 0L; 0L; 0L; 1L |] ] [ for image in images -> image.Counts ]
        Expect.same (array2D [ [ 1L; 1L ]; [ 0L; 1L ] ]) (ImageConfusion.Sum(images, 2))
