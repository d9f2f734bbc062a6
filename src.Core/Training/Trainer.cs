using System;
using System.Threading;

namespace PatFramework.Core.Training;

/// <summary>Trains: one loop for every experiment.</summary>
public static class Trainer
{
    /// <summary>Trains a model and writes the folder of the run.</summary>
    /// <param name="plan">What is trained, and how.</param>
    /// <param name="output">The run's folder: new or empty, or the folder of the run to continue.</param>
    /// <param name="resume">Whether to continue the run in <paramref name="output"/>; the result is the same, bit for bit, as without the break.</param>
    /// <param name="progress">Told of everything that happens, one event at a time; counting the classes reports from other threads.</param>
    /// <param name="cancellation">Asks to end after the current step, with everything saved.</param>
    /// <returns>How the run ended.</returns>
    /// <exception cref="PatException">
    /// A value is out of range, the folder can't be used, the run to continue was configured otherwise, the loss stopped being finite, or
    /// the device has too little memory.
    /// </exception>
    public static TrainingOutcome Run(
        TrainingPlan plan,
        string output,
        bool resume = false,
        IProgress<TrainingEvent>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Config.Validate();
        using var folder = resume ? RunFolder.Resume(output) : RunFolder.Create(output);
        try
        {
            using var session = new TrainingSession(plan, folder, resume, Report, cancellation);
            return session.Run(cancellation);
        }
        catch (Exception failure) when (AtomicFile.IsOfTheDisk(failure))
        {
            throw new PatException(
                $"{output} could not be written ({failure.Message.TrimEnd('.')}): free some space and continue with --resume.",
                failure
            );
        }
        catch (Exception failure) when (OutOfMemory.Is(failure))
        {
            throw OutOfMemory.Explained(
                failure,
                plan.Config,
                $"{output} is whole: where more memory is free, the same options go on with --resume."
            );
        }
        catch (OperationCanceledException)
        {
            var outcome = new TrainingOutcome(Completed: false, Step: 0, Last: null, Best: null);
            Report(new TrainingEvent.Finished(outcome));
            return outcome;
        }

        void Report(TrainingEvent happened) => progress?.Report(happened);
    }
}
