using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>The valid pixels' probabilities and labels, seen from each class.</summary>
internal sealed class RegionView
{
    private static readonly long[] Pixels = [0, 2, 3];
    private readonly Tensor ignored;
    private readonly Tensor isLabel;
    private readonly Tensor errors;

    /// <summary>Looks at a batch.</summary>
    /// <param name="logits">[N,C,H,W], float32 or float64.</param>
    /// <param name="labels">[N,H,W], int64 in 0…C−1.</param>
    /// <param name="ignored">[N,H,W], bool.</param>
    public RegionView(Tensor logits, Tensor labels, Tensor ignored)
    {
        this.ignored = ignored;
        Classes = logits.shape[1];
        isLabel = Pointwise.IsLabel(labels.masked_fill(ignored, -1), Classes);
        var isMiss = isLabel.to(logits.dtype);
        var p = logits.softmax(1);
        var others = p.masked_fill(isLabel, 0);
        var alarms = others.masked_fill(ignored.unsqueeze(1), 0);
        // 1 − p_y as the sum of the other probabilities: no cancellation where p_y is near 1.
        var misses = others.sum(1, keepdim: true) * isMiss;
        errors = alarms + misses;
        Sizes = isLabel.sum(Pixels).to(logits.dtype);
        Hits = (p * isMiss).sum(Pixels);
        Misses = misses.sum(Pixels);
        Alarms = alarms.sum(Pixels);
        Present = Sizes.gt(0).to(logits.dtype);
    }

    /// <summary>C.</summary>
    public long Classes { get; }

    /// <summary>Y_c: pixels with the label c, [C].</summary>
    public Tensor Sizes { get; }

    /// <summary>1 where Y_c > 0, else 0, [C].</summary>
    public Tensor Present { get; }

    /// <summary>Σ p_c over the pixels with the label c, [C].</summary>
    public Tensor Hits { get; }

    /// <summary>Σ 1 − p_c over them, [C].</summary>
    public Tensor Misses { get; }

    /// <summary>Σ p_c over the others, [C].</summary>
    public Tensor Alarms { get; }

    /// <summary>The errors of a class in descending order, equal ones in the pixels' order and ignored pixels last as 0.</summary>
    /// <returns>1 − p_c or p_c of each pixel, [NHW], and whether its label is c, [NHW], bool.</returns>
    public (Tensor Errors, Tensor IsLabel) Sorted(long c)
    {
        var ofClass = errors.select(1, c).reshape(-1);
        var keys = ofClass.detach().masked_fill(ignored.reshape(-1), -1);
        var (_, order) = keys.sort(0, descending: true, stable: true);
        return (ofClass.index_select(0, order), isLabel.select(1, c).reshape(-1).index_select(0, order));
    }
}
