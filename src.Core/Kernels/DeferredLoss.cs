using System;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>One loss up to an epoch and another from it on; what the first remembers goes over to the second.</summary>
public sealed class DeferredLoss : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly LossKernel before;
    private readonly LossKernel after;
    private readonly int fromEpoch;
    private LossKernel current;

    /// <summary>The two losses.</summary>
    /// <param name="before">The loss of the epochs before <paramref name="fromEpoch"/>; belongs to this one.</param>
    /// <param name="after">The loss from then on, with the same state; belongs to this one.</param>
    /// <param name="fromEpoch">Epochs, counted from 0.</param>
    public DeferredLoss(LossKernel before, LossKernel after, int fromEpoch)
        : base(nameof(DeferredLoss))
    {
        (this.before, this.after, this.fromEpoch, current) = (before, after, fromEpoch, before);
        register_module(nameof(before), before);
        register_module(nameof(after), after);
    }

    /// <summary>To be told before each epoch, and before what is left of it where a run is continued.</summary>
    /// <param name="epoch">The epoch, counted from 0.</param>
    /// <param name="stepsDone">Steps of it already done.</param>
    public void BeginEpoch(int epoch, int stepsDone)
    {
        if (epoch == fromEpoch && stepsDone == 0)
        {
            after.load_state_dict(before.state_dict());
        }
        current = epoch >= fromEpoch ? after : before;
    }

    /// <summary>The loss of the epoch at hand.</summary>
    /// <param name="logits">[N,C,H,W].</param>
    /// <param name="labels">[N,H,W], int64.</param>
    public override Tensor forward(Tensor logits, Tensor labels) => current.call(logits, labels);
}
