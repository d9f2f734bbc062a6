using System;
using System.Linq;
using PatFramework.Core.Native;
using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>Any pixel-wise sigmoid loss of the algebra, in one pass; <see cref="ComposedSigmoidLoss"/> has the formula.</summary>
public sealed class FusedSigmoidLoss : FusedLoss
{
    private readonly SigmoidLoss definition;
    private readonly LossState state;
    private readonly double factor;

    /// <summary>The kernel of a definition.</summary>
    /// <param name="definition">What to compute, with the class counts that it needs.</param>
    /// <param name="ignore">The ignored label.</param>
    /// <param name="factor">What the loss is multiplied by, as a term of a weighted sum.</param>
    /// <exception cref="PatException">Missing counts.</exception>
    public FusedSigmoidLoss(SigmoidLoss definition, long ignore, double factor = 1)
        : base(nameof(FusedSigmoidLoss), ignore)
    {
        ArgumentNullException.ThrowIfNull(definition);
        RequireCounts(Sigmoid.needsCounts(definition), definition.Given);
        (this.definition, this.factor) = (definition, factor);
        state = new LossState(definition, ignore);
        register_module(nameof(state), state);
    }

    /// <summary>Not where a step is taken with the upsampled logits.</summary>
    protected override bool Upsamples => !definition.Weight.IsGradientRatio;

    private protected override LossState? State => state;

    /// <inheritdoc/>
    protected override unsafe Tensor Fused(Tensor logits, Tensor labels)
    {
        CheckGiven(definition.Given, logits.shape);
        var classes = logits.shape[1];
        var told = state.Tell(logits, labels);
        var (negatives, positives) = Weights((int)classes);
        var (negativeTensor, positiveTensor) = RatioWeights(told, logits.device);
        fixed (double* shift = definition.Shift.IsZero ? null : Sigmoid.shifts(definition, (int)classes))
        fixed (double* negative = negatives)
        fixed (double* positive = positives)
        {
            var parameters = new PatKernels.SigmoidParameters
            {
                Link = definition.Link.IsGumbel ? PatKernels.GumbelLink : PatKernels.LogisticLink,
                Reduction = NativeReduction.Of(definition.Reduction),
                Resolution = Resolution,
                Ignore = Ignore,
                Factor = factor,
                Shift = shift,
                Negative = negative,
                Positive = positive,
                Classes = classes,
                NegativeTensor = negativeTensor?.Handle ?? 0,
                PositiveTensor = positiveTensor?.Handle ?? 0,
            };
            var status = PatKernels.pat_sigmoid_loss_forward(
                parameters,
                logits.Handle,
                labels.Handle,
                out var result,
                out var wrong
            );
            var loss = Result(status, result, wrong, labels, classes);
            state.Step(logits, labels, told);
            return loss;
        }
    }

    /// <summary>w_c of negatives and of the label, where they stay the same.</summary>
    private (double[]? Negative, double[]? Positive) Weights(int classes)
    {
        if (definition.Weight.IsGradientRatio)
        {
            return (null, null);
        }
        var weights = Sigmoid.weights(definition, classes);
        return ([.. weights.Select(pair => pair.Item1)], [.. weights.Select(pair => pair.Item2)]);
    }

    /// <summary>The same where they follow the gradients: they change with every step, and stay on the device.</summary>
    private (Tensor? Negative, Tensor? Positive) RatioWeights(Told told, Device device)
    {
        if (definition.Weight is not SigmoidWeight.GradientRatio ratio || told.Ratios is not { } ratios)
        {
            return (null, null);
        }
        return GradientRatioWeights.Of(ratio, ratios.to(device));
    }
}
