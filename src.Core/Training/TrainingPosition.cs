namespace PatFramework.Core.Training;

/// <summary>How far a run has come. With the weights, the optimizer and the generator it decides everything that follows.</summary>
public sealed record TrainingPosition
{
    /// <summary>Optimizer steps since the run began.</summary>
    public long Step { get; init; }

    /// <summary>Epochs completed, validation included.</summary>
    public int Epoch { get; init; }

    /// <summary>Steps done of the epoch after those.</summary>
    public int StepInEpoch { get; init; }

    /// <summary>The sum of the losses of those steps.</summary>
    public double LossSum { get; init; }

    /// <summary>The images of those steps.</summary>
    public long Images { get; init; }

    /// <summary>The seconds those steps took.</summary>
    public double Seconds { get; init; }

    /// <summary>Where those seconds went.</summary>
    public StepTime Time { get; init; }

    /// <summary>The position after one more step.</summary>
    public TrainingPosition AfterStep(double loss, long images, double seconds, StepTime time) =>
        this with
        {
            Step = Step + 1,
            StepInEpoch = StepInEpoch + 1,
            LossSum = LossSum + loss,
            Images = Images + images,
            Seconds = Seconds + seconds,
            Time = Time + time,
        };

    /// <summary>The position of a step that is some steps ahead of the one after this, whose results are not known yet.</summary>
    internal TrainingPosition Ahead(int steps) => this with { Step = Step + steps, StepInEpoch = StepInEpoch + steps };

    /// <summary>The position at the beginning of the next epoch.</summary>
    public TrainingPosition AfterEpoch() => new() { Step = Step, Epoch = Epoch + 1 };
}
