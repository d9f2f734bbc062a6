using System;
using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>
/// Any region loss of the algebra, from tensor operations with autograd: softmax probabilities against masks, per class,
/// summed over the valid pixels of the whole batch.
/// </summary>
public sealed class ComposedRegionLoss : ComposedLoss
{
    private readonly RegionMeasure measure;

    /// <summary>The kernel of a definition.</summary>
    /// <param name="definition">What to compute.</param>
    /// <param name="ignore">The ignored label.</param>
    public ComposedRegionLoss(RegionLoss definition, long ignore)
        : base(nameof(ComposedRegionLoss), ignore)
    {
        ArgumentNullException.ThrowIfNull(definition);
        measure = definition.Measure;
    }

    /// <inheritdoc/>
    protected override Tensor Loss(Tensor logits, Tensor labels, Tensor ignored)
    {
        var view = new RegionView(logits, labels, ignored);
        return measure switch
        {
            RegionMeasure.Tversky tversky => Mean(view, tversky.Classes, Tversky(view, tversky) * view.Present),
            RegionMeasure.Lovasz lovasz => Mean(view, lovasz.Item, Lovasz(view)),
            _ => GeneralisedDice(view),
        };
    }

    /// <summary>The mean over all classes or those present of numbers [C].</summary>
    private static Tensor Mean(RegionView view, RegionClasses classes, Tensor perClass) =>
        classes.IsAll
            ? perClass.sum() / view.Classes
            : (perClass * view.Present).sum() / view.Present.sum().clamp(min: 1);

    /// <summary>1 − S = (a FP + b FN)/(TP + a FP + b FN + s), [C].</summary>
    private static Tensor Tversky(RegionView view, RegionMeasure.Tversky tversky)
    {
        var wrong = view.Alarms * tversky.FalsePositives + view.Misses * tversky.FalseNegatives;
        var right = view.Hits + tversky.Smooth;
        var whole = (right + wrong).clamp(min: 1e-7);
        return tversky.Form switch
        {
            OverlapForm.Power power => Pointwise.Power(wrong / whole, power.Exponent),
            _ when tversky.Form.IsLogarithm => (right / whole).clamp(min: 1e-7).log().neg(),
            _ => wrong / whole,
        };
    }

    /// <summary>Σ w (FP + FN) / Σ w (P + Y), w = 1/Y², over the classes present; 0 where none is.</summary>
    private static Tensor GeneralisedDice(RegionView view)
    {
        var size = view.Sizes.clamp(min: 1);
        var weights = view.Present / (size * size);
        var wrong = view.Alarms + view.Misses;
        var whole = ((view.Hits * 2 + wrong) * weights).sum();
        return (wrong * weights).sum() / whole.masked_fill(whole.eq(0), 1);
    }

    /// <summary>
    /// Σ e_k (J_k − J_{k−1}) over the errors in descending order, J_k = 1 − (Y − F)/(Y + B) with F labelled and B other pixels
    /// among the first k, [C] (Berman et al. 2018).
    /// </summary>
    private static Tensor Lovasz(RegionView view)
    {
        var losses = new Tensor[view.Classes];
        for (var c = 0L; c < view.Classes; c++)
        {
            var (errors, isLabel) = view.Sorted(c);
            losses[c] = (errors * Steps(isLabel).to(errors.dtype)).sum();
        }
        return stack(losses);
    }

    /// <summary>
    /// J_k − J_{k−1} in closed form, float64: 1/(Y + B) of a labelled pixel, (Y − F)/((Y + B)(Y + B + 1)) of another, F and B
    /// those before it; 1 of the first where Y = 0.
    /// </summary>
    /// <param name="isLabel">Whether each pixel's label is the class, in the order of the errors, bool.</param>
    private static Tensor Steps(Tensor isLabel)
    {
        using var guard = no_grad();
        var labelled = isLabel.to(ScalarType.Int64);
        var labelledBefore = labelled.cumsum(0) - labelled;
        var size = labelled.sum();
        var union = arange(labelled.shape[0], ScalarType.Int64, labelled.device) - labelledBefore + size;
        var ofOther = (size - labelledBefore).to(ScalarType.Float64) / (union * (union + 1)).clamp(min: 1);
        var ofLabel = union.clamp(min: 1).to(ScalarType.Float64).pow(-1);
        return where(isLabel, ofLabel, ofOther.masked_fill(union.eq(0), 1));
    }
}
