using System;
using System.Linq;
using PatFramework.Core.Native;
using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>Any pixel-wise softmax loss of the algebra, in one pass; <see cref="ComposedSoftmaxLoss"/> has the formula.</summary>
public sealed class FusedSoftmaxLoss : FusedLoss
{
    private readonly SoftmaxLoss definition;
    private readonly LossState state;
    private readonly double factor;

    /// <summary>The kernel of a definition.</summary>
    /// <param name="definition">What to compute, with the class counts that it needs.</param>
    /// <param name="ignore">The ignored label.</param>
    /// <param name="seed">Decides what is drawn, where the loss has a random part that is not given.</param>
    /// <param name="factor">What the loss is multiplied by, as a term of a weighted sum.</param>
    /// <exception cref="PatException">Missing counts.</exception>
    public FusedSoftmaxLoss(SoftmaxLoss definition, long ignore, long seed = 0, double factor = 1)
        : base(nameof(FusedSoftmaxLoss), ignore)
    {
        ArgumentNullException.ThrowIfNull(definition);
        RequireCounts(Softmax.needsCounts(definition), definition.Given);
        (this.definition, this.factor) = (definition, factor);
        state = new LossState(definition, ignore, seed, drawsInKernel: true);
        register_module(nameof(state), state);
    }

    /// <summary>Not where a variation is given for each of the upsampled logits.</summary>
    protected override bool Upsamples => definition.Given.Variation is null;

    private protected override LossState? State => state;

    /// <inheritdoc/>
    protected override unsafe Tensor Fused(Tensor logits, Tensor labels)
    {
        CheckGiven(definition.Given, logits.shape);
        var classes = logits.shape[1];
        var told = state.Tell(logits, labels);
        var parameters = Parameters(classes, told);
        using var logCounts = LogCounts(told, logits.device);
        parameters.ShiftTensor = logCounts?.Handle ?? 0;
        var weights = Softmax.classWeights(definition.ClassWeight, definition.Given, (int)classes);
        fixed (double* shift = Shift(told))
        fixed (double* margin = Margin())
        fixed (double* classWeights = definition.ClassWeight.IsUniform ? null : weights)
        {
            parameters.Shift = shift;
            parameters.Margin = margin;
            parameters.ClassWeights = classWeights;
            var status = PatKernels.pat_softmax_loss_forward(
                parameters,
                logits.Handle,
                labels.Handle,
                told.Variation?.Handle ?? 0,
                out var result,
                out var wrong
            );
            return Result(status, result, wrong, labels, classes);
        }
    }

    private PatKernels.SoftmaxParameters Parameters(long classes, Told told)
    {
        var parameters = new PatKernels.SoftmaxParameters
        {
            Reduction = NativeReduction.Of(definition.Reduction),
            Resolution = Resolution,
            Ignore = Ignore,
            Factor = factor,
            Scale = Scale,
            Smoothing = definition.Smoothing,
            Classes = classes,
            Adjustment = definition.Adjustment switch
            {
                LogitAdjustment.Seesaw => PatKernels.SeesawAdjustment,
                LogitAdjustment.Varied when Varies(told) => PatKernels.VariedAdjustment,
                LogitAdjustment.Equalised when Varies(told) => PatKernels.EqualisedAdjustment,
                _ => PatKernels.PlainAdjustment,
            },
        };
        if (definition.Adjustment is LogitAdjustment.Seesaw seesaw)
        {
            parameters.Mitigation = seesaw.Mitigation;
            parameters.Compensation = seesaw.Compensation;
            parameters.LeastLog = Math.Log(seesaw.Epsilon);
        }
        SetNoise(ref parameters, told.Key);
        SetWeight(ref parameters);
        return parameters;
    }

    private static bool Varies(Told told) => told.Variation is not null || told.Key is not null;

    private void SetNoise(ref PatKernels.SoftmaxParameters parameters, ulong? key)
    {
        if (key is not { } known)
        {
            return;
        }
        parameters.Key = known;
        (parameters.Noise, parameters.Spread) = definition.Adjustment switch
        {
            LogitAdjustment.Varied { Noise.IsUniform: true } varied => (PatKernels.UniformNoise, varied.Sigma),
            LogitAdjustment.Varied varied => (
                PatKernels.GaussianNoise,
                VariationSource.Spread(varied, parameters.Classes)
            ),
            LogitAdjustment.Equalised equalised => (PatKernels.BernoulliNoise, equalised.Probability),
            _ => (0, 0),
        };
    }

    private void SetWeight(ref PatKernels.SoftmaxParameters parameters)
    {
        switch (definition.Weight)
        {
            case PixelWeight.ExponentialConfidence confidence:
                parameters.Weight = PatKernels.ExponentialWeight;
                parameters.WeightParameter = confidence.Temperature;
                parameters.Detached = confidence.Gradient.IsDetached ? 1 : 0;
                break;
            case PixelWeight.Focal focal:
                parameters.Weight = PatKernels.FocalWeight;
                parameters.WeightParameter = focal.Gamma;
                break;
            default:
                parameters.Weight = definition.Weight.IsInverseConfidence ? PatKernels.InverseWeight : 0;
                break;
        }
    }

    /// <summary>What z + shift − margin is multiplied by.</summary>
    private double Scale =>
        definition.Adjustment switch
        {
            LogitAdjustment.Tempered tempered => 1 / tempered.Temperature,
            LogitAdjustment.Margin margin => margin.Scale,
            _ => 1,
        };

    /// <summary>A number for each class: τ ln π, the rarity, or whether it is rare; null where there is none.</summary>
    private double[]? Shift(Told told)
    {
        var counts = definition.Given.Counts?.Value ?? [];
        switch (definition.Adjustment)
        {
            case LogitAdjustment.LogPrior { Strength: not 0 } prior:
                return [.. ClassStatistics.logPriors(counts).Select(logPrior => prior.Strength * logPrior)];
            case LogitAdjustment.Varied when Varies(told):
                return ClassStatistics.rarities(counts);
            case LogitAdjustment.Equalised equalised when Varies(told):
                return [.. ClassStatistics.priors(counts).Select(prior => prior < equalised.Threshold ? 1.0 : 0)];
            default:
                return null;
        }
    }

    /// <summary>Seesaw's ln N, [C], float64, on the logits' device: counts change with every step, and stay there.</summary>
    private Tensor? LogCounts(Told told, Device device) =>
        definition.Adjustment.IsSeesaw && told.Counts is { } seen
            ? seen.to(device).clamp(1).to(ScalarType.Float64).log()
            : null;

    private double[]? Margin() =>
        definition.Adjustment is LogitAdjustment.Margin margin
            ? ClassStatistics.margins(margin.Largest, definition.Given.Counts!.Value)
            : null;
}
