namespace PatFramework.Core.Training;

/// <summary>Where the time of training steps goes, in seconds of the host; on a GPU what it waits for counts as backward.</summary>
/// <param name="Data">Waiting for decoded batches, moving and augmenting them.</param>
/// <param name="Forward">The model, from images to logits.</param>
/// <param name="Loss">The loss, from logits to a number; a fused one computes its gradient here too.</param>
/// <param name="Backward">The gradient of the weights.</param>
/// <param name="Optimizer">Clipping, the update, the average of the weights.</param>
public readonly record struct StepTime(double Data, double Forward, double Loss, double Backward, double Optimizer)
{
    /// <summary>The sum of the parts.</summary>
    public static StepTime operator +(StepTime left, StepTime right) =>
        new(
            left.Data + right.Data,
            left.Forward + right.Forward,
            left.Loss + right.Loss,
            left.Backward + right.Backward,
            left.Optimizer + right.Optimizer
        );
}
