using System;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>Operations that several composed kernels share; each has its counterpart in src.Losses' Scalar.</summary>
internal static class Pointwise
{
    /// <summary>Whether a class is the pixel's label, [N,C,H,W], bool.</summary>
    /// <param name="labels">[N,H,W], int64; what is no class is the label of none.</param>
    /// <param name="classes">C.</param>
    public static Tensor IsLabel(Tensor labels, long classes) =>
        arange(classes, ScalarType.Int64, labels.device).reshape(1, classes, 1, 1).eq(labels.unsqueeze(1));

    /// <summary>A number per class as [1,C,1,1], in the type and on the device of another tensor.</summary>
    public static Tensor PerClass(double[] values, Tensor like) =>
        tensor(values, [1, values.Length, 1, 1], like.dtype, like.device);

    /// <summary>
    /// xᵃ of x ≥ 0; for a &lt; 1 the derivative is that at 1e-12 where x is below, so that it stays finite.
    /// </summary>
    public static Tensor Power(Tensor x, double exponent)
    {
        var positive = x.clamp(min: 0);
        if (exponent >= 1)
        {
            return positive.pow(exponent);
        }
        var constant = positive.detach();
        var slope = constant.clamp(min: 1e-12).pow(exponent - 1) * exponent;
        return constant.pow(exponent) + (x - x.detach()) * slope;
    }
}
