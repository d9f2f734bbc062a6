using System;
using PatFramework.Core.Kernels;
using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Metrics;

/// <summary>
/// Cross-entropy of a whole data set in nats per valid pixel, Σ −ln p_y / |V|: batch sums are added up in float64 and counts
/// in int64 on the device, so the result does not depend on how the data set is cut into batches.
/// </summary>
public sealed class CrossEntropyMeter : IDisposable
{
    private readonly LossKernel sumOverPixels;
    private readonly Tensor total;
    private readonly Tensor count;

    /// <summary>Nothing seen yet.</summary>
    /// <param name="ignore">Pixels with this label are left out.</param>
    /// <param name="device">Where the logits will be; null for the CPU.</param>
    public CrossEntropyMeter(long ignore, Device? device = null)
    {
        sumOverPixels = KernelFactory.Composed(Algebra.reducedBy(Reduction.Sum, Algebra.ce), ignore);
        total = zeros([1], ScalarType.Float64, device).DetachFromDisposeScope();
        count = zeros([1], ScalarType.Int64, device).DetachFromDisposeScope();
    }

    /// <summary>Nats per valid pixel of all batches so far; NaN where no pixel was valid. Waits for the device.</summary>
    public double Value
    {
        get
        {
            var pixels = count.item<long>();
            return pixels == 0 ? double.NaN : total.item<double>() / pixels;
        }
    }

    /// <summary>Adds a batch.</summary>
    /// <param name="logits">[N,C,H,W], floating point.</param>
    /// <param name="labels">[N,H,W], int64, 0…C−1 or the ignored one.</param>
    /// <exception cref="PatException">A wrong shape, type, device or label value.</exception>
    public void Add(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        total.add_(sumOverPixels.call(logits, labels).to(ScalarType.Float64));
        count.add_(labels.ne(sumOverPixels.Ignore).sum());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        total.Dispose();
        count.Dispose();
        sumOverPixels.Dispose();
    }
}
