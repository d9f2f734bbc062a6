using System;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>
/// What every pixel-wise kernel promises: logits [N,C,H,W] and labels [N,H,W] (int64) in, a scalar out, ignored pixels
/// without influence, and 0 with a zero gradient where nothing is valid.
/// </summary>
/// <remarks>
/// bfloat16 and float16 logits are computed in float32; float32 and float64 stay. Shapes and types are always checked
/// before the first native call. Label values are checked on the CPU; on a GPU the check would wait for the device at every
/// step, so there an out-of-range label is left to the device's own assertion.
/// </remarks>
public abstract class LossKernel : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>Names the kernel and the label that counts for nothing.</summary>
    /// <param name="name">The loss's name in the catalogue.</param>
    /// <param name="ignore">The ignored label, any value, usually outside the classes.</param>
    protected LossKernel(string name, long ignore)
        : base(name)
    {
        Ignore = ignore;
    }

    /// <summary>The label that counts for nothing.</summary>
    public long Ignore { get; }

    /// <summary>The loss of a batch.</summary>
    /// <param name="input1">Logits [N,C,H,W], floating point.</param>
    /// <param name="input2">Labels [N,H,W], int64, 0…C−1 or the ignored one, on the logits' device.</param>
    /// <returns>A scalar, float32, or float64 for float64 logits.</returns>
    /// <exception cref="PatException">A wrong shape, type, device or label value.</exception>
    public sealed override Tensor forward(Tensor input1, Tensor input2)
    {
        CheckShapes(input1, input2);
        using var scope = NewDisposeScope();
        var logits = input1.dtype is ScalarType.Float32 or ScalarType.Float64 ? input1 : input1.to(ScalarType.Float32);
        var ignored = input2.eq(Ignore);
        var labels = input2.masked_fill(ignored, 0);
        CheckValues(labels, logits.shape[1]);
        return Loss(logits, labels, ignored).MoveToOuterDisposeScope();
    }

    /// <summary>The loss; shapes, types and label values are right.</summary>
    /// <param name="logits">[N,C,H,W], float32 or float64.</param>
    /// <param name="labels">[N,H,W], int64 in 0…C−1; 0 where ignored.</param>
    /// <param name="ignored">[N,H,W], bool.</param>
    protected abstract Tensor Loss(Tensor logits, Tensor labels, Tensor ignored);

    private void CheckShapes(Tensor logits, Tensor labels)
    {
        var (z, y) = (logits.shape, labels.shape);
        if (z.Length != 4 || z[1] < 1)
        {
            throw new PatException($"{GetName()} takes logits [N,C,H,W]; received {Text(z)}.");
        }
        if (y.Length != 3 || y[0] != z[0] || y[1] != z[2] || y[2] != z[3])
        {
            throw new PatException(
                $"{GetName()} takes labels [{z[0]},{z[2]},{z[3]}] with logits {Text(z)}; received labels {Text(y)}."
            );
        }
        if (logits.dtype is not (ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16 or ScalarType.Float16))
        {
            throw new PatException($"{GetName()} takes floating-point logits; received {logits.dtype}.");
        }
        if (labels.dtype != ScalarType.Int64)
        {
            throw new PatException(
                $"{GetName()} takes int64 labels; received {labels.dtype}: convert them with labels.to(ScalarType.Int64)."
            );
        }
        if (logits.device_type != labels.device_type)
        {
            throw new PatException(
                $"{GetName()} takes logits and labels on one device; received {logits.device_type} and {labels.device_type}."
            );
        }
    }

    private void CheckValues(Tensor labels, long classes)
    {
        if (labels.device_type != TorchSharp.DeviceType.CPU || labels.numel() == 0)
        {
            return;
        }
        if (labels.min().item<long>() >= 0 && labels.max().item<long>() < classes)
        {
            return;
        }
        var values = labels.reshape(-1).data<long>().ToArray();
        var first = Array.FindIndex(values, value => value < 0 || value >= classes);
        var (rows, columns) = (labels.shape[1], labels.shape[2]);
        throw new PatException(
            $"{GetName()} takes labels 0 to {classes - 1} or {Ignore} (ignored); received {values[first]} at image "
                + $"{first / (rows * columns)}, row {first / columns % rows}, column {first % columns}."
        );
    }

    private static string Text(long[] shape) => $"[{string.Join(',', shape)}]";
}
