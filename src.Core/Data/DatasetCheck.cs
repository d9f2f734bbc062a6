using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace PatFramework.Core.Data;

/// <summary>Looks for what is wrong with a data set's files.</summary>
public static class DatasetCheck
{
    /// <summary>Opens every image and label: decoding, sizes, label values.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="progress">Hears how many samples are checked.</param>
    /// <param name="cancellation">Stops the check.</param>
    /// <returns>One sentence for each bad sample, in the order of the samples; empty where all is well.</returns>
    public static IReadOnlyList<string> Run(
        ISegmentationDataset dataset,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var problems = new SortedDictionary<int, string>();
        var done = 0;
        ParallelSamples.ForEach(
            dataset,
            () => new List<(int Index, string Problem)>(),
            (index, found) =>
            {
                try
                {
                    _ = dataset.Read(index, null);
                }
                catch (PatException failure)
                {
                    found.Add((index, failure.Message));
                }
                progress?.Report(Interlocked.Increment(ref done));
            },
            found => found.ForEach(item => problems.Add(item.Index, item.Problem)),
            cancellation
        );
        return [.. problems.Values];
    }
}
