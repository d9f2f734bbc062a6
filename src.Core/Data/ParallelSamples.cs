using System;
using System.Threading;
using System.Threading.Tasks;

namespace PatFramework.Core.Data;

/// <summary>Visits all samples of a data set on all processors.</summary>
internal static class ParallelSamples
{
    /// <summary>A result of each sample, in their order.</summary>
    /// <exception cref="PatException">The first failure of a visit.</exception>
    public static T[] Map<T>(
        ISegmentationDataset dataset,
        Func<int, T> visit,
        IProgress<int>? progress,
        CancellationToken cancellation
    )
    {
        var results = new T[dataset.Count];
        var done = 0;
        ForEach(
            dataset,
            () => results,
            (index, all) =>
            {
                all[index] = visit(index);
                progress?.Report(Interlocked.Increment(ref done));
            },
            _ => { },
            cancellation
        );
        return results;
    }

    /// <summary>Each worker has its own tally; the tallies are merged one at a time.</summary>
    /// <exception cref="PatException">The first failure of a visit.</exception>
    public static void ForEach<TTally>(
        ISegmentationDataset dataset,
        Func<TTally> start,
        Action<int, TTally> visit,
        Action<TTally> merge,
        CancellationToken cancellation
    )
    {
        var gate = new Lock();
        try
        {
            _ = Parallel.For(
                0,
                dataset.Count,
                new ParallelOptions
                {
                    CancellationToken = cancellation,
                    MaxDegreeOfParallelism = Environment.ProcessorCount,
                },
                start,
                (index, _, tally) =>
                {
                    visit(index, tally);
                    return tally;
                },
                tally =>
                {
                    lock (gate)
                    {
                        merge(tally);
                    }
                }
            );
        }
        catch (AggregateException failures) when (failures.InnerExceptions is [PatException first, ..])
        {
            throw new PatException(first.Message, first);
        }
    }
}
