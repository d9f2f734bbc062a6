using System;
using System.Collections.Generic;
using System.Diagnostics;
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
/// <param name="Time">Where its time went, waiting for batches not counted.</param>
internal readonly record struct StepResult(double Loss, double LearningRate, string? Failure, StepTime Time);

/// <summary>A step: batches → device → augmentation → logits → loss → gradient → clipping → update.</summary>
/// <param name="config">The run.</param>
/// <param name="state">What the step changes.</param>
/// <param name="augmentation">How batches are varied.</param>
/// <param name="forward">How the model is applied.</param>
/// <param name="learningRate">The learning rate of a step, counted from 0 over the run.</param>
internal sealed class TrainingStep(
    TrainingConfig config,
    TrainingState state,
    Augmentation augmentation,
    ForwardPass forward,
    Func<long, double> learningRate
)
{
    private readonly Parameter[] _parameters = [.. state.Model.parameters()];

    /// <summary>The learning rate of a step.</summary>
    public double LearningRate(long step) => learningRate(step);

    /// <summary>
    /// Does the step after <paramref name="position"/>; its loss and gradient are the means of those of its batches. The weights are
    /// left alone when loss or gradient is not finite.
    /// </summary>
    public StepResult Run(IReadOnlyList<Batch> batches, TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        var rate = learningRate(position.Step);
        foreach (var group in state.Optimizer.ParamGroups)
        {
            group.LearningRate = rate;
        }
        state.Optimizer.zero_grad();
        var value = 0.0;
        var time = new StepTime();
        for (var index = 0; index < batches.Count; index++)
        {
            var indexInEpoch = position.StepInEpoch * config.Accumulate + index;
            var (loss, taken) = Accumulate(batches[index], position.Epoch, indexInEpoch, batches.Count);
            time += taken;
            value += loss / batches.Count;
            if (!double.IsFinite(value))
            {
                return new StepResult(value, rate, "the loss", time);
            }
        }
        var clock = Stopwatch.StartNew();
        var norm = nn.utils.clip_grad_norm_(_parameters, config.ClipNorm ?? double.PositiveInfinity);
        if (!double.IsFinite(norm))
        {
            return new StepResult(value, rate, "the gradient", time);
        }
        state.Optimizer.step();
        state.Average?.Update(state.Model, position.Step + 1);
        return new StepResult(value, rate, null, time with { Optimizer = clock.Elapsed.TotalSeconds });
    }

    /// <summary>Adds a batch's share to the gradient, unless its loss is not finite; gives the loss.</summary>
    private (double Loss, StepTime Time) Accumulate(Batch batch, int epoch, int indexInEpoch, int batches)
    {
        using var scope = NewDisposeScope();
        var lap = new Lap();
        var (images, labels) = augmentation.Apply(
            batch.Images.to(forward.Device),
            batch.Labels.to(forward.Device),
            epoch,
            indexInEpoch
        );
        var data = lap.Seconds();
        var outputs = forward.Supervised(state.Model, images);
        var model = lap.Seconds();
        var loss = outputs
            .Select(output => state.Loss.forward(output.Logits, labels) * output.Weight)
            .Aggregate((sum, term) => sum + term);
        var value = (double)loss.item<float>();
        var lossTime = lap.Seconds();
        if (double.IsFinite(value))
        {
            (batches == 1 ? loss : loss / batches).backward();
        }
        return (value, new StepTime(data, model, lossTime, lap.Seconds(), 0));
    }

    /// <summary>A clock that is read from part to part.</summary>
    private sealed class Lap
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();

        public double Seconds()
        {
            var seconds = _clock.Elapsed.TotalSeconds;
            _clock.Restart();
            return seconds;
        }
    }
}
