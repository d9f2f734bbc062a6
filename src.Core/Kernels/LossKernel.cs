using System.Linq;
using PatFramework.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>
/// What every kernel promises: logits [N,C,H,W] and labels [N,H,W] (int64 or uint8) in, a scalar out, ignored pixels
/// without influence, and 0 with a zero gradient where nothing is valid.
/// </summary>
/// <remarks>
/// bfloat16 and float16 logits are computed in float32; float32 and float64 stay. Shapes, types and devices are always checked
/// before the first native call. Label values are checked on the CPU; on a GPU the check would wait for the device at every
/// step, so there an out-of-range label is left to the device's own assertion.
/// </remarks>
public abstract class LossKernel : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>Names the kernel and the label that counts for nothing.</summary>
    /// <param name="name">What messages call the kernel.</param>
    /// <param name="ignore">The ignored label, any value, usually outside the classes.</param>
    protected LossKernel(string name, long ignore)
        : base(name)
    {
        Ignore = ignore;
    }

    /// <summary>The label that counts for nothing.</summary>
    public long Ignore { get; }

    /// <summary>
    /// Whether a logit that is NaN or infinite is refused by its place and value, which waits for the device; else it goes on
    /// into the loss.
    /// </summary>
    public bool RefusesNonFinite { get; set; }

    /// <summary>
    /// Why a captured step would not compute this loss when it is replayed: half a sentence with what to do instead; null where it would.
    /// </summary>
    internal string? ObstacleToCapture =>
        RefusesNonFinite ? "--debug looks at its logits: leave --debug out" : Obstacle;

    /// <summary>What of the kernel stands in the way of a capture; null where nothing does.</summary>
    private protected virtual string? Obstacle =>
        "a composed one is not: build with the fused losses' device code (docs/gpu.md)";

    /// <summary>
    /// How logits of another resolution than the labels' come to it. Where a kernel can, it does so on the way, and neither
    /// the upsampled logits nor their gradient ever exist in memory.
    /// </summary>
    public virtual Upsampling Upsampling { get; set; }

    /// <summary>The loss of a batch.</summary>
    /// <param name="input1">Logits [N,C,H,W], floating point; of any height and width with <see cref="Upsampling"/>.</param>
    /// <param name="input2">Labels [N,H,W], int64 or uint8, 0…C−1 or the ignored one, on the logits' device.</param>
    /// <returns>A scalar, float32, or float64 for float64 logits.</returns>
    /// <exception cref="PatException">A wrong shape, type, device or label value.</exception>
    public sealed override Tensor forward(Tensor input1, Tensor input2)
    {
        CheckShapes(input1.shape, input2.shape);
        CheckTypes(input1, input2);
        if (RefusesNonFinite)
        {
            NonFinite.Refuse(input1);
        }
        using var scope = NewDisposeScope();
        var upsampled = Upsampling == Upsampling.None || Upsamples;
        return Compute(upsampled ? input1 : Upsampled(input1, input2), input2).MoveToOuterDisposeScope();
    }

    /// <summary>Whether <see cref="Compute"/> itself upsamples the logits that it is given.</summary>
    protected virtual bool Upsamples => false;

    private Tensor Upsampled(Tensor logits, Tensor labels) =>
        nn.functional.interpolate(
            Widened(logits),
            [labels.shape[1], labels.shape[2]],
            mode: InterpolationMode.Bilinear,
            align_corners: Upsampling == Upsampling.BilinearAlignCorners
        );

    /// <summary>The loss, in a dispose scope; shapes, types and devices are right, label values are not checked.</summary>
    /// <param name="logits">[N,C,H,W] as given, any floating-point type and layout.</param>
    /// <param name="labels">[N,H,W] as given, int64 or uint8.</param>
    /// <returns>A scalar, float32, or float64 for float64 logits.</returns>
    protected abstract Tensor Compute(Tensor logits, Tensor labels);

    /// <summary>Logits in the type that they are computed in: float64 stays, all others are float32.</summary>
    protected static Tensor Widened(Tensor logits) =>
        logits.dtype is ScalarType.Float32 or ScalarType.Float64 ? logits : logits.to(ScalarType.Float32);

    /// <summary>The error for the first label that is neither a class nor ignored.</summary>
    /// <param name="value">The label.</param>
    /// <param name="index">Its index in the labels, flat in row-major order.</param>
    /// <param name="shape">The labels' shape [N,H,W].</param>
    /// <param name="classes">C.</param>
    protected PatException LabelOutOfRange(long value, long index, long[] shape, long classes)
    {
        var (rows, columns) = (shape[1], shape[2]);
        return new PatException(
            $"{GetName()} takes labels 0 to {classes - 1} or {Ignore} (ignored); received {value} at image "
                + $"{index / (rows * columns)}, row {index / columns % rows}, column {index % columns}."
        );
    }

    /// <summary>The error for a label that the class counts rule out (a prior of 0).</summary>
    protected PatException LabelNeverCounted(long label) => new($"{GetName()}: {NeverCounted(label)}");

    /// <summary>What is wrong with a label that the class counts rule out.</summary>
    internal static string NeverCounted(long label) =>
        $"label {label} occurs, but the class counts say that it never does: count the classes of the data that these labels are from.";

    /// <summary>Throws where a loss needs class counts and was given none.</summary>
    protected void RequireCounts(bool needed, Given given)
    {
        if (needed && given.Counts is null)
        {
            throw new PatException(
                $"{GetName()}: this loss needs the pixels of each class in the training set, and was given none."
            );
        }
    }

    /// <summary>Throws unless what the loss was told fits logits of this shape.</summary>
    /// <param name="given">Counts and ratios [C], the variation flat as [N,C,H,W].</param>
    /// <param name="logits">The logits' shape.</param>
    protected void CheckGiven(Given given, long[] logits)
    {
        Fits(given.Counts?.Value.LongLength, logits[1], "counts of {0} classes; the logits have {1}");
        Fits(given.Ratios?.Value.LongLength, logits[1], "gradient ratios of {0} classes; the logits have {1}");
        var elements = logits.Aggregate(1L, (product, size) => product * size);
        Fits(given.Variation?.Value.LongLength, elements, "variation of {0} logits; there are {1}");
    }

    private void Fits(long? received, long needed, string sentence)
    {
        if (received is { } length && length != needed)
        {
            throw new PatException($"{GetName()} was given the {string.Format(null, sentence, length, needed)}.");
        }
    }

    private void CheckShapes(long[] z, long[] y)
    {
        if (z.Length != 4 || z[1] < 1)
        {
            throw new PatException($"{GetName()} takes logits [N,C,H,W]; received {Text(z)}.");
        }
        var sameSize = y.Length == 3 && y[1] == z[2] && y[2] == z[3];
        if (y.Length != 3 || y[0] != z[0] || (!sameSize && Upsampling == Upsampling.None))
        {
            throw new PatException(
                $"{GetName()} takes labels [{z[0]},{z[2]},{z[3]}] with logits {Text(z)}; received labels {Text(y)}."
            );
        }
        if (!sameSize && z[2] * z[3] == 0)
        {
            throw new PatException($"{GetName()} can't upsample logits {Text(z)} to labels {Text(y)}: there are none.");
        }
    }

    private void CheckTypes(Tensor logits, Tensor labels)
    {
        if (logits.dtype is not (ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16 or ScalarType.Float16))
        {
            throw new PatException($"{GetName()} takes floating-point logits; received {logits.dtype}.");
        }
        if (labels.dtype is not (ScalarType.Int64 or ScalarType.Byte))
        {
            throw new PatException(
                $"{GetName()} takes int64 or uint8 labels; received {labels.dtype}: convert them with "
                    + "labels.to(ScalarType.Int64)."
            );
        }
        if (logits.device.ToString() != labels.device.ToString())
        {
            throw new PatException(
                $"{GetName()} takes logits and labels on one device; received {logits.device} and {labels.device}."
            );
        }
    }

    private static string Text(long[] shape) => $"[{string.Join(',', shape)}]";
}
