using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace PatFramework.Core.Data;

/// <summary>
/// The masks of a data set. A mask is all pixels of one class in one image, as the PAT paper has it, however many pieces they form.
/// </summary>
/// <param name="Counts">Pixels and images of each class.</param>
/// <param name="Sizes">The pixels of every mask of each class, ascending.</param>
/// <param name="CoOccurrence">Images that hold both class i and class j; on the diagonal, images that hold class i.</param>
public sealed record MaskStatistics(
    ClassStatistics Counts,
    IReadOnlyList<IReadOnlyList<int>> Sizes,
    IReadOnlyList<IReadOnlyList<int>> CoOccurrence
)
{
    /// <summary>
    /// How many of the sizes lie in each bin: bin k holds 4^k to 4^(k+1) − 1 pixels, a square with a side of 2^k to 2^(k+1) pixels.
    /// </summary>
    /// <param name="sizes">Sizes of masks in pixels, 1 or more.</param>
    /// <returns>Counts up to the last bin that is not empty.</returns>
    public static IReadOnlyList<int> Histogram(IReadOnlyList<int> sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        var bins = new int[sizes.Count == 0 ? 0 : BinOf(sizes.Max()) + 1];
        foreach (var size in sizes)
        {
            bins[BinOf(size)]++;
        }
        return bins;
    }

    /// <summary>Visits every label of a data set, on all processors.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="size">The size at which to count; null counts at native size.</param>
    /// <param name="progress">Hears how many images are done.</param>
    /// <param name="cancellation">Stops the count.</param>
    /// <exception cref="PatException">A sample cannot be read; the message names its file.</exception>
    public static MaskStatistics Of(
        ISegmentationDataset dataset,
        ImageSize? size,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var counts = ParallelSamples.Map(
            dataset,
            index => Count(dataset.Read(index, size).Labels),
            progress,
            cancellation
        );
        return Of(dataset, counts);
    }

    /// <summary>Pixels of every label value.</summary>
    internal static int[] Count(byte[] labels)
    {
        var pixels = new int[256];
        foreach (var label in labels)
        {
            pixels[label]++;
        }
        return pixels;
    }

    private static MaskStatistics Of(ISegmentationDataset dataset, int[][] counts)
    {
        var classes = Enumerable.Range(0, dataset.Classes.Count).ToList();
        int[][] sizes =
        [
            .. classes.Select(id => counts.Select(image => image[id]).Where(pixels => pixels > 0).Order().ToArray()),
        ];
        int[][] together =
        [
            .. classes.Select(one =>
                classes.Select(other => counts.Count(image => image[one] > 0 && image[other] > 0)).ToArray()
            ),
        ];
        var statistics = new ClassStatistics(
            [.. sizes.Select(masks => masks.Sum(pixels => (long)pixels))],
            [.. sizes.Select(masks => (long)masks.Length)],
            counts.Sum(image => (long)image[dataset.Ignore]),
            dataset.Count
        );
        return new MaskStatistics(statistics, sizes, together);
    }

    private static int BinOf(int size) => int.Log2(size) / 2;
}
