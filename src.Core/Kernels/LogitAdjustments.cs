using System;
using System.Linq;
using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>What happens to logits [N,C,H,W] before the softmax: src.Losses' LogitAdjustment on tensors.</summary>
internal sealed class LogitAdjustments
{
    private readonly SoftmaxLoss definition;
    private readonly double[] perClass;

    /// <summary>The adjustment of a loss that has the counts it needs.</summary>
    public LogitAdjustments(SoftmaxLoss definition)
    {
        this.definition = definition;
        perClass = PerClass();
    }

    /// <summary>The adjusted logits.</summary>
    /// <param name="logits">[N,C,H,W], float32 or float64.</param>
    /// <param name="labels">[N,H,W], int64 in 0…C−1.</param>
    /// <param name="told">Counts and variation.</param>
    public Tensor Apply(Tensor logits, Tensor labels, Told told) =>
        definition.Adjustment switch
        {
            LogitAdjustment.Tempered tempered => LessLargest(logits) / tempered.Temperature,
            LogitAdjustment.Margin margin => (LessLargest(logits) - OfLabels(logits, labels)) * margin.Scale,
            _ => Summand(logits, labels, told) is { } summand ? LessLargest(logits, summand) + summand : logits,
        };

    /// <summary>What is added to the logits, a constant to the gradient, −∞ where a class is left out; null for nothing.</summary>
    private Tensor? Summand(Tensor logits, Tensor labels, Told told)
    {
        using var guard = no_grad();
        return definition.Adjustment switch
        {
            LogitAdjustment.LogPrior { Strength: not 0 } => Pointwise.PerClass(perClass, logits),
            LogitAdjustment.Seesaw seesaw => Seesaw(logits, labels, seesaw, told.Counts!),
            LogitAdjustment.Varied when told.Variation is { } v => Pointwise.PerClass(perClass, logits) * v,
            LogitAdjustment.Equalised when told.Variation is { } b => Equalised(logits, labels, b),
            _ => null,
        };
    }

    /// <summary>
    /// Logits less the largest that counts, which is exact where they are close to it: 1e4 + ln π would lose ln π in float32.
    /// </summary>
    private static Tensor LessLargest(Tensor logits, Tensor? summand = null)
    {
        var counting = logits.detach();
        if (summand is not null)
        {
            counting = counting.masked_fill(summand.eq(double.NegativeInfinity), double.NegativeInfinity);
        }
        var (largest, _) = counting.max(1, keepdim: true);
        return logits - largest;
    }

    private double[] PerClass()
    {
        var counts = definition.Given.Counts?.Value ?? [];
        return definition.Adjustment switch
        {
            LogitAdjustment.LogPrior prior =>
            [
                .. ClassStatistics.logPriors(counts).Select(logPrior => prior.Strength * logPrior),
            ],
            LogitAdjustment.Margin margin => ClassStatistics.margins(margin.Largest, counts),
            LogitAdjustment.Varied => ClassStatistics.rarities(counts),
            LogitAdjustment.Equalised rare =>
            [
                .. ClassStatistics.priors(counts).Select(prior => prior < rare.Threshold ? 1.0 : 0.0),
            ],
            _ => [],
        };
    }

    /// <summary>The number of the pixel's label at that class, 0 at the others, [N,C,H,W].</summary>
    private Tensor OfLabels(Tensor logits, Tensor labels)
    {
        var isOther = Pointwise.IsLabel(labels, logits.shape[1]).logical_not();
        return Pointwise.PerClass(perClass, logits).expand(logits.shape).masked_fill(isOther, 0);
    }

    /// <summary>ln S_yj for j ≠ y: p min(0, ln N_j/N_y) + q max(0, l_j − max(l_y, ln ε)).</summary>
    private static Tensor Seesaw(Tensor logits, Tensor labels, LogitAdjustment.Seesaw seesaw, Tensor counts)
    {
        var index = labels.unsqueeze(1);
        var classes = logits.shape[1];
        var perClass = counts.clamp(min: 1).to(ScalarType.Float64).log().to(logits.dtype);
        var logCounts = perClass.reshape(1, classes, 1, 1).expand(logits.shape);
        var mitigation = (logCounts - logCounts.gather(1, index)).clamp(max: 0) * seesaw.Mitigation;
        var scores = nn.functional.log_softmax(logits, 1);
        var ofLabel = scores.gather(1, index).clamp(min: Math.Log(seesaw.Epsilon));
        var compensation = (scores - ofLabel).clamp(min: 0) * seesaw.Compensation;
        return (mitigation + compensation).masked_fill(Pointwise.IsLabel(labels, classes), 0);
    }

    /// <summary>ln(1 − b) for the rare classes other than the label, else 0.</summary>
    private Tensor Equalised(Tensor logits, Tensor labels, Tensor variation)
    {
        var isRare = Pointwise.PerClass(perClass, logits).gt(0);
        var isLabel = Pointwise.IsLabel(labels, logits.shape[1]);
        return variation.neg().log1p().masked_fill(isRare.logical_not().logical_or(isLabel), 0);
    }
}
