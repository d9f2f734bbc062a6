using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using PatFramework.Core.Data;
using PatFramework.Core.Models;
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
/// <param name="isGuarded">
/// Whether loss and gradient are looked at before they are used: free where the device is the processor, a wait where it is not. Without,
/// whoever runs the steps looks at their results before anything that came of them is kept.
/// </param>
internal sealed class TrainingStep(
    TrainingConfig config,
    TrainingState state,
    Augmentation augmentation,
    ForwardPass forward,
    Func<long, double> learningRate,
    bool isGuarded
) : ITrainingStep
{
    private readonly Parameter[] _parameters = [.. state.Model.parameters()];

    public double LearningRate(long step) => learningRate(step);

    /// <summary>A batch on the device, varied: images float32, labels int64.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="index">Its place in the epoch.</param>
    public (Tensor Images, Tensor Labels) Augmented(Batch batch, int epoch, int index) =>
        augmentation.Apply(batch.Images.to(forward.Device), batch.Labels.to(forward.Device), epoch, index);

    /// <summary>The loss of a varied batch, to be differentiated.</summary>
    public Tensor Loss(Tensor images, Tensor labels) => Loss(forward.Supervised(state.Model, images), labels);

    /// <summary>
    /// Enqueues the step after <paramref name="position"/>; its loss and gradient are the means of those of its batches. Guarded, it
    /// leaves the weights alone when loss or gradient is not finite.
    /// </summary>
    public PendingStep Run(IReadOnlyList<Batch> batches, TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        var rate = learningRate(position.Step);
        state.Optimizer.LearningRate = rate;
        state.Optimizer.ClearGradients();
        var losses = new List<Tensor>(batches.Count);
        var time = new StepTime();
        for (var index = 0; index < batches.Count; index++)
        {
            var indexInEpoch = position.StepInEpoch * config.Accumulate + index;
            var (loss, isRefused, taken) = Accumulate(batches[index], position.Epoch, indexInEpoch, batches.Count);
            losses.Add(loss);
            time += taken;
            if (isRefused)
            {
                return new PendingStep(losses, null, batches.Count, rate, time);
            }
        }
        var clock = Stopwatch.StartNew();
        var norm = Gradients.Clip(_parameters, config.ClipNorm);
        if (!IsRefused(norm))
        {
            state.Optimizer.Step();
            state.Average?.Update(state.Model, position.Step + 1);
        }
        time = time with { Optimizer = clock.Elapsed.TotalSeconds };
        return new PendingStep(losses, norm, batches.Count, rate, time);
    }

    /// <summary>Adds a batch's share to the gradient, unless its loss is refused; gives the loss.</summary>
    private (Tensor Loss, bool IsRefused, StepTime Time) Accumulate(Batch batch, int epoch, int index, int batches)
    {
        using var scope = NewDisposeScope();
        var lap = new Lap();
        var (images, labels) = Augmented(batch, epoch, index);
        var data = lap.Seconds();
        var outputs = forward.Supervised(state.Model, images);
        var model = lap.Seconds();
        var loss = Loss(outputs, labels);
        var isRefused = IsRefused(loss);
        var lossTime = lap.Seconds();
        if (!isRefused)
        {
            (batches == 1 ? loss : loss / batches).backward();
        }
        var time = new StepTime(data, model, lossTime, lap.Seconds(), 0);
        return (loss.detach().MoveToOuterDisposeScope(), isRefused, time);
    }

    private Tensor Loss(IReadOnlyList<WeightedLogits> outputs, Tensor labels) =>
        outputs
            .Select(output => state.Loss.forward(output.Logits, labels) * output.Weight)
            .Aggregate((sum, term) => sum + term);

    /// <summary>Whether a number is known not to be finite.</summary>
    private bool IsRefused(Tensor number)
    {
        if (!isGuarded)
        {
            return false;
        }
        using var wide = number.detach().to(ScalarType.Float64);
        return !double.IsFinite(wide.item<double>());
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
