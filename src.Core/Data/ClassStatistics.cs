using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Serialization;
using System.Threading;

namespace PatFramework.Core.Data;

/// <summary>How often each class occurs in a data set.</summary>
/// <param name="PixelCounts">Pixels of each class.</param>
/// <param name="ImageCounts">Images with at least one pixel of each class.</param>
/// <param name="IgnoredPixels">Pixels without a class.</param>
/// <param name="Images">All images.</param>
public sealed record ClassStatistics(long[] PixelCounts, long[] ImageCounts, long IgnoredPixels, int Images)
{
    /// <summary>The share of each class among the pixels that have one; zeros where no pixel has.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> Priors
    {
        get
        {
            var total = Math.Max(1, PixelCounts.Sum());
            return [.. PixelCounts.Select(count => (double)count / total)];
        }
    }

    /// <summary>Pixels of the commonest class ÷ pixels of the rarest one that occurs.</summary>
    [JsonIgnore]
    public double ImbalanceFactor
    {
        get
        {
            var present = PixelCounts.Where(count => count > 0).ToList();
            return present.Count == 0 ? 1 : (double)present.Max() / present.Min();
        }
    }

    /// <summary>Counts the labels of a whole data set, on all processors.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="size">The size at which to count; null counts at native size.</param>
    /// <param name="progress">Hears how many images are done.</param>
    /// <param name="cancellation">Stops the count.</param>
    /// <exception cref="PatException">A sample cannot be read; the message names its file.</exception>
    public static ClassStatistics Of(
        ISegmentationDataset dataset,
        ImageSize? size,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default
    ) => MaskStatistics.Of(dataset, size, progress, cancellation).Counts;
}
