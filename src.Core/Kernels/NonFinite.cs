using System.Globalization;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>Names a logit that is no finite number, for those who look for where it came from.</summary>
public static class NonFinite
{
    /// <summary>Throws where a logit is NaN or infinite, naming the first in row-major order. Waits for the device.</summary>
    /// <param name="logits">[N,C,H,W], floating point.</param>
    /// <exception cref="PatException">Says where the first one is, and its value.</exception>
    public static void Refuse(Tensor logits)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var isFinite = logits.isfinite().reshape(-1);
        if (isFinite.all().item<bool>())
        {
            return;
        }
        var index = isFinite.logical_not().to(ScalarType.Int32).argmax().item<long>();
        var value = logits.reshape(-1)[index].to(ScalarType.Float64).item<double>();
        var (classes, rows, columns) = (logits.shape[1], logits.shape[2], logits.shape[3]);
        throw new PatException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The logit of image {index / (classes * rows * columns)}, class {index / (rows * columns) % classes}, row {index / columns % rows}, column {index % columns} is {value}, the first that is no finite number: look at what computed it."
            )
        );
    }
}
