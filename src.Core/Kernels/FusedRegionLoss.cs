using System;
using PatFramework.Core.Native;
using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>
/// Any region loss of the algebra: the Dice, Jaccard and Tversky kin in two passes, sums over the batch and then the gradient;
/// Lovász with a sort of each class's errors between. <see cref="ComposedRegionLoss"/> has the formulas.
/// </summary>
public sealed class FusedRegionLoss : FusedLoss
{
    private readonly PatKernels.RegionParameters measure;

    /// <summary>The kernel of a definition.</summary>
    /// <param name="definition">What to compute.</param>
    /// <param name="ignore">The ignored label.</param>
    /// <param name="factor">What the loss is multiplied by, as a term of a weighted sum.</param>
    public FusedRegionLoss(RegionLoss definition, long ignore, double factor = 1)
        : base(nameof(FusedRegionLoss), ignore)
    {
        ArgumentNullException.ThrowIfNull(definition);
        measure = Of(definition.Measure) with { Ignore = ignore, Factor = factor };
    }

    /// <inheritdoc/>
    protected override Tensor Fused(Tensor logits, Tensor labels)
    {
        var status = PatKernels.pat_region_loss_forward(
            measure,
            logits.Handle,
            labels.Handle,
            out var result,
            out var wrong
        );
        return Result(status, result, wrong, labels, logits.shape[1]);
    }

    private static PatKernels.RegionParameters Of(RegionMeasure definition)
    {
        switch (definition)
        {
            case RegionMeasure.Tversky tversky:
                var (form, exponent) = Form(tversky.Form);
                return new PatKernels.RegionParameters
                {
                    Measure = PatKernels.TverskyMeasure,
                    Form = form,
                    Exponent = exponent,
                    FalsePositives = tversky.FalsePositives,
                    FalseNegatives = tversky.FalseNegatives,
                    Smooth = tversky.Smooth,
                    PresentOnly = tversky.Classes.IsPresent ? 1 : 0,
                };
            case RegionMeasure.Lovasz lovasz:
                return new PatKernels.RegionParameters
                {
                    Measure = PatKernels.LovaszMeasure,
                    PresentOnly = lovasz.Item.IsPresent ? 1 : 0,
                };
            default:
                return new PatKernels.RegionParameters { Measure = PatKernels.GeneralisedDiceMeasure, PresentOnly = 1 };
        }
    }

    private static (int Form, double Exponent) Form(OverlapForm form) =>
        form switch
        {
            OverlapForm.Power power => (PatKernels.PowerForm, power.Exponent),
            _ => (form.IsLogarithm ? PatKernels.LogarithmForm : PatKernels.ComplementForm, 1),
        };
}
