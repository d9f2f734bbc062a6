using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using PatFramework.Core.Data;
using PatFramework.Core.Kernels;
using PatFramework.Core.Metrics;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>A run in progress: everything it holds and the loop over epochs and steps.</summary>
internal sealed class TrainingSession : IDisposable
{
    private readonly TrainingData _data;
    private readonly TrainingPlan _plan;
    private readonly RunFolder _folder;
    private readonly CheckpointStore _checkpoints;
    private readonly Action<TrainingEvent> _report;
    private readonly ClassStatistics _statistics;
    private readonly TrainingState _state;
    private readonly ITrainingStep _step;
    private readonly ForwardPass _forward;
    private readonly DataLoader _loader;
    private readonly RunLog _log;
    private readonly int _stepsAhead;
    private readonly Stopwatch _sinceCheckpoint = Stopwatch.StartNew();
    private TrainingPosition _position = new();
    private long? _saved;

    public TrainingSession(
        TrainingPlan plan,
        RunFolder folder,
        bool resume,
        Action<TrainingEvent> report,
        CancellationToken cancellation,
        int? stepsAhead = null,
        IStepGraph? graph = null
    )
    {
        plan = plan with { Config = plan.Config with { Classes = plan.Training.Classes } };
        _data = new TrainingData(plan, folder, report, cancellation);
        plan = _data.Plan;
        (_plan, _folder, _report) = (plan, folder, report);
        _checkpoints = new CheckpointStore(folder.State);
        _forward = ForwardPass.ForTraining(plan.Config);
        _stepsAhead = stepsAhead ?? _forward.StepsAhead;
        graph ??= plan.Config.CudaGraph ? new CudaGraph() : null;
        var setup = new TrainingSetup(plan, folder, report);
        var found = resume ? setup.FindCheckpoint(_checkpoints, folder) : null;
        if (!resume)
        {
            RunJson.WriteFile(folder.Config, plan.Config);
        }
        set_num_threads(plan.Config.Threads);
        _statistics = setup.Statistics(cancellation);
        _data.Tell();
        setup.WarnOf(_statistics);
        _loader = setup.CreateLoader(_statistics, _forward.Device, cancellation);
        _state = setup.CreateState(_statistics, _forward.Device);
        var plain = new TrainingStep(
            plan.Config,
            _state,
            setup.CreateAugmentation(_statistics),
            _forward,
            step => plan.Config.LearningRateAt(step, StepsPerEpoch),
            isGuarded: _stepsAhead == 0 && graph is null
        );
        _step = graph is null ? plain : new CapturedStep(plan.Config, _state, plain, graph);
        if (found is var (checkpoint, tensors))
        {
            _state.Read(tensors);
            _position = checkpoint.Position;
            _saved = checkpoint.Position.Step;
        }
        _log = new RunLog(plan, folder, _forward, _position);
    }

    private TrainingConfig Config => _plan.Config;

    private int StepsPerEpoch => (_loader.BatchesPerEpoch + Config.Accumulate - 1) / Config.Accumulate;

    private bool IsOutOfPatience =>
        _log.Best is { } best && _position.Epoch - best.Epoch >= (Config.Patience ?? Config.Epochs);

    /// <summary>Trains until the last epoch is done or the token asks to stop; saves everything in both cases.</summary>
    public TrainingOutcome Run(CancellationToken cancellation)
    {
        var trained = _state.Model.parameters().Sum(parameter => parameter.numel());
        _report(new TrainingEvent.Started(Config.Epochs, StepsPerEpoch, _position.Step, trained));
        if (_saved is null)
        {
            Save();
        }
        while (_position.Epoch < Config.Epochs && !IsOutOfPatience)
        {
            if (!TrainEpoch(cancellation) || !ValidateEpoch(cancellation))
            {
                Save();
                return Finish(completed: false);
            }
        }
        if (_position.Epoch < Config.Epochs)
        {
            _report(new TrainingEvent.EndedEarly(_position.Epoch, _log.Best!.Epoch));
        }
        return Finish(completed: true);
    }

    public void Dispose()
    {
        _log.Dispose();
        (_step as IDisposable)?.Dispose();
        _state.Dispose();
        _data.Dispose();
    }

