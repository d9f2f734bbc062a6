using System;
using PatFramework.Core.Kernels;
using static TorchSharp.torch;

namespace PatFramework.Core.Metrics;

/// <summary>
/// Counts of a whole data set, [true class, predicted class], int64, kept on the device and downloaded once.
/// </summary>
public sealed class ConfusionMatrix : IDisposable
{
    private readonly Tensor counts;

    /// <summary>All zeros.</summary>
    /// <param name="classes">Number of classes C.</param>
    /// <param name="ignore">Pixels with this label are left out.</param>
    /// <param name="device">Where the labels will be; null for the CPU.</param>
    public ConfusionMatrix(int classes, long ignore, Device? device = null)
    {
        Classes = classes;
        Ignore = ignore;
        counts = zeros([(long)classes * classes + 1], ScalarType.Int64, device).DetachFromDisposeScope();
    }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>The label that is left out.</summary>
    public long Ignore { get; }

    /// <summary>Counts the most probable class of each pixel.</summary>
    /// <param name="logits">[N,C,H,W].</param>
    /// <param name="labels">[N,H,W], int64.</param>
    /// <exception cref="PatException">A wrong shape, type or value.</exception>
    public void AddLogits(Tensor logits, Tensor labels)
    {
        if (logits.shape.Length != 4 || logits.shape[1] != Classes)
        {
            throw new PatException(
                $"The confusion matrix of {Classes} classes takes logits [N,{Classes},H,W]; received [{string.Join(',', logits.shape)}]."
            );
        }
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Add(logits.argmax(1), labels);
    }

    /// <summary>Counts predictions against labels.</summary>
    /// <param name="predictions">int64, 0…C−1, any shape.</param>
    /// <param name="labels">int64, 0…C−1 or the ignored one, the same shape.</param>
    /// <exception cref="PatException">Shapes that differ, another type, or (on the CPU) a value outside the classes.</exception>
    public void Add(Tensor predictions, Tensor labels)
    {
        CheckShapes(predictions, labels);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var ignored = labels.eq(Ignore);
        var known = labels.masked_fill(ignored, 0);
        CheckValues("label", known);
        CheckValues("prediction", predictions);
        var cells = (known * Classes + predictions).masked_fill(ignored, (long)Classes * Classes);
        Counting.Add(counts, cells);
    }

    /// <summary>The counts: [true class, predicted class].</summary>
    public long[,] ToMatrix()
    {
        using var scope = NewDisposeScope();
        var flat = counts.cpu().data<long>().ToArray();
        var matrix = new long[Classes, Classes];
        Buffer.BlockCopy(flat, 0, matrix, 0, Classes * Classes * sizeof(long));
        return matrix;
    }

    /// <summary>Everything derived from the counts.</summary>
    public SegmentationScores Scores() => SegmentationScores.Of(ToMatrix());

    /// <inheritdoc/>
    public void Dispose() => counts.Dispose();

    private static void CheckShapes(Tensor predictions, Tensor labels)
    {
        if (!predictions.shape.AsSpan().SequenceEqual(labels.shape))
        {
            throw new PatException(
                $"The confusion matrix takes predictions and labels of one shape; received [{string.Join(',', predictions.shape)}] "
                    + $"and [{string.Join(',', labels.shape)}]."
            );
        }
        if (predictions.dtype != ScalarType.Int64 || labels.dtype != ScalarType.Int64)
        {
            throw new PatException(
                $"The confusion matrix takes int64 predictions and labels; received {predictions.dtype} and {labels.dtype}."
            );
        }
    }

    private void CheckValues(string what, Tensor values)
    {
        if (values.device_type != TorchSharp.DeviceType.CPU || values.numel() == 0)
        {
            return;
        }
        var (lowest, highest) = (values.min().item<long>(), values.max().item<long>());
        if (lowest < 0 || highest >= Classes)
        {
            throw new PatException(
                $"The confusion matrix takes classes 0 to {Classes - 1} (labels also {Ignore}, ignored); received the {what} "
                    + $"{(lowest < 0 ? lowest : highest)}."
            );
        }
    }
}
