using System;
using System.IO;
using System.Linq;
using System.Threading;
using PatFramework.Core.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>Makes what a run starts with: the checkpoint to go on from, class counts, model, loss, optimizer and loader.</summary>
/// <param name="plan">What is trained.</param>
/// <param name="folder">The run's folder; null for a trial that keeps nothing.</param>
/// <param name="report">Told of everything.</param>
internal sealed class TrainingSetup(TrainingPlan plan, RunFolder? folder, Action<TrainingEvent> report)
{
    /// <summary>The newest checkpoint and the file of its tensors; null where the run was broken off before the first.</summary>
    /// <exception cref="PatException">The run was configured otherwise; the message names what differs.</exception>
    public (Checkpoint Checkpoint, string Tensors)? FindCheckpoint(CheckpointStore checkpoints, RunFolder folder)
    {
        var found = checkpoints.Latest(message => report(new TrainingEvent.Warning(message)));
        var earlier = found?.Checkpoint.Config ?? RunJson.ReadFile<TrainingConfig>(folder.Config);
        var differences = plan.Config.DifferencesFrom(earlier);
        return differences.Count == 0
            ? found
            : throw new PatException(
                $"{folder.Root} was trained otherwise, so --resume can't continue it: {string.Join("; ", differences)}."
                    + " Give the same options, or another --out."
            );
    }

    /// <summary>How often each class occurs in the training split: counted once, then read from the run's folder.</summary>
    public ClassStatistics Statistics(CancellationToken cancellation)
    {
        if (folder is not null && File.Exists(folder.ClassStatistics))
        {
            return RunJson.ReadFile<ClassStatistics>(folder.ClassStatistics);
        }
        var total = plan.Training.Count;
        var statistics = ClassStatistics.Of(
            plan.Training,
            plan.Config.Size,
            new Reporter<int>(done => report(new TrainingEvent.CountingClasses(done, total))),
            cancellation
        );
        if (folder is not null)
        {
            RunJson.WriteFile(folder.ClassStatistics, statistics);
        }
        return statistics;
    }

    /// <summary>A warning where a class never occurs in the training split; null where each does.</summary>
    public string? UnseenClasses(ClassStatistics statistics)
    {
        var unseen = plan.Training.Classes.Where((_, index) => statistics.PixelCounts[index] == 0).ToArray();
        return unseen.Length == 0
            ? null
            : $"No pixel of {plan.Training.Name} is labelled {string.Join(", ", unseen.Select(entry => entry.Name))}: a model can't learn "
                + "a class that it never sees, and losses that count classes leave it out.";
    }

    /// <summary>Model, loss and optimizer at the beginning of the run, a function of the seed.</summary>
    public TrainingState CreateState(ClassStatistics statistics, Device device)
    {
        // Modules and optimizer keep what is theirs; the scope drops what was only made on the way.
        using var scope = NewDisposeScope();
        manual_seed(plan.Config.Seed);
        var model = plan.CreateModel();
        var loss = plan.CreateLoss(statistics);
        model.to(device);
        loss.to(device);
        return new TrainingState(model, loss, Optimizers.Create(plan.Config, model), CreateAverage(model, device));
    }

    private WeightAverage? CreateAverage(nn.Module<Tensor, Tensor> model, Device device)
    {
        if (plan.Config.AverageDecay is not { } decay)
        {
            return null;
        }
        var average = new WeightAverage(plan.CreateModel().to(device), decay);
        average.Begin(model);
        return average;
    }

    /// <summary>The batches; where the data is enough for one, the incomplete last batch of an epoch is left out.</summary>
    public DataLoader CreateLoader() =>
        new(
            plan.Training,
            new LoaderOptions(plan.Config.BatchSize, plan.Config.Size)
            {
                Shuffle = true,
                Seed = (ulong)plan.Config.Seed,
                Workers = Math.Max(1, Environment.ProcessorCount / 2),
                DropLast = plan.Training.Count >= plan.Config.BatchSize,
            }
        );

    public Augmentation CreateAugmentation() =>
        new(plan.Config.Augmentation, (ulong)plan.Config.Seed, plan.Training.Ignore);

    /// <summary>Reports at once, unlike <see cref="Progress{T}"/>, and one at a time.</summary>
    private sealed class Reporter<T>(Action<T> report) : IProgress<T>
    {
        private readonly Lock _turn = new();

        public void Report(T value)
        {
            lock (_turn)
            {
                report(value);
            }
        }
    }
}
