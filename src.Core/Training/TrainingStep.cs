using System.Linq;
using PatFramework.Core.Data;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>What a step came to.</summary>
/// <param name="Loss">The loss of the batch.</param>
/// <param name="LearningRate">The learning rate used.</param>
/// <param name="Failure">What stopped being finite; null when the weights were updated.</param>
internal readonly record struct StepResult(double Loss, double LearningRate, string? Failure);

/// <summary>A step: batch → device → augmentation → logits → loss → gradient → clipping → update.</summary>
internal sealed class TrainingStep(
    TrainingConfig config,
    TrainingState state,
    Augmentation augmentation,
    ForwardPass forward,
    long steps
)
{
    private readonly Parameter[] _parameters = [.. state.Model.parameters()];

    /// <summary>The learning rate of a step.</summary>
    public double LearningRate(long step) => config.Schedule.At(config.LearningRate, step, steps);

    /// <summary>Does the step after <paramref name="position"/>. The weights are left alone when loss or gradient is not finite.</summary>
    public StepResult Run(Batch batch, TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        var learningRate = LearningRate(position.Step);
        foreach (var group in state.Optimizer.ParamGroups)
        {
            group.LearningRate = learningRate;
        }
        state.Optimizer.zero_grad();
        var loss = Loss(batch, position);
        var value = (double)loss.item<float>();
        if (!double.IsFinite(value))
        {
            return new StepResult(value, learningRate, "the loss");
        }
        loss.backward();
        var norm = nn.utils.clip_grad_norm_(_parameters, config.ClipNorm ?? double.PositiveInfinity);
        if (!double.IsFinite(norm))
        {
            return new StepResult(value, learningRate, "the gradient");
        }
        state.Optimizer.step();
        return new StepResult(value, learningRate, null);
    }

    private Tensor Loss(Batch batch, TrainingPosition position)
    {
        var (images, labels) = augmentation.Apply(
            batch.Images.to(forward.Device),
            batch.Labels.to(forward.Device),
            position.Epoch,
            position.StepInEpoch
        );
        return forward
            .Supervised(state.Model, images)
            .Select(output => state.Loss.forward(output.Logits, labels) * output.Weight)
            .Aggregate((sum, loss) => sum + loss);
    }
}
