using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Data;
using PatFramework.Core.Metrics;
using PatFramework.Core.Native;

namespace PatFramework.Core.Training;

/// <summary>What an epoch came to: a line of <c>metrics.jsonl</c>.</summary>
public sealed record EpochMetrics
{
    /// <summary>The epoch, counted from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Optimizer steps since the run began.</summary>
    public required long Step { get; init; }

    /// <summary>The learning rate of the epoch's last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The mean of the training loss over the epoch's steps.</summary>
    public required double TrainingLoss { get; init; }

    /// <summary>Cross-entropy per valid pixel of the validation split, in nats; null when none is valid.</summary>
    public required double? ValidationCrossEntropy { get; init; }

    /// <summary>The mean of the IoU over the classes present in labels or predictions; null when there is none.</summary>
    public required double? MeanIoU { get; init; }

    /// <summary>The share of valid pixels predicted right.</summary>
    public required double? PixelAccuracy { get; init; }

    /// <summary>The mean over classes of the share of their pixels predicted right.</summary>
    public required double? MeanAccuracy { get; init; }

    /// <summary>The mean IoU of the head classes, those with 10 % of the training pixels or more; null when there is none.</summary>
    public required double? HeadMeanIoU { get; init; }

    /// <summary>The mean IoU of the classes between; null when there is none.</summary>
    public required double? MediumMeanIoU { get; init; }

    /// <summary>The mean IoU of the tail classes, those with less than 2 % of the training pixels; null when there is none.</summary>
    public required double? TailMeanIoU { get; init; }

    /// <summary>The IoU of each class by name; null for a class that occurs in neither labels nor predictions.</summary>
    public required IReadOnlyDictionary<string, double?> IoU { get; init; }

    /// <summary>Training images per second, validation not counted.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Seconds the epoch took, validation included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Where the seconds of its steps went; null in files of older versions.</summary>
    public StepTime? Time { get; init; }

    /// <summary>Seconds that validation took; null in files of older versions.</summary>
    public double? ValidationSeconds { get; init; }

    /// <summary>The largest resident memory of the process so far, in MiB.</summary>
    public required double PeakResidentMiB { get; init; }

    /// <summary>Whether this epoch's weights are the best so far by <see cref="MeanIoU"/>.</summary>
    public required bool Best { get; init; }

    /// <summary>Gathers what an epoch came to.</summary>
    /// <param name="evaluation">The evaluation of the validation split.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="groups">Head, medium and tail.</param>
    /// <param name="position">The position after the epoch's last step.</param>
    /// <param name="learningRate">The learning rate of that step.</param>
    /// <param name="validationSeconds">The seconds that validation took.</param>
    /// <param name="best">The best epoch before; null for none.</param>
    internal static EpochMetrics Of(
        Evaluation evaluation,
        IReadOnlyList<ClassInfo> classes,
        ClassGroups groups,
        TrainingPosition position,
        double learningRate,
        double validationSeconds,
        EpochMetrics? best
    )
    {
        var scores = evaluation.Scores;
        return new EpochMetrics
        {
            Epoch = position.Epoch + 1,
            Step = position.Step,
            LearningRate = learningRate,
            TrainingLoss = position.LossSum / position.StepInEpoch,
            ValidationCrossEntropy = Defined(evaluation.CrossEntropy),
            MeanIoU = Defined(scores.MeanIoU),
            PixelAccuracy = Defined(scores.PixelAccuracy),
            MeanAccuracy = Defined(scores.MeanAccuracy),
            HeadMeanIoU = Defined(scores.MeanIoUOver(groups.Head)),
            MediumMeanIoU = Defined(scores.MeanIoUOver(groups.Medium)),
            TailMeanIoU = Defined(scores.MeanIoUOver(groups.Tail)),
            IoU = classes
                .Select((entry, index) => (entry.Name, IoU: Defined(scores.IoU[index])))
                .ToDictionary(entry => entry.Name, entry => entry.IoU),
            ImagesPerSecond = position.Images / position.Seconds,
            Seconds = position.Seconds + validationSeconds,
            Time = position.Time,
            ValidationSeconds = validationSeconds,
            PeakResidentMiB = MachineInfo.PeakResidentMiB,
            Best = best is null || scores.MeanIoU > (best.MeanIoU ?? double.NegativeInfinity),
        };
    }

    /// <summary>JSON has no NaN; a score that nothing defines is absent.</summary>
    private static double? Defined(double score) => double.IsFinite(score) ? score : null;
}
