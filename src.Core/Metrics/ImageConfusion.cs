using System;
using System.Collections.Generic;
using System.Linq;

namespace PatFramework.Core.Metrics;

/// <summary>The confusion matrix of one image.</summary>
/// <param name="Name">The sample's name.</param>
/// <param name="Counts">Pixels by true and predicted class, row after row: cell (true, predicted) is at true · C + predicted.</param>
public sealed record ImageConfusion(string Name, long[] Counts)
{
    /// <summary>Counts each image of a batch.</summary>
    /// <param name="names">The N samples' names.</param>
    /// <param name="predicted">N·H·W classes.</param>
    /// <param name="labelled">N·H·W labels; those outside 0…C−1 are left out.</param>
    /// <param name="classes">C.</param>
    public static IEnumerable<ImageConfusion> Of(
        IReadOnlyList<string> names,
        IReadOnlyList<long> predicted,
        IReadOnlyList<long> labelled,
        int classes
    )
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(labelled);
        var pixels = labelled.Count / names.Count;
        return names.Select(
            (name, image) =>
            {
                var counts = new long[classes * classes];
                for (var pixel = image * pixels; pixel < (image + 1) * pixels; pixel++)
                {
                    var label = labelled[pixel];
                    if (label >= 0 && label < classes)
                    {
                        counts[label * classes + predicted[pixel]]++;
                    }
                }
                return new ImageConfusion(name, counts);
            }
        );
    }

    /// <summary>The counts of several images together.</summary>
    /// <param name="images">The images.</param>
    /// <param name="classes">C.</param>
    /// <returns>[true class, predicted class].</returns>
    public static long[,] Sum(IEnumerable<ImageConfusion> images, int classes)
    {
        ArgumentNullException.ThrowIfNull(images);
        var sum = new long[classes, classes];
        foreach (var image in images)
        {
            for (var cell = 0; cell < classes * classes; cell++)
            {
                sum[cell / classes, cell % classes] += image.Counts[cell];
            }
        }
        return sum;
    }
}
