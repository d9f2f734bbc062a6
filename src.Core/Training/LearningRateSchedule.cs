using System;

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
}

/// <summary>The learning rate as a function of the step alone, so that a continued run needs no scheduler state.</summary>
public static class LearningRateSchedules
{
    private const double PolyPower = 0.9;

    /// <summary>The learning rate of a step.</summary>
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
}
