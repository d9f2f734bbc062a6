using System.Collections.Generic;
using PatFramework.Core.Metrics;

namespace PatFramework.Core.Training;

/// <summary>What a run's weights score on a split, image by image: the file <c>evaluation.json</c> of a compared run.</summary>
public sealed record RunEvaluation
{
    /// <summary>The version that this build writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The version of this record.</summary>
    public required int Format { get; init; }

    /// <summary><c>last</c> or <c>best</c>: the weights evaluated.</summary>
    public required string Weights { get; init; }

    /// <summary>The split evaluated on.</summary>
    public required string Split { get; init; }

    /// <summary>The classes' names, in the order of the counts.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Cross-entropy in nats per valid pixel; null where no pixel is valid.</summary>
    public required double? CrossEntropy { get; init; }

    /// <summary>The confusion matrix of each image, in the data set's order.</summary>
    public required IReadOnlyList<ImageConfusion> Images { get; init; }

    /// <summary>The scores of the whole split.</summary>
    public SegmentationScores Scores() => SegmentationScores.Of(ImageConfusion.Sum(Images, Classes.Count));
}
