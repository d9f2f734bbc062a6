namespace PatFramework.Core.Training;

/// <summary>What a training run reports while it goes on; one of the records below.</summary>
public abstract record TrainingEvent
{
    private TrainingEvent() { }

    /// <summary>The class counts of the training split are being taken.</summary>
    /// <param name="Done">Samples counted.</param>
    /// <param name="Total">Samples in the split.</param>
    public sealed record CountingClasses(int Done, int Total) : TrainingEvent;

    /// <summary>The samples of a split are being decoded into the cache.</summary>
    /// <param name="Done">Samples packed.</param>
    /// <param name="Total">Samples in the split.</param>
    public sealed record PackingSamples(int Done, int Total) : TrainingEvent;

    /// <summary>Everything is set up and the first step follows.</summary>
    /// <param name="Epochs">Epochs of the whole run.</param>
    /// <param name="StepsPerEpoch">Steps of an epoch.</param>
    /// <param name="FirstStep">Steps already done by the run that is continued; 0 for a new one.</param>
    /// <param name="Parameters">Trained parameters of the model.</param>
    public sealed record Started(int Epochs, int StepsPerEpoch, long FirstStep, long Parameters) : TrainingEvent;

    /// <summary>An epoch begins, or goes on after a continuation.</summary>
    /// <param name="Epoch">The epoch, counted from 1.</param>
    /// <param name="StepsDone">Steps of it already done.</param>
    public sealed record EpochStarted(int Epoch, int StepsDone) : TrainingEvent;

    /// <summary>A step is done.</summary>
    /// <param name="Step">Steps since the run began, this one included.</param>
    /// <param name="Loss">The loss of the batch.</param>
    /// <param name="LearningRate">The learning rate of the step.</param>
    /// <param name="ImagesPerSecond">Images per second of this step.</param>
    public sealed record StepCompleted(long Step, double Loss, double LearningRate, double ImagesPerSecond)
        : TrainingEvent;

    /// <summary>Validation goes on.</summary>
    /// <param name="Done">Samples predicted.</param>
    /// <param name="Total">Samples of the split.</param>
    public sealed record ValidationProgress(int Done, int Total) : TrainingEvent;

    /// <summary>An epoch is trained, validated and saved.</summary>
    /// <param name="Metrics">What it came to.</param>
    public sealed record EpochCompleted(EpochMetrics Metrics) : TrainingEvent;

    /// <summary>The run ends before its last epoch: its patience is over.</summary>
    /// <param name="Epoch">Epochs done.</param>
    /// <param name="BestEpoch">The epoch that none since was better than.</param>
    public sealed record EndedEarly(int Epoch, int BestEpoch) : TrainingEvent;

    /// <summary>Something the user should know that does not stop the run.</summary>
    /// <param name="Message">One sentence.</param>
    public sealed record Warning(string Message) : TrainingEvent;

    /// <summary>The run has ended and everything is saved.</summary>
    /// <param name="Outcome">How it ended.</param>
    public sealed record Finished(TrainingOutcome Outcome) : TrainingEvent;
}

/// <summary>How a run ended.</summary>
/// <param name="Completed">Whether every epoch was trained; false after an interruption, which <c>--resume</c> continues.</param>
/// <param name="Step">Steps since the run began.</param>
/// <param name="Last">The last epoch completed; null when none was.</param>
/// <param name="Best">The epoch with the best validation mIoU; null when none was completed.</param>
public sealed record TrainingOutcome(bool Completed, long Step, EpochMetrics? Last, EpochMetrics? Best);
