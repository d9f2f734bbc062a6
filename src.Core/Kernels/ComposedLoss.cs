using System;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>
/// A loss from tensor operations with autograd. Here is what all of them need: logits of a type that is computed in, ignored
/// pixels made harmless, and label values that are classes.
/// </summary>
public abstract class ComposedLoss : LossKernel
{
    /// <inheritdoc/>
    protected ComposedLoss(string name, long ignore)
        : base(name, ignore) { }

    /// <inheritdoc/>
    protected sealed override Tensor Compute(Tensor logits, Tensor labels)
    {
        var given = labels.dtype == ScalarType.Int64 ? labels : labels.to(ScalarType.Int64);
        var ignored = given.eq(Ignore);
        var classes = given.masked_fill(ignored, 0);
        CheckValues(classes, logits.shape[1]);
        return Loss(Widened(logits).masked_fill(ignored.unsqueeze(1), 0), classes, ignored);
    }

    /// <summary>The loss; shapes, types and label values are right.</summary>
    /// <param name="logits">[N,C,H,W], float32 or float64; 0 where ignored, whatever was there.</param>
    /// <param name="labels">[N,H,W], int64 in 0…C−1; 0 where ignored.</param>
    /// <param name="ignored">[N,H,W], bool.</param>
    protected abstract Tensor Loss(Tensor logits, Tensor labels, Tensor ignored);

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
        throw LabelOutOfRange(values[first], first, labels.shape, classes);
    }
}
