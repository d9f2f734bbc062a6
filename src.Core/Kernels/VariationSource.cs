using System;
using PatFramework.Core.Data;
using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>Draws the random part of BLV and SEQL, independently for each logit.</summary>
/// <remarks>
/// BLV: v = |clamp(e, −1, 1)| with, of its three kinds of noise,
/// gaussian e ~ N(0, σ²) (Wang et al. 2023, arXiv 2306.02061); uniform e ~ U(−σ, σ); xavier e ~ N(0, σ²·2/(C + C)), the
/// normal initialization of Glorot and Bengio 2010 for C logits in and C out.
/// SEQL: b = 1 with probability γ, else 0 (Tan et al. 2020, arXiv 2003.05176).
/// </remarks>
internal sealed class VariationSource
{
    private readonly LogitAdjustment adjustment;
    private readonly ulong seed;

    private VariationSource(LogitAdjustment adjustment, ulong seed, bool isRandom)
    {
        (this.adjustment, this.seed, IsRandom) = (adjustment, seed, isRandom);
    }

    /// <summary>False where nothing is left to chance: σ = 0, γ = 0 or γ = 1.</summary>
    public bool IsRandom { get; }

    /// <summary>What draws for a loss; null where it has no random part.</summary>
    public static VariationSource? Of(SoftmaxLoss loss, long seed) =>
        loss.Adjustment is LogitAdjustment.Varied or LogitAdjustment.Equalised
            ? new VariationSource(loss.Adjustment, (ulong)seed, Softmax.needsVariation(loss))
            : null;

    /// <summary>Whether the variation of a loss that leaves nothing to chance is 0.</summary>
    public bool IsNothing => adjustment is not LogitAdjustment.Equalised { Probability: 1 };

    /// <summary>The variation of a loss that leaves nothing to chance; null where it is 0.</summary>
    public Tensor? Certain(long[] shape, ScalarType dtype, Device device) =>
        IsNothing ? null : ones(shape, dtype, device);

    /// <summary>What decides about the draws of a step: a function of the seed and of how many steps were before it.</summary>
    public ulong Key(ulong step) => new DeterministicRandom(seed, step).NextBits();

    /// <summary>The variation of a step, in [0, 1]: a function of the seed, the step and the device.</summary>
    /// <param name="step">How many steps were before it.</param>
    /// <param name="shape">[N,C,H,W].</param>
    /// <param name="dtype">float32 or float64.</param>
    /// <param name="device">Where to draw.</param>
    public Tensor Draw(ulong step, long[] shape, ScalarType dtype, Device device)
    {
        using var generator = new Generator(Key(step), device);
        return adjustment switch
        {
            LogitAdjustment.Varied varied => Noise(varied, shape, dtype, device, generator).clamp(-1, 1).abs(),
            LogitAdjustment.Equalised equalised => rand(shape, dtype, device, generator: generator)
                .lt(equalised.Probability)
                .to(dtype),
            _ => throw new InvalidOperationException($"{adjustment} draws nothing."),
        };
    }

    private static Tensor Noise(
        LogitAdjustment.Varied varied,
        long[] shape,
        ScalarType dtype,
        Device device,
        Generator generator
    )
    {
        if (varied.Noise.IsUniform)
        {
            return (rand(shape, dtype, device, generator: generator) * 2 - 1) * varied.Sigma;
        }
        return randn(shape, dtype, device, generator: generator) * Spread(varied, shape[1]);
    }

    /// <summary>The standard deviation of normal noise on C classes.</summary>
    internal static double Spread(LogitAdjustment.Varied varied, long classes) =>
        varied.Noise.IsXavier ? varied.Sigma / Math.Sqrt(classes) : varied.Sigma;
}
