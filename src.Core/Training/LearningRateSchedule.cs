using System;
using System.Linq;

namespace PatFramework.Core.Training;

/// <summary>How the learning rate falls over a run.</summary>
public enum LearningRateSchedule
{
    /// <summary>η(t) = η₀ (1 + cos(π t/T)) / 2 (Loshchilov and Hutter 2017, without restarts).</summary>
    Cosine,

    /// <summary>η(t) = η₀ (1 − t/T)^0.9 (Chen et al. 2017, DeepLab).</summary>
    Poly,

    /// <summary>η(t) = η₀.</summary>
    Constant,

    /// <summary>η(t) = η₀ · factor^(milestones reached), as for LDAM (Cao et al. 2019).</summary>
    Step,
}

/// <summary>The learning rate as a function of the step alone, so that a continued run needs no scheduler state.</summary>
public static class LearningRateSchedules
{
    private const double PolyPower = 0.9;

    /// <summary>The learning rate of a step without warm-up; <see cref="LearningRateSchedule.Step"/> has it constant.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="initial">The learning rate η₀ of step 0.</param>
    /// <param name="step">The step t, counted from 0 over the whole run.</param>
    /// <param name="steps">The steps T of the whole run.</param>
    public static double At(this LearningRateSchedule schedule, double initial, long step, long steps)
    {
        var progress = (double)step / steps;
        return schedule switch
        {
            LearningRateSchedule.Cosine => initial * (1 + Math.Cos(Math.PI * progress)) / 2,
            LearningRateSchedule.Poly => initial * Math.Pow(1 - progress, PolyPower),
            _ => initial,
        };
    }

    /// <summary>
    /// The learning rate of a step of a run: its schedule, times (t + 1)/W in the W steps of the warm-up (Goyal et al. 2017), times
    /// factor^k after k milestones.
    /// </summary>
    /// <param name="config">The run.</param>
    /// <param name="step">The step t, counted from 0 over the whole run.</param>
    /// <param name="stepsPerEpoch">The steps of an epoch.</param>
    public static double LearningRateAt(this TrainingConfig config, long step, long stepsPerEpoch)
    {
        ArgumentNullException.ThrowIfNull(config);
        var rate = config.Schedule.At(config.LearningRate, step, stepsPerEpoch * config.Epochs);
        if (config.Schedule == LearningRateSchedule.Step)
        {
            rate *= Math.Pow(config.MilestoneFactor, config.Milestones.Count(epoch => step >= epoch * stepsPerEpoch));
        }
        var warmUp = (long)Math.Round(config.WarmUpEpochs * stepsPerEpoch);
        return step < warmUp ? rate * (step + 1) / warmUp : rate;
    }
}
