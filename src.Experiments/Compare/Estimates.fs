/// Means, spreads and intervals of scores over seeds and over images.
module PatFramework.Experiments.Estimates

open System
open MathNet.Numerics.Distributions
open PatFramework.Core.Data
open PatFramework.Core.Metrics
open PatFramework.Core.Training

/// A score over seeds: its mean and sample standard deviation, which is NaN for one seed.
type Spread = { Mean: float; Deviation: float; Count: int }

/// Mean and standard deviation (n − 1 in the denominator) of the values that are numbers.
let spread (values: float list) : Spread =
    let values = List.filter Double.IsFinite values
    let count = values.Length
    let mean = if count = 0 then nan else List.average values

    let deviation =
        if count < 2 then
            nan
        else
            sqrt ((values |> List.sumBy (fun value -> (value - mean) ** 2.0)) / float (count - 1))

    { Mean = mean; Deviation = deviation; Count = count }

/// A 95 % confidence interval.
type Interval = { Low: float; High: float }

/// The 95 % interval of the mean of paired differences by Student's t with n − 1 degrees of freedom; None for fewer than two.
/// Assumes that the differences scatter normally over seeds.
let overSeeds (differences: float list) : Interval option =
    let s = spread differences

    if s.Count < 2 then
        None
    else
        let half = StudentT.InvCDF(0.0, 1.0, float (s.Count - 1), 0.975) * s.Deviation / sqrt (float s.Count)

        Some { Low = s.Mean - half; High = s.Mean + half }

/// How often each of `count` images is drawn in a resample: a function of the arguments alone.
let private draw resample count =
    let random = DeterministicRandom(ReadOnlySpan [| 0x600D5UL; uint64 resample |])
    let weights = Array.zeroCreate count

    for _ in 1..count do
        let index = random.NextBelow count
        weights[index] <- weights[index] + 1

    weights

let private weighted (images: int64[][]) (weights: int[]) classes =
    let sum = Array.zeroCreate<int64>(classes * classes)

    for index in 0 .. images.Length - 1 do
        let weight, image = int64 weights[index], images[index]

        if weight > 0L then
            for cell in 0 .. sum.Length - 1 do
                sum[cell] <- sum[cell] + weight * image[cell]

    Array2D.init classes classes (fun row column -> sum[row * classes + column])

/// The scores of runs (their means) in each of the resamples: images are drawn with replacement, the same ones for every run, so
/// that differences between two calls are paired (Efron and Tibshirani 1993, chapter 13).
let resampled resamples (scores: (SegmentationScores -> float) list) (runs: RunEvaluation list) : float[] list =
    let counts = [ for run in runs -> run.Classes.Count, [| for image in run.Images -> image.Counts |] ]

    let inResample resample =
        let scoresOf (classes, images: int64[][]) =
            let all = weighted images (draw resample images.Length) classes |> SegmentationScores.Of
            [ for score in scores -> score all ]

        counts |> List.map scoresOf |> List.transpose |> List.map List.average

    let all = Array.Parallel.init resamples inResample
    [ for index in 0 .. scores.Length - 1 -> all |> Array.map (List.item index) ]

/// The middle 95 % of the numbers among the values; None where there are fewer than two.
let middle (values: float[]) : Interval option =
    let sorted = values |> Array.filter Double.IsFinite |> Array.sort

    let at (share: float) =
        sorted[int (Math.Round(share * float (sorted.Length - 1)))]

    if sorted.Length < 2 then None else Some { Low = at 0.025; High = at 0.975 }
