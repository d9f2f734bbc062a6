using System;
using System.Diagnostics;
using PatFramework.Core.Data;
using PatFramework.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>The training step on one random batch, for benchmarks: what <see cref="Trainer"/> does between two batches, and no files.</summary>
public sealed class StepProbe : IDisposable
{
    private readonly TrainingState _state;
    private readonly TrainingStep _step;
    private readonly StepsUnderWay _steps;
    private readonly Batch _batch;
    private readonly ForwardPass _forward;
    private TrainingPosition _position = new();

    /// <summary>Makes the model and a batch of the configured size from the configured seed.</summary>
    /// <param name="config">Size, batch, precision, optimizer, threads.</param>
    /// <param name="createModel">Makes the model, images [N,3,H,W] → logits [N,C,H,W].</param>
    /// <param name="loss">(logits [N,C,H,W], labels [N,H,W] int64) → scalar.</param>
    /// <param name="classes">C.</param>
    public StepProbe(
        TrainingConfig config,
        Func<nn.Module<Tensor, Tensor>> createModel,
        nn.Module<Tensor, Tensor, Tensor> loss,
        int classes
    )
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(createModel);
        config.Validate();
        set_num_threads(config.Threads);
        manual_seed(config.Seed);
        _forward = ForwardPass.ForTraining(config);
        var model = createModel().to(_forward.Device);
        _state = new TrainingState(model, loss.to(_forward.Device), Optimizers.Create(config, model, _forward.Device));
        _step = new TrainingStep(
            config,
            _state,
            new Augmentation(config.Augmentation, (ulong)config.Seed, 255),
            _forward,
            _ => config.LearningRate,
            isGuarded: _forward.StepsAhead == 0
        );
        _steps = new StepsUnderWay(_forward.StepsAhead, AfterStep);
        long[] shape = [config.BatchSize, config.Size.Height, config.Size.Width];
        _batch = new Batch(
            randint(0, 256, [shape[0], 3, shape[1], shape[2]], ScalarType.Byte).to(_forward.Device),
            randint(0, classes, shape).to(_forward.Device),
            new string[config.BatchSize]
        );
    }

    /// <summary>Where the time of the last step went.</summary>
    public StepTime LastTime { get; private set; }

    /// <summary>Does one step; where the device works beside the host, the next call or <see cref="Finish"/> waits for it.</summary>
    /// <returns>The seconds that it took.</returns>
    /// <exception cref="PatException">The loss or the gradient stopped being finite.</exception>
    public double Run()
    {
        var clock = Stopwatch.StartNew();
        _steps.Add(_step.Run([_batch], _position.Ahead(_steps.Count)), _batch.Names.Count, waited: 0);
        return clock.Elapsed.TotalSeconds;
    }

    /// <summary>Waits for the steps that the device still works on.</summary>
    /// <returns>The seconds that it took.</returns>
    /// <exception cref="PatException">The loss or the gradient stopped being finite.</exception>
    public double Finish()
    {
        var clock = Stopwatch.StartNew();
        _steps.CompleteAll();
        return clock.Elapsed.TotalSeconds;
    }

    private void AfterStep(StepResult result, int images, double seconds)
    {
        if (result.Failure is { } failure)
        {
            throw new PatException(
                $"The benchmark's training diverged at step {_position.Step + 1}: {failure} is not finite."
            );
        }
        LastTime = result.Time;
        _position = _position.AfterStep(result.Loss, images, seconds, result.Time);
    }

    /// <summary>Evaluates the batch once, without gradient.</summary>
    /// <returns>The seconds that it took.</returns>
    public double Infer()
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        _state.Model.eval();
        var clock = Stopwatch.StartNew();
        var logits = _forward.Logits(_state.Model, Augmentation.Normalize(_batch.Images));
        using var done = new Backlog(depth: 0);
        done.Add(logits[0, 0].select(0, 0).select(0, 0));
        var seconds = clock.Elapsed.TotalSeconds;
        _state.Model.train();
        return seconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _steps.Dispose();
        _batch.Dispose();
        _state.Dispose();
    }
}
