using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using PatFramework.Core.Data;
using PatFramework.Core.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>
/// A step whose work after the augmentation, from logits to update, is captured once and replayed. The first steps do the same work
/// without a graph, so that it makes no difference where a run is continued; batches of another size than the first one's go through the
/// plain step, which has the same optimizer.
/// </summary>
/// <param name="config">The run.</param>
/// <param name="state">What the step changes.</param>
/// <param name="plain">The step where it is not replayed, which waits for nothing.</param>
/// <param name="graph">What captures; belongs to this.</param>
internal sealed class CapturedStep(TrainingConfig config, TrainingState state, TrainingStep plain, IStepGraph graph)
    : ITrainingStep,
        IDisposable
{
    /// <summary>Steps before the capture: libraries choose algorithms and take memory in them, and gradients come to be.</summary>
    public const int WarmUp = 3;

    private readonly Parameter[] _parameters = [.. state.Model.parameters()];
    private readonly ICapturableOptimizer _optimizer = (ICapturableOptimizer)state.Optimizer;
    private int _warm;
    private bool _isCaptured;

    // What the work reads and writes: the same memory in each step.
    private Tensor? _images;
    private Tensor? _labels;
    private Tensor? _loss;
    private Tensor? _norm;

    public double LearningRate(long step) => plain.LearningRate(step);

    public PendingStep Run(IReadOnlyList<Batch> batches, TrainingPosition position)
    {
        using var entered = graph.Enter();
        var isAlike = _images is null || batches[0].Names.Count == _images.shape[0];
        return batches.Count == 1 && isAlike ? RunAlike(batches[0], position) : plain.Run(batches, position);
    }

    public void Dispose()
    {
        graph.Dispose();
        foreach (var tensor in new[] { _images, _labels, _loss, _norm }.OfType<Tensor>())
        {
            tensor.Dispose();
        }
    }

    private PendingStep RunAlike(Batch batch, TrainingPosition position)
    {
        using var scope = NewDisposeScope();
        var clock = Stopwatch.StartNew();
        // What the device found in the labels of a step before, which no call of the loss asks for once it is captured.
        FusedKernels.ThrowIfReported(batch.Images);
        var (images, labels) = plain.Augmented(batch, position.Epoch, position.StepInEpoch);
        Keep(ref _images, images);
        Keep(ref _labels, labels);
        _loss ??= zeros([], ScalarType.Float64, images.device).DetachFromDisposeScope();
        _norm ??= zeros([], ScalarType.Float64, images.device).DetachFromDisposeScope();
        var data = clock.Elapsed.TotalSeconds;
        var rate = LearningRate(position.Step);
        _optimizer.LearningRate = rate;
        Compute();
        var time = new StepTime(data, 0, 0, clock.Elapsed.TotalSeconds - data, 0);
        // Copies loss and norm, which the next step overwrites.
        return new PendingStep([_loss], _norm, 1, rate, time);
    }

    private void Compute()
    {
        if (_warm < WarmUp)
        {
            _warm++;
            Differentiate();
            _optimizer.Prepare();
            _optimizer.StepPrepared();
            return;
        }
        _optimizer.Prepare();
        if (!_isCaptured)
        {
            graph.Capture(() =>
            {
                Differentiate();
                _optimizer.StepPrepared();
            });
            _isCaptured = true;
        }
        graph.Replay();
    }

    /// <summary>Loss and clipped gradient of what lies in the static tensors.</summary>
    private void Differentiate()
    {
        using var scope = NewDisposeScope();
        _optimizer.ClearGradients();
        var loss = plain.Loss(_images!, _labels!);
        loss.backward();
        var norm = Gradients.Clip(_parameters, config.ClipNorm);
        using var guard = no_grad();
        _loss!.copy_(loss.detach());
        _norm!.copy_(norm);
    }

    /// <summary>Copies a tensor into the one that the work reads; the first one makes it.</summary>
    private static void Keep(ref Tensor? kept, Tensor value)
    {
        if (kept is null)
        {
            kept = value.clone().DetachFromDisposeScope();
        }
        else
        {
            kept.copy_(value);
        }
    }
}