    /// <summary>Does the epoch's remaining steps; false when it was asked to stop.</summary>
    private bool TrainEpoch(CancellationToken cancellation)
    {
        _report(new TrainingEvent.EpochStarted(_position.Epoch + 1, _position.StepInEpoch));
        _state.Model.train();
        _state.Loss.train();
        (_state.Loss as DeferredLoss)?.BeginEpoch(_position.Epoch, _position.StepInEpoch);
        using var steps = new StepsUnderWay(_stepsAhead, AfterStep);
        var waiting = Stopwatch.StartNew();
        var first = _position.StepInEpoch * Config.Accumulate;
        foreach (var batches in _loader.Epoch(_position.Epoch, first).Chunk(Config.Accumulate))
        {
            try
            {
                var waited = waiting.Elapsed.TotalSeconds;
                var images = batches.Sum(batch => batch.Names.Count);
                steps.Add(_step.Run(batches, _position.Ahead(steps.Count)), images, waited);
            }
            finally
            {
                Array.ForEach(batches, batch => batch.Dispose());
            }
            if (_sinceCheckpoint.Elapsed.TotalSeconds >= Config.CheckpointSeconds)
            {
                steps.CompleteAll();
                Save();
            }
            if (cancellation.IsCancellationRequested)
            {
                break;
            }
            waiting.Restart();
        }
        steps.CompleteAll();
        return !cancellation.IsCancellationRequested;
    }

    private void AfterStep(StepResult result, int images, double seconds)
    {
        if (result.Failure is { } failure)
        {
            FusedKernels.ThrowIfReported(_state.Model.parameters().First());
            throw Diverged(failure);
        }
        _data.Tell();
        _position = _position.AfterStep(result.Loss, images, seconds, result.Time);
        _log.Step(_position.Step, result);
        _report(new TrainingEvent.StepCompleted(_position.Step, result.Loss, result.LearningRate, images / seconds));
    }

    /// <summary>Validates, records and saves an epoch whose steps are done; false when it was asked to stop.</summary>
    private bool ValidateEpoch(CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        Evaluation evaluation;
        try
        {
            evaluation = Evaluator
                .Of(Config)
                .Run(
                    _state.Evaluated,
                    _plan.Validation,
                    (done, total) => _report(new TrainingEvent.ValidationProgress(done, total)),
                    cancellation
                );
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        var metrics = EpochMetrics.Of(
            evaluation,
            _plan.Validation.Classes,
            ClassGroups.ByPixelShare(_statistics.PixelCounts),
            _position,
            _step.LearningRate(_position.Step - 1),
            clock.Elapsed.TotalSeconds,
            _log.Best
        );
        _position = _position.AfterEpoch();
        Record(metrics, evaluation);
        return true;
    }

    /// <summary>Writes what an epoch came to; the checkpoint comes last, so that a crash before it repeats the epoch's end.</summary>
    private void Record(EpochMetrics metrics, Evaluation evaluation)
    {
        if (metrics.Best)
        {
            _state.WriteWeights(_folder.BestWeights);
        }
        _log.Epoch(metrics, evaluation, _state.Evaluated);
        Save();
        _report(new TrainingEvent.EpochCompleted(metrics));
    }

    private void Save()
    {
        if (!_state.IsFinite())
        {
            throw Diverged("a weight");
        }
        try
        {
            _state.WriteWeights(_folder.LastWeights);
            _state.WriteAverage(_folder.AverageWeights);
            _checkpoints.Save(_state, _position, Config);
        }
        catch (PatException failure)
        {
            throw new PatException(
                $"{failure.Message} The run goes on from step {_saved ?? 0} with --resume once there is room.",
                failure
            );
        }
        _log.Flush();
        _saved = _position.Step;
        _sinceCheckpoint.Restart();
    }

    private TrainingOutcome Finish(bool completed)
    {
        var outcome = new TrainingOutcome(completed, _position.Step, _log.Last, _log.Best);
        _report(new TrainingEvent.Finished(outcome));
        return outcome;
    }

    private PatException Diverged(string what) =>
        new(
            $"Training diverged: {what} stopped being a finite number at step {_position.Step + 1} (epoch {_position.Epoch + 1}); "
                + $"{_folder.LastWeights} keeps the weights of step {_saved ?? 0}. Lower --lr or set --clip-norm."
        );
}
