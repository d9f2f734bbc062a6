/// The ten reductions against their formulas in losses.md 0.1, written with groups and averages.
module PatFramework.Properties.ReductionTests

open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Losses
open PatFramework.Properties.Comparison

let private average values =
    if Array.isEmpty values then 0.0 else Array.average values

let private over total sum =
    if total = 0.0 then 0.0 else sum / total

/// Mean over the groups of `key` of `inner`.
let private meanBy key inner pixels =
    pixels |> Array.groupBy key |> Array.map (snd >> inner) |> average

let private textbook reduction (shape: BatchShape) (w: float[]) (labels: int64[]) (L: float[]) =
    let valid = [| 0 .. labels.Length - 1 |] |> Array.filter (fun i -> labels[i] <> Generators.ignored)

    let weight i = w[int labels[i]]
    let weighted i = weight i * L[i]
    let total = Array.sumBy weighted valid
    let image i = i / shape.PixelsPerImage
    let mean = Array.map weighted >> average
    let C, N = float shape.Classes, float shape.Images

    match reduction with
    | Reduction.PixelMean -> mean valid
    | Reduction.AllPixelMean -> over (float labels.Length) total
    | Reduction.ElementMean -> over (float labels.Length * C) total
    | Reduction.WeightedMean -> over (Array.sumBy weight valid) total
    | Reduction.WeightedSumMean -> over (Array.sum w) (C * mean valid)
    | Reduction.MaskMean -> valid |> meanBy (fun i -> image i, labels[i]) mean
    | Reduction.ImageMaskMean -> valid |> meanBy image (meanBy (fun i -> labels[i]) mean)
    | Reduction.MaskSum -> valid |> Array.groupBy (fun i -> image i, labels[i]) |> Array.sumBy (snd >> mean) |> over N
    | Reduction.ClassMean -> valid |> meanBy (fun i -> labels[i]) mean
    | Reduction.Sum -> total

[<Test>]
let ``factors are the formulas, class weights included`` () =
    let seeds = Gen.choose (0, 1 <<< 20) |> Arb.fromGen

    Check.definition
        (Generators.both Generators.batches (Generators.both Generators.reductions seeds))
        (fun (batch, (reduction, seed)) ->
            let random = System.Random seed
            let w = Array.init batch.Shape.Classes (fun _ -> 3.0 * random.NextDouble())
            let L = Array.init batch.Labels.Length (fun _ -> 10.0 * random.NextDouble())
            let a = Reductions.factors reduction w Generators.ignored batch.Shape batch.Labels
            let expected = textbook reduction batch.Shape w batch.Labels L
            equal float64 (string reduction) expected (Array.map2 (*) a L |> Array.sum))

[<Test>]
let ``weights that are all 0 give 0`` () =
    Check.definition (Generators.both Generators.batches Generators.reductions) (fun (batch, reduction) ->
        let w = Array.zeroCreate batch.Shape.Classes
        Assert.That(Reductions.factors reduction w Generators.ignored batch.Shape batch.Labels, Is.All.Zero))
