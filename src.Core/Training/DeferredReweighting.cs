using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.FSharp.Core;

namespace PatFramework.Core.Training;

/// <summary>Deferred re-weighting (Cao et al. 2019, DRW): class weights join the loss late, once the features are learned.</summary>
/// <param name="FromEpoch">The epochs trained before they do.</param>
/// <param name="Beta">
/// β of the effective number of pixels E_c = (1 − β^n_c)/(1 − β); the weights are 1/E_c, scaled to sum to C. The published β is for
/// counts of images; counts of pixels need one nearer to 1.
/// </param>
public sealed record DeferredReweighting(int FromEpoch, double Beta = DeferredReweighting.PublishedBeta)
{
    /// <summary>The paper's β.</summary>
    public const double PublishedBeta = 0.9999;

    /// <summary>A warning where β says next to nothing about these counts: all are beyond 1/(1 − β), where E_c stops growing.</summary>
    /// <param name="pixelCounts">The pixels n_c of each class in the training split.</param>
    internal string? Doubt(IReadOnlyList<long> pixelCounts)
    {
        const double alike = 1.5;
        var weights = Losses
            .ClassStatistics.classBalanced(FSharpOption<double>.Some(1 - Beta), [.. pixelCounts])
            .Where(weight => weight > 0)
            .ToArray();
        var counted = pixelCounts.Where(count => count > 0).ToArray();
        if (counted.Length < 2 || weights.Max() > alike * weights.Min() || counted.Max() < alike * counted.Min())
        {
            return null;
        }
        var fitting = 1 - 1.0 / counted.Sum();
        return FormattableString.Invariant(
            $"Deferred re-weighting with β = {Beta} weighs the classes nearly alike (largest to smallest weight {weights.Max() / weights.Min():F2}): the published β is for counts of images, and these are of pixels. β = 1 − 1/Σn is --drw-beta {fitting:G15}."
        );
    }

    /// <summary>Checks the ranges.</summary>
    /// <param name="epochs">The epochs of the run.</param>
    /// <exception cref="PatException">The switch is outside the run, or β outside [0, 1).</exception>
    internal void Validate(int epochs)
    {
        if (FromEpoch < 0 || FromEpoch >= epochs)
        {
            throw new PatException(
                FormattableString.Invariant(
                    $"--drw is {FromEpoch} and the run has {epochs} epochs: give the epochs before the switch, 0 to {epochs - 1}."
                )
            );
        }
        if (!(Beta is >= 0 and < 1))
        {
            throw new PatException(FormattableString.Invariant($"--drw-beta is {Beta}: give a number in [0, 1)."));
        }
    }
}
