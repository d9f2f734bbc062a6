using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using PatFramework.Core.Data;

namespace PatFramework.Core.Training;

/// <summary>The data sets of a run as its configuration wants them read: from a cache, and past a few unreadable samples.</summary>
internal sealed class TrainingData : IDisposable
{
    private readonly RunFolder _folder;
    private readonly Action<TrainingEvent> _report;
    private readonly ConcurrentQueue<string> _warnings = new();
    private readonly List<CachedDataset> _cached = [];
    private readonly ReadableSamples? _readable;

    public TrainingData(
        TrainingPlan plan,
        RunFolder folder,
        Action<TrainingEvent> report,
        CancellationToken cancellation
    )
    {
        (_folder, _report) = (folder, report);
        var training = Cached(plan.Training, plan.Config, cancellation);
        var validation = Cached(plan.Validation, plan.Config, cancellation);
        if (plan.Config.SkipBad > 0)
        {
            var known = File.Exists(folder.SkippedSamples) ? RunJson.ReadFile<string[]>(folder.SkippedSamples) : [];
            training = _readable = new ReadableSamples(training, plan.Config.SkipBad, known, _warnings.Enqueue);
        }
        Plan = plan with { Training = training, Validation = validation };
        Tell();
    }

    /// <summary>The plan over these data sets.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>Passes on, on this thread, what the loader's threads had to warn of; keeps what was skipped.</summary>
    public void Tell()
    {
        var any = false;
        while (_warnings.TryDequeue(out var warning))
        {
            _report(new TrainingEvent.Warning(warning));
            any = true;
        }
        if (any && _readable is { Skipped: { Count: > 0 } skipped })
        {
            RunJson.WriteFile(_folder.SkippedSamples, skipped);
        }
    }

    public void Dispose() => _cached.ForEach(dataset => dataset.Dispose());

    private ISegmentationDataset Cached(
        ISegmentationDataset dataset,
        TrainingConfig config,
        CancellationToken cancellation
    )
    {
        if (config.CacheFolder is not { } folder)
        {
            return dataset;
        }
        var cached = CachedDataset.Open(
            dataset,
            config.Size,
            folder,
            _warnings.Enqueue,
            (done, total) => _report(new TrainingEvent.PackingSamples(done, total)),
            cancellation
        );
        _cached.Add(cached);
        return cached;
    }
}
