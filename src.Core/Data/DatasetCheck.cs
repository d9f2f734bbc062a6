using System;
using System.Collections.Generic;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;

namespace PatFramework.Core.Data;

/// <summary>What a sample holds, so that samples can be compared without keeping them.</summary>
/// <param name="Index">The sample's place in its split.</param>
/// <param name="Image">SHA-256 of the size and the decoded colours.</param>
/// <param name="Label">SHA-256 of the class ids.</param>
/// <param name="Classes">The classes that occur.</param>
public sealed record SampleFingerprint(int Index, string Image, string Label, IReadOnlyList<int> Classes);

/// <summary>What came of opening every sample of a split.</summary>
/// <param name="Problems">One sentence for each bad sample, in the order of the samples.</param>
/// <param name="Good">The other samples, in their order.</param>
public sealed record CheckedSamples(IReadOnlyList<string> Problems, IReadOnlyList<SampleFingerprint> Good);

/// <summary>Looks for what is wrong with a data set's files.</summary>
public static class DatasetCheck
{
    /// <summary>Opens every image and label: decoding, sizes, label values, and what they hold.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="progress">Hears how many samples are checked.</param>
    /// <param name="cancellation">Stops the check.</param>
    public static CheckedSamples Run(
        ISegmentationDataset dataset,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var problems = new string?[dataset.Count];
        var good = new SampleFingerprint?[dataset.Count];
        var done = 0;
        ParallelSamples.ForEach(
            dataset,
            () => good,
            (index, found) =>
            {
                try
                {
                    found[index] = Fingerprint(index, dataset);
                }
                catch (PatException failure)
                {
                    problems[index] = failure.Message;
                }
                progress?.Report(Interlocked.Increment(ref done));
            },
            _ => { },
            cancellation
        );
        return new CheckedSamples([.. problems.OfType<string>()], [.. good.OfType<SampleFingerprint>()]);
    }

    private static SampleFingerprint Fingerprint(int index, ISegmentationDataset dataset)
    {
        var sample = dataset.Read(index, null);
        var pixels = MaskStatistics.Count(sample.Labels);
        return new SampleFingerprint(
            index,
            $"{sample.Size} {Convert.ToHexString(SHA256.HashData(sample.Rgb))}",
            Convert.ToHexString(SHA256.HashData(sample.Labels)),
            [.. Enumerable.Range(0, dataset.Classes.Count).Where(id => pixels[id] > 0)]
        );
    }
}
