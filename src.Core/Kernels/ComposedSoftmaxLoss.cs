using System;
using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>
/// Any pixel-wise softmax loss of the algebra, from tensor operations with autograd:
/// L = reduction of w_y · w(p_y) · ((1−ε)(−l_y) + ε/C Σ_c −l_c), l = log softmax(adjusted z), p = exp(l).
/// </summary>
public sealed class ComposedSoftmaxLoss : ComposedLoss
{
    private readonly SoftmaxLoss definition;
    private readonly LogitAdjustments adjustments;
    private readonly LossState state;

    /// <summary>The kernel of a definition.</summary>
    /// <param name="definition">What to compute, with the class counts that it needs.</param>
    /// <param name="ignore">The ignored label.</param>
    /// <param name="seed">Decides what is drawn, where something is.</param>
    /// <exception cref="PatException">Missing counts.</exception>
    public ComposedSoftmaxLoss(SoftmaxLoss definition, long ignore, long seed = 0)
        : base(nameof(ComposedSoftmaxLoss), ignore)
    {
        ArgumentNullException.ThrowIfNull(definition);
        RequireCounts(Softmax.needsCounts(definition), definition.Given);
        this.definition = definition;
        adjustments = new LogitAdjustments(definition);
        state = new LossState(definition, ignore, seed);
        register_module(nameof(state), state);
    }

    /// <inheritdoc/>
    protected override Tensor Loss(Tensor logits, Tensor labels, Tensor ignored)
    {
        CheckGiven(definition.Given, logits.shape);
        CheckPossible(labels, ignored);
        var told = state.Tell(logits, labels.masked_fill(ignored, -1));
        var adjusted = adjustments.Apply(logits, labels, told);
        var logProbabilities = nn.functional.log_softmax(adjusted, 1);
        // An ignored pixel stands as label 0, which the softmax may leave out.
        var ofLabel = logProbabilities.gather(1, labels.unsqueeze(1)).squeeze(1).masked_fill(ignored, 0);
        var crossEntropy = CrossEntropy(logProbabilities, ofLabel, definition.Smoothing);
        var losses = Weighted(crossEntropy, ofLabel);
        var classes = (int)logits.shape[1];
        var classWeights = Softmax.classWeights(definition.ClassWeight, definition.Given, classes);
        return MaskReduction.Apply(definition.Reduction, losses, labels, ignored, classWeights);
    }

    /// <summary>Throws where (on the CPU) a label is a class that the softmax leaves out.</summary>
    private void CheckPossible(Tensor labels, Tensor ignored)
    {
        if (labels.device_type != TorchSharp.DeviceType.CPU)
        {
            return;
        }
        foreach (var label in Softmax.impossible(definition))
        {
            if (labels.eq(label).logical_and(ignored.logical_not()).any().item<bool>())
            {
                throw LabelNeverCounted(label);
            }
        }
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

    /// <summary>Times the pixel weight w(p), from p−1 = expm1(l), which keeps its digits and cannot overflow.</summary>
    private Tensor Weighted(Tensor losses, Tensor ofLabel)
    {
        switch (definition.Weight)
        {
            case PixelWeight.ExponentialConfidence confidence:
                var source = confidence.Gradient.Equals(WeightGradient.Detached) ? ofLabel.detach() : ofLabel;
                return losses * (source.expm1() / confidence.Temperature).exp();
            case PixelWeight.Focal { Gamma: 0 }:
                return losses;
            case PixelWeight.Focal focal:
                return losses * Pointwise.Power(ofLabel.expm1().neg(), focal.Gamma);
            default:
                return definition.Weight.IsInverseConfidence ? losses * ofLabel.expm1().neg().exp() * 0.5 : losses;
        }
    }
}
