using PatFramework.Core.Native;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>
/// A loss from libpat_kernels: value and gradient in one pass over the logits, on the CPU or a CUDA device. The gradient is
/// computed only where one is wanted, and <c>backward</c> only scales it. That of float16 logits is float32 until then, so that
/// a loss can be scaled for gradients that float16 would lose.
/// </summary>
/// <remarks>
/// Results are the same from run to run and for every number of threads, bit for bit. Fused losses can be differentiated
/// once; composed ones can be differentiated again. On a CUDA device nothing waits: a wrong label makes the loss NaN and the
/// gradient 0, and the next call, or <see cref="FusedKernels.ThrowIfReported"/>, says which it was.
/// </remarks>
public abstract class FusedLoss : LossKernel
{
    /// <inheritdoc/>
    protected FusedLoss(string name, long ignore)
        : base(name, ignore) { }

    /// <summary>The numbers of a fused loss go with its launch, where a captured one keeps them; its memory and draws would stand still.</summary>
    private protected override string? Obstacle => State is { IsFixed: false } ? "this one draws or remembers" : null;

    /// <summary>What it remembers and draws; null where there is no such thing.</summary>
    private protected virtual LossState? State => null;

    /// <inheritdoc/>
    protected sealed override Tensor Compute(Tensor logits, Tensor labels) =>
        Fused(Upsampling == Upsampling.None ? logits : Widened(logits), labels);

    /// <summary>The number of <see cref="Upsampling"/> in pat_kernels.h, for kernels that upsample themselves.</summary>
    private protected int Resolution => Upsamples ? (int)Upsampling : (int)Upsampling.None;

    /// <summary>The loss; shapes, types and devices are right.</summary>
    /// <param name="logits">[N,C,H,W], float32, float64, bfloat16 or float16.</param>
    /// <param name="labels">[N,H,W], int64 or uint8.</param>
    protected abstract Tensor Fused(Tensor logits, Tensor labels);

    /// <summary>The tensor that a native call made, or the error that its status stands for.</summary>
    private protected Tensor Result(int status, nint result, PatKernels.WrongLabel wrong, Tensor labels, long classes)
    {
        switch (status)
        {
            case PatKernels.WrongLabelStatus:
                throw LabelOutOfRange(wrong.Label, wrong.Index, labels.shape, classes);
            case PatKernels.ImpossibleLabelStatus:
                throw LabelNeverCounted(wrong.Label);
            default:
                PatTorch.Check(status);
                return Tensor.UnsafeCreateTensor(result);
        }
    }
}
