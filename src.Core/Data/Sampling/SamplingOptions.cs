using System;

namespace PatFramework.Core.Data;

/// <summary>How often an epoch visits each sample.</summary>
public enum SamplingKind
{
    /// <summary>Each once.</summary>
    Uniform,

    /// <summary>Images with rare classes more often (Gupta et al. 2019, LVIS).</summary>
    RepeatFactor,

    /// <summary>A class is drawn first, rare ones more often, then an image with it (Hoyer et al. 2022, DAFormer).</summary>
    RareClass,
}

/// <summary>How an epoch's samples are drawn; an epoch has as many as the data set, whatever the kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="RepeatThreshold">t of the repeat factor: a class in less than this share of the images is repeated.</param>
/// <param name="RareTemperature">T of rare-class sampling: the smaller, the rarer the classes that are drawn.</param>
public sealed record SamplingOptions(
    SamplingKind Kind = SamplingKind.Uniform,
    double RepeatThreshold = 1e-3,
    double RareTemperature = 0.01
)
{
    /// <summary>Checks the ranges.</summary>
    /// <exception cref="PatException">A value is out of its range; the message names the option.</exception>
    public void Validate()
    {
        if (!(RepeatThreshold is > 0 and <= 1))
        {
            throw new PatException(
                FormattableString.Invariant(
                    $"--repeat-threshold is {RepeatThreshold}: give a share of the images in (0, 1]."
                )
            );
        }
        if (!(RareTemperature > 0) || !double.IsFinite(RareTemperature))
        {
            throw new PatException(
                FormattableString.Invariant(
                    $"--rare-temperature is {RareTemperature}: give a number above 0, such as 0.01."
                )
            );
        }
    }
}
