using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace PatFramework.Core.Data;

/// <summary>Which classes each image of a data set shows.</summary>
/// <param name="Images">For each image, the ids of its classes, ascending.</param>
public sealed record ClassPresence(IReadOnlyList<IReadOnlyList<int>> Images)
{
    /// <summary>Looks at every label of a data set, on all processors.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="size">The size at which to look; null looks at native size.</param>
    /// <param name="progress">Hears how many images are done.</param>
    /// <param name="cancellation">Stops the count.</param>
    /// <exception cref="PatException">A sample cannot be read; the message names its file.</exception>
    public static ClassPresence Of(
        ISegmentationDataset dataset,
        ImageSize? size,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var images = ParallelSamples.Map(
            dataset,
            index =>
            {
                var pixels = MaskStatistics.Count(dataset.Read(index, size).Labels);
                return Enumerable.Range(0, dataset.Classes.Count).Where(id => pixels[id] > 0).ToArray();
            },
            progress,
            cancellation
        );
        return new ClassPresence(images);
    }
}
