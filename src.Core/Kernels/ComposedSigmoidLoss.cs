using System;
using System.Linq;
using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>
/// Any pixel-wise sigmoid loss of the algebra, from tensor operations with autograd:
/// L = reduction of Σ_c w_c · (−ln P(z_c + a_c) of the label, −ln(1 − P(z_c + a_c)) of the others).
/// </summary>
public sealed class ComposedSigmoidLoss : ComposedLoss
{
    private readonly SigmoidLoss definition;
    private readonly LossState state;

    /// <summary>The kernel of a definition.</summary>
    /// <param name="definition">What to compute, with the class counts that it needs.</param>
    /// <param name="ignore">The ignored label.</param>
    /// <exception cref="PatException">Missing counts.</exception>
    public ComposedSigmoidLoss(SigmoidLoss definition, long ignore)
        : base(nameof(ComposedSigmoidLoss), ignore)
    {
        ArgumentNullException.ThrowIfNull(definition);
        RequireCounts(Sigmoid.needsCounts(definition), definition.Given);
        this.definition = definition;
        state = new LossState(definition, ignore);
        register_module(nameof(state), state);
    }

    /// <inheritdoc/>
    protected override Tensor Loss(Tensor logits, Tensor labels, Tensor ignored)
    {
        CheckGiven(definition.Given, logits.shape);
        var classes = (int)logits.shape[1];
        var counted = labels.masked_fill(ignored, -1);
        var told = state.Tell(logits, counted);
        var isLabel = Pointwise.IsLabel(labels, classes);
        var shifted = definition.Shift.IsZero ? logits : logits + Shift(logits);
        var terms = definition.Link.IsGumbel ? Gumbel(shifted, isLabel) : Logistic(shifted, isLabel);
        var losses = Weighted(terms, isLabel, told).sum(1);
        state.Step(logits, counted, told);
        double[] uniform = [.. Enumerable.Repeat(1.0, classes)];
        return MaskReduction.Apply(definition.Reduction, losses, labels, ignored, uniform);
    }

    private Tensor Shift(Tensor logits) => Pointwise.PerClass(Sigmoid.shifts(definition, (int)logits.shape[1]), logits);

    /// <summary>ln(1 + e^−z) of the label, ln(1 + e^z) of the others.</summary>
    private static Tensor Logistic(Tensor z, Tensor isLabel) => where(isLabel, z.neg(), z).logaddexp(zeros_like(z));

    /// <summary>e^−z of the label, straight below −4; −ln(1 − exp(−e^−z)) of the others, z itself beyond 40.</summary>
    private static Tensor Gumbel(Tensor z, Tensor isLabel)
    {
        // Clamped beyond the bends: what a clamp's own gradient is where it begins depends on libtorch's version.
        var curved = z.clamp(min: -5, max: 41).neg().exp();
        var ofLabel = where(z.lt(-4), z.neg() * Math.Exp(4) - 3 * Math.Exp(4), curved);
        var ofOthers = where(z.gt(40), z, curved.neg().expm1().neg().log().neg());
        return where(isLabel, ofLabel, ofOthers);
    }

    /// <summary>Times w_c of the label or of the others.</summary>
    private Tensor Weighted(Tensor terms, Tensor isLabel, Told told)
    {
        if (definition.Weight.IsUnweighted)
        {
            return terms;
        }
        var (negative, positive) = Weights(terms, told);
        return terms * where(isLabel, positive, negative);
    }

    private (Tensor Negative, Tensor Positive) Weights(Tensor terms, Told told)
    {
        var classes = terms.shape[1];
        if (definition.Weight is SigmoidWeight.GradientRatio ratio && told.Ratios is { } ratios)
        {
            var (r, gained) = GradientRatioWeights.Of(ratio, ratios);
            Tensor Shaped(Tensor weights) => weights.to(terms.dtype).reshape(1, classes, 1, 1);
            return (Shaped(r), Shaped(gained));
        }
        var weights = Sigmoid.weights(definition, (int)classes);
        return (
            Pointwise.PerClass([.. weights.Select(pair => pair.Item1)], terms),
            Pointwise.PerClass([.. weights.Select(pair => pair.Item2)], terms)
        );
    }
}
