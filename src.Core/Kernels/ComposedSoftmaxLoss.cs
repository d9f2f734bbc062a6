using System;
using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>
/// Any pixel-wise softmax loss of the algebra, from tensor operations with autograd:
/// L = reduction of w(p_y) · ((1−ε)(−l_y) + ε/C Σ_c −l_c), l = log softmax(z), p = exp(l).
/// </summary>
public sealed class ComposedSoftmaxLoss : LossKernel
{
    private readonly SoftmaxLoss definition;

    /// <summary>The kernel of a definition.</summary>
    /// <param name="definition">What to compute.</param>
    /// <param name="ignore">The ignored label.</param>
    /// <exception cref="PatException">A part that has no composed kernel.</exception>
    public ComposedSoftmaxLoss(SoftmaxLoss definition, long ignore)
        : base(nameof(ComposedSoftmaxLoss), ignore)
    {
        if (
            !definition.Adjustment.Equals(LogitAdjustment.Identity)
            || !definition.ClassWeight.Equals(ClassWeight.Uniform)
        )
        {
            throw new PatException(
                $"There is no composed kernel for {definition.Adjustment} with {definition.ClassWeight} class weights."
            );
        }
        this.definition = definition;
    }

    /// <inheritdoc/>
    protected override Tensor Loss(Tensor logits, Tensor labels, Tensor ignored)
    {
        var logProbabilities = nn.functional.log_softmax(logits, 1);
        var ofLabel = logProbabilities.gather(1, labels.unsqueeze(1)).squeeze(1);
        var crossEntropy = CrossEntropy(logProbabilities, ofLabel, definition.Smoothing);
        var losses = Weighted(crossEntropy, ofLabel);
        return MaskReduction.Apply(definition.Reduction, losses, labels, ignored, logits.shape[1]);
    }

    /// <summary>(1−ε)(−l_y) + ε/C Σ_c −l_c, [N,H,W].</summary>
    private static Tensor CrossEntropy(Tensor logProbabilities, Tensor ofLabel, double smoothing)
    {
        if (smoothing == 0)
        {
            return ofLabel.neg();
        }
        var ofAll = logProbabilities.sum(1) * (-smoothing / logProbabilities.shape[1]);
        return ofLabel * (smoothing - 1) + ofAll;
    }

    /// <summary>Times the pixel weight w(p), for PAT exp((p−1)/T) with p−1 = expm1(l), which cannot overflow.</summary>
    private Tensor Weighted(Tensor losses, Tensor ofLabel)
    {
        if (definition.Weight is not PixelWeight.ExponentialConfidence confidence)
        {
            return losses;
        }
        var source = confidence.Gradient.Equals(WeightGradient.Detached) ? ofLabel.detach() : ofLabel;
        return losses * (source.expm1() / confidence.Temperature).exp();
    }
}
