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

    /// <summary>The adjustment of a loss.</summary>
    /// <exception cref="PatException">One that has no composed kernel, or missing counts.</exception>
    public LogitAdjustments(SoftmaxLoss definition)
    {
        this.definition = definition;
        if (Softmax.needsCounts(definition) && definition.Given.Counts is null)
        {
            throw new PatException("This loss needs the pixels of each class in the training set, and was given none.");
        }
        perClass = PerClass();
    }

    /// <summary>The adjusted logits.</summary>
    /// <param name="logits">[N,C,H,W], float32 or float64.</param>
    /// <param name="labels">[N,H,W], int64 in 0…C−1.</param>
    public Tensor Apply(Tensor logits, Tensor labels)
    {
        if (definition.Adjustment.IsIdentity)
        {
            return logits;
        }
        var (largest, _) = logits.detach().max(1, keepdim: true);
        return Adjust(logits - largest, labels);
    }

    /// <summary>
    /// Of logits less their largest, which is exact where they are close to it: 1e4 + ln π would lose ln π in float32.
    /// </summary>
    private Tensor Adjust(Tensor logits, Tensor labels)
    {
        switch (definition.Adjustment)
        {
            case LogitAdjustment.Tempered tempered:
                return logits / tempered.Temperature;
            case LogitAdjustment.LogPrior:
                return logits + Shaped(logits, perClass);
            case LogitAdjustment.Margin margin:
                var margins = Shaped(logits, perClass).expand(logits.shape) * IsLabel(logits, labels);
                return (logits - margins) * margin.Scale;
            case LogitAdjustment.Seesaw seesaw:
                return Seesaw(logits, labels, seesaw);
            default:
                return logits;
        }
    }

    private double[] PerClass()
    {
        var counts = definition.Given.Counts?.Value ?? [];
        return definition.Adjustment switch
        {
            LogitAdjustment.LogPrior prior =>
            [
                .. ClassStatistics
                    .logPriors(counts)
                    .Select(logPrior => prior.Strength == 0 ? 0 : prior.Strength * logPrior),
            ],
            LogitAdjustment.Margin margin => ClassStatistics.margins(margin.Largest, counts),
            LogitAdjustment.Seesaw => [.. counts.Select(count => Math.Log(Math.Max(1, count)))],
            LogitAdjustment.Varied or LogitAdjustment.Equalised => throw new PatException(
                "There is no kernel yet for losses with a random part (blv, seql): choose another loss."
            ),
            _ => [],
        };
    }

    /// <summary>z_j + ln S_yj for j ≠ y: p min(0, ln N_j/N_y) + q max(0, l_j − max(l_y, ln ε)), a constant to the gradient.</summary>
    private Tensor Seesaw(Tensor logits, Tensor labels, LogitAdjustment.Seesaw seesaw)
    {
        Tensor factors;
        using (no_grad())
        {
            var index = labels.unsqueeze(1);
            var logCounts = Shaped(logits, perClass).expand(logits.shape);
            var mitigation = (logCounts - logCounts.gather(1, index)).clamp(max: 0) * seesaw.Mitigation;
            var scores = nn.functional.log_softmax(logits.detach(), 1);
            var ofLabel = scores.gather(1, index).clamp(min: Math.Log(seesaw.Epsilon));
            var compensation = (scores - ofLabel).clamp(min: 0) * seesaw.Compensation;
            factors = (mitigation + compensation) * (1 - IsLabel(logits, labels));
        }
        return logits + factors;
    }

    /// <summary>1 where the class is the label, else 0, [N,C,H,W].</summary>
    private static Tensor IsLabel(Tensor logits, Tensor labels)
    {
        var index = labels.unsqueeze(1);
        return zeros_like(logits).scatter_add_(1, index, ones_like(index).to(logits.dtype));
    }

    /// <summary>A number per class as [1,C,1,1].</summary>
    private static Tensor Shaped(Tensor like, double[] values) =>
        tensor(values).to(like.dtype).to(like.device).reshape(1, values.Length, 1, 1);
}
