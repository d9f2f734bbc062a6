using System;
using System.Linq;
using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>
/// How per-pixel losses L_i become a scalar (losses.md 0.1). n: image, c: class, M_nc: valid pixels of class c in image n,
/// w: class weights, K: masks with |M_nc| > 0.
/// </summary>
internal static class MaskReduction
{
    /// <summary>Applies a reduction.</summary>
    /// <param name="reduction">Which.</param>
    /// <param name="losses">[N,H,W], float32 or float64.</param>
    /// <param name="labels">[N,H,W], int64 in 0…C−1.</param>
    /// <param name="ignored">[N,H,W], bool.</param>
    /// <param name="classWeights">w_c of each of the C classes.</param>
    /// <returns>A scalar; 0 where nothing is valid.</returns>
    public static Tensor Apply(Reduction reduction, Tensor losses, Tensor labels, Tensor ignored, double[] classWeights)
    {
        var classes = classWeights.LongLength;
        var weights = Weights(classWeights, losses, labels);
        var valid = (weights is null ? losses : losses * weights).masked_fill(ignored, 0);
        var pixels = Math.Max(1, labels.numel());
        switch (reduction.Tag)
        {
            case Reduction.Tags.Sum:
                return valid.sum();
            case Reduction.Tags.AllPixelMean:
                return valid.sum() / pixels;
            case Reduction.Tags.ElementMean:
                return valid.sum() / (pixels * classes);
            case Reduction.Tags.WeightedMean when weights is not null:
                var total = weights.masked_fill(ignored, 0).sum();
                return valid.sum() / total.masked_fill(total.eq(0), 1);
            case Reduction.Tags.WeightedSumMean when weights is not null:
                var sum = classWeights.Sum();
                return valid.sum() * (sum == 0 ? 0 : classes / sum) / Count(ignored, losses.dtype);
            case Reduction.Tags.PixelMean:
            case Reduction.Tags.WeightedMean:
            case Reduction.Tags.WeightedSumMean:
                return valid.sum() / Count(ignored, losses.dtype);
            default:
                return (valid * Coefficients(reduction, labels, ignored, classes, losses.dtype)).sum();
        }
    }

    /// <summary>|V|, at least 1.</summary>
    private static Tensor Count(Tensor ignored, ScalarType dtype) =>
        ignored.logical_not().sum().clamp(min: 1).to(dtype);

    /// <summary>w_y of each pixel, [N,H,W]; null where all weights are 1.</summary>
    private static Tensor? Weights(double[] classWeights, Tensor losses, Tensor labels)
    {
        if (Array.TrueForAll(classWeights, weight => weight == 1))
        {
            return null;
        }
        var table = tensor(classWeights, [classWeights.LongLength], losses.dtype, losses.device);
        return table.index_select(0, labels.reshape(-1)).reshape(labels.shape);
    }

    /// <summary>
    /// The factor of each pixel, [N,H,W]. Pixels are counted into a table [N,C] of mask sizes through the index n·C + y, and
    /// the factors looked up through the same index, so nothing of size C×H×W is made; ignored pixels have a bin of their own.
    /// </summary>
    private static Tensor Coefficients(
        Reduction reduction,
        Tensor labels,
        Tensor ignored,
        long classes,
        ScalarType dtype
    )
    {
        using var guard = no_grad();
        var images = labels.shape[0];
        var bins = images * classes;
        var first = arange(images, ScalarType.Int64, labels.device) * classes;
        var index = (labels + first.reshape(images, 1, 1)).masked_fill(ignored, bins);
        var counts = zeros([bins + 1], ScalarType.Int64, labels.device);
        Counting.Add(counts, index);
        var table = Table(reduction, counts.narrow(0, 0, bins).reshape(images, classes).to(dtype));
        var withIgnored = cat([table.reshape(bins), zeros([1], dtype, labels.device)], 0);
        return withIgnored.index_select(0, index.reshape(-1)).reshape(labels.shape);
    }

    /// <summary>The factor of a pixel of mask (n,c), given the mask sizes [N,C]; 0 for absent masks.</summary>
    private static Tensor Table(Reduction reduction, Tensor sizes)
    {
        var present = sizes.gt(0).to(sizes.dtype);
        var perMask = present / sizes.clamp(min: 1);
        switch (reduction.Tag)
        {
            case Reduction.Tags.MaskMean:
                return perMask / present.sum().clamp(min: 1);
            case Reduction.Tags.ImageMaskMean:
                var masks = present.sum(1, keepdim: true);
                return perMask / masks.clamp(min: 1) / masks.gt(0).sum().clamp(min: 1);
            case Reduction.Tags.MaskSum:
                return perMask / Math.Max(1, sizes.shape[0]);
            case Reduction.Tags.ClassMean:
                var totals = sizes.sum(0, keepdim: true);
                var classesPresent = totals.gt(0).sum().clamp(min: 1);
                return present / totals.clamp(min: 1) / classesPresent;
            default:
                throw new PatException($"There is no composed kernel for the reduction {reduction}.");
        }
    }
}
