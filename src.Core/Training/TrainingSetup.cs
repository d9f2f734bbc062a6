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
    public ClassStatistics Statistics(CancellationToken cancellation) =>
        Once(folder?.ClassStatistics, told => ClassStatistics.Of(plan.Training, plan.Config.Size, told, cancellation));

    /// <summary>Which classes each training image shows: looked at once, then read from the run's folder.</summary>
    private ClassPresence Presence(CancellationToken cancellation) =>
        Once(folder?.ClassPresence, told => ClassPresence.Of(plan.Training, plan.Config.Size, told, cancellation));

    private T Once<T>(string? file, Func<IProgress<int>, T> count)
    {
        if (file is not null && File.Exists(file))
        {
            return RunJson.ReadFile<T>(file);
        }
        var total = plan.Training.Count;
        var counted = count(new Reporter<int>(done => report(new TrainingEvent.CountingClasses(done, total))));
        if (file is not null)
        {
            RunJson.WriteFile(file, counted);
        }
        return counted;
    }

    /// <summary>Warns of what the counts of the training split make doubtful.</summary>
    public void WarnOf(ClassStatistics statistics)
    {
        string?[] warnings = [UnseenClasses(statistics), plan.Config.Reweighting?.Doubt(statistics.PixelCounts)];
        foreach (var warning in warnings.OfType<string>())
        {
            report(new TrainingEvent.Warning(warning));
        }
    }

    private string? UnseenClasses(ClassStatistics statistics)
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
        if (plan.Config.CudaGraph)
        {
            Capturable.Check(model, loss);
        }
        model.to(device);
        loss.to(device);
        var average = CreateAverage(model, device);
        return new TrainingState(
            model,
            loss,
            Optimizers.Create(plan.Config, model, device),
            average,
            plan.Config.Validated
        );
    }

    private WeightAverage? CreateAverage(nn.Module<Tensor, Tensor> model, Device device)
    {
        if (plan.Config.AverageDecay is not { } decay)
        {
            return null;
        }
        // The weights it is made with are overwritten at once: what is drawn later must not depend on them.
        using var drawn = Generator.Default.get_state();
        var average = new WeightAverage(plan.CreateModel().to(device), decay);
        Generator.Default.set_state(drawn);
        average.Begin(model);
        return average;
    }

    /// <summary>The batches; where the data is enough for one, the incomplete last batch of an epoch is left out.</summary>
    public DataLoader CreateLoader(ClassStatistics statistics, Device device, CancellationToken cancellation) =>
        new(
            plan.Training,
            new LoaderOptions(plan.Config.BatchSize, plan.Config.Size)
            {
                Shuffle = true,
                Seed = (ulong)plan.Config.Seed,
                Order = CreateOrder(statistics, cancellation),
                Workers = Math.Max(1, Environment.ProcessorCount / 2),
                DropLast = plan.Training.Count >= plan.Config.BatchSize,
                Device = device,
            }
        );

    public Augmentation CreateAugmentation(ClassStatistics statistics) =>
        new(plan.Config.Augmentation, (ulong)plan.Config.Seed, plan.Training.Ignore, statistics.Priors);

    private Func<int, int[]>? CreateOrder(ClassStatistics statistics, CancellationToken cancellation)
    {
        var (seed, sampling) = ((ulong)plan.Config.Seed, plan.Config.Sampling);
        switch (sampling.Kind)
        {
            case SamplingKind.RepeatFactor:
                var factors = SampleOrders.RepeatFactors(Presence(cancellation), sampling.RepeatThreshold);
                if (factors.All(factor => factor == 1))
                {
                    report(
                        new TrainingEvent.Warning(
                            FormattableString.Invariant(
                                $"No class is in less than {sampling.RepeatThreshold} of the training images, so none is repeated: raise --repeat-threshold."
                            )
                        )
                    );
                }
                return epoch => SampleOrders.Repeated(factors, seed, epoch);
            case SamplingKind.RareClass:
                var presence = Presence(cancellation);
                var probabilities = SampleOrders.ClassProbabilities(statistics.Priors, sampling.RareTemperature);
                return epoch => SampleOrders.RareClassFirst(presence, probabilities, seed, epoch);
            default:
                return null;
        }
    }

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
