using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using PatFramework.Core.Data;

namespace PatFramework.Core.Training;

/// <summary>A step of a range test.</summary>
/// <param name="LearningRate">The learning rate of the step.</param>
/// <param name="Loss">The loss of its batch, before the update.</param>
/// <param name="Smoothed">The exponential moving average of the losses so far, corrected for its start.</param>
public sealed record LearningRateSample(double LearningRate, double Loss, double Smoothed);

/// <summary>
/// The learning-rate range test (Smith 2017): trains a few steps while the learning rate rises exponentially from step to step,
/// η_t = low · (high/low)^(t/(T−1)). Nothing that it trains is kept.
/// </summary>
/// <param name="Lowest">The first learning rate.</param>
/// <param name="Highest">The last learning rate.</param>
/// <param name="Steps">Steps T at most; it ends where the smoothed loss exceeds four times its least, or is not finite.</param>
public sealed record LearningRateRangeTest(double Lowest = 1e-6, double Highest = 1, int Steps = 100)
{
    private const double Smoothing = 0.9;
    private const double Diverged = 4;

    /// <summary>
    /// The smaller of a tenth of the learning rate at which the smoothed loss is least, well below where training gets unstable, and
    /// the one at which it falls fastest over ln η, which bounds the suggestion where the loss never turned up.
    /// </summary>
    /// <param name="samples">What <see cref="Run"/> gave, at least one.</param>
    public static double Suggestion(IReadOnlyList<LearningRateSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        var least = samples.MinBy(sample => sample.Smoothed)!.LearningRate / 10;
        var falls = samples.Zip(samples.Skip(1)).ToArray();
        return falls.Length == 0
            ? least
            : Math.Min(least, falls.MinBy(pair => Slope(pair.First, pair.Second)).Second.LearningRate);

        static double Slope(LearningRateSample from, LearningRateSample to) =>
            (to.Smoothed - from.Smoothed) / Math.Log(to.LearningRate / from.LearningRate);
    }

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">The step t, counted from 0.</param>
    public double LearningRateAt(long step) =>
        Lowest * Math.Pow(Highest / Lowest, (double)step / Math.Max(1, Steps - 1));

    /// <summary>Runs the test on the training split, from the weights that the run would start with.</summary>
    /// <param name="plan">What would be trained.</param>
    /// <param name="progress">Told the steps done and how many there are.</param>
    /// <param name="cancellation">Asks to end after the step at hand.</param>
    /// <returns>The steps that were done with a finite loss, in order.</returns>
    /// <exception cref="PatException">A value is out of range, the first loss is not finite, or the device has too little memory.</exception>
    public IReadOnlyList<LearningRateSample> Run(
        TrainingPlan plan,
        Action<int, int>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Config.Validate();
        try
        {
            return Train(plan, progress, cancellation);
        }
        catch (Exception failure) when (OutOfMemory.Is(failure))
        {
            throw OutOfMemory.Explained(failure, plan.Config, goesOn: null);
        }
    }

    private List<LearningRateSample> Train(
        TrainingPlan plan,
        Action<int, int>? progress,
        CancellationToken cancellation
    )
    {
        TorchSharp.torch.set_num_threads(plan.Config.Threads);
        var setup = new TrainingSetup(plan, folder: null, _ => { });
        var forward = ForwardPass.ForTraining(plan.Config);
        var statistics = setup.Statistics(cancellation);
        using var state = setup.CreateState(statistics, forward.Device);
        var step = new TrainingStep(
            plan.Config,
            state,
            setup.CreateAugmentation(statistics),
            forward,
            LearningRateAt,
            isGuarded: true
        );
        var loader = setup.CreateLoader(statistics, forward.Device, cancellation);
        state.Model.train();
        state.Loss.train();
        var samples = new List<LearningRateSample>();
        var position = new TrainingPosition();
        var average = 0.0;
        foreach (var (epoch, batches) in Groups(loader, plan.Config.Accumulate))
        {
            position = position.Epoch == epoch ? position : position.AfterEpoch();
            var result = RunStep(step, batches, position);
            if (result.Failure is not null)
            {
                break;
            }
            average = Smoothing * average + (1 - Smoothing) * result.Loss;
            var smoothed = average / (1 - Math.Pow(Smoothing, samples.Count + 1));
            samples.Add(new LearningRateSample(result.LearningRate, result.Loss, smoothed));
            position = position.AfterStep(result.Loss, 0, 0, result.Time);
            progress?.Invoke(samples.Count, Steps);
            if (IsOver(samples) || cancellation.IsCancellationRequested)
            {
                break;
            }
        }
        return samples.Count > 0
            ? samples
            : throw new PatException("The loss of the first step is not a finite number: check data and loss.");
    }

    private bool IsOver(List<LearningRateSample> samples) =>
        samples.Count >= Steps || samples[^1].Smoothed > Diverged * samples.Min(sample => sample.Smoothed);

    private static StepResult RunStep(TrainingStep step, Batch[] batches, TrainingPosition position)
    {
        try
        {
            using var pending = step.Run(batches, position);
            return pending.Result();
        }
        finally
        {
            Array.ForEach(batches, batch => batch.Dispose());
        }
    }

    /// <summary>Step by step the batches of one epoch after another.</summary>
    private static IEnumerable<(int Epoch, Batch[] Batches)> Groups(DataLoader loader, int accumulate)
    {
        for (var epoch = 0; ; epoch++)
        {
            foreach (var batches in loader.Epoch(epoch, 0).Chunk(accumulate))
            {
                yield return (epoch, batches);
            }
        }
    }
}
