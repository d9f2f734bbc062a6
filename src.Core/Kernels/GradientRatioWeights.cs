using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>EQL v2's weights from its gradient ratios g: r = 1/(1 + exp(−γ(g − μ))).</summary>
internal static class GradientRatioWeights
{
    /// <summary>Of each class, r as a negative and 1 + α(1 − r) as the label.</summary>
    /// <param name="weight">γ, μ and α.</param>
    /// <param name="ratios">g, [C], float64.</param>
    public static (Tensor Negative, Tensor Positive) Of(SigmoidWeight.GradientRatio weight, Tensor ratios)
    {
        var r = ((ratios - weight.Mu) * weight.Gamma).sigmoid();
        return (r, (1 - r) * weight.Alpha + 1);
    }
}
