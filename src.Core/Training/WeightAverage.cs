using System;
using System.Linq;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>Which weights a run with a moving average validates, and keeps as best and last.</summary>
public enum ValidatedWeights
{
    /// <summary>The average.</summary>
    Average,

    /// <summary>The weights that are trained; the average is kept beside them.</summary>
    Raw,
}

/// <summary>
/// The exponential moving average of a model's weights: a ← d a + (1 − d) w after each step, with d = min(decay, (1 + t)/(10 + t))
/// after t steps, so that a short run is not held at its random start (TensorFlow's ExponentialMovingAverage). Buffers, such as
/// the statistics of batch normalisation, are the model's own.
/// </summary>
/// <param name="model">A model of the same architecture, which becomes the average; belongs to this one.</param>
/// <param name="decay">The decay, in (0, 1).</param>
internal sealed class WeightAverage(nn.Module<Tensor, Tensor> model, double decay) : IDisposable
{
    public nn.Module<Tensor, Tensor> Model => model;

    /// <summary>Becomes the model as it is.</summary>
    public void Begin(nn.Module<Tensor, Tensor> source) => model.load_state_dict(source.state_dict());

    /// <summary>Takes in the weights after a step.</summary>
    /// <param name="source">The model that is trained.</param>
    /// <param name="steps">Steps done, this one included.</param>
    public void Update(nn.Module<Tensor, Tensor> source, long steps)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var kept = Math.Min(decay, (1.0 + steps) / (10 + steps));
        foreach (var (average, weight) in model.parameters().Zip(source.parameters()))
        {
            average.mul_(kept).add_(weight, 1 - kept);
        }
        foreach (var (copy, buffer) in model.buffers().Zip(source.buffers()))
        {
            copy.copy_(buffer);
        }
    }

    public void Dispose() => model.Dispose();
}
