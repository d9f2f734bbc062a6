using System;
using System.Linq;
using PatFramework.Losses;

namespace PatFramework.Core.Kernels;

/// <summary>From what a loss is to what computes it.</summary>
public static class KernelFactory
{
    /// <summary>The ignored label where neither the loss nor the data set says one.</summary>
    public const long DefaultIgnore = 255;

    /// <summary>The fastest kernel for a device: fused on the CPU and, where its code was built, on CUDA; composed elsewhere.</summary>
    /// <param name="definition">What to compute, with the class counts that it needs.</param>
    /// <param name="device">Where the logits will be.</param>
    /// <param name="ignore">The data set's ignored label; the definition's own, if it has one, goes first.</param>
    /// <param name="seed">Decides what is drawn, where the loss has a random part that is not given.</param>
    /// <exception cref="PatException">Missing counts.</exception>
    public static LossKernel For(
        LossDefinition definition,
        TorchSharp.DeviceType device,
        long ignore = DefaultIgnore,
        long seed = 0
    )
    {
        var isFused =
            device == TorchSharp.DeviceType.CPU || (device == TorchSharp.DeviceType.CUDA && FusedKernels.HaveGpuCode);
        return isFused ? Fused(definition, ignore, seed) : Composed(definition, ignore, seed);
    }

    /// <summary>A kernel made of tensor operations, with autograd.</summary>
    /// <param name="definition">What to compute, with the class counts that it needs.</param>
    /// <param name="ignore">The data set's ignored label; the definition's own, if it has one, goes first.</param>
    /// <param name="seed">Decides what is drawn, where the loss has a random part that is not given.</param>
    /// <exception cref="PatException">Missing counts.</exception>
    public static LossKernel Composed(LossDefinition definition, long ignore = DefaultIgnore, long seed = 0) =>
        definition switch
        {
            LossDefinition.Softmax softmax => Composed(softmax.Item, ignore, seed),
            LossDefinition.Sigmoid sigmoid => new ComposedSigmoidLoss(
                sigmoid.Item,
                sigmoid.Item.Ignore?.Value ?? ignore
            ),
            LossDefinition.Region region => new ComposedRegionLoss(region.Item, region.Item.Ignore?.Value ?? ignore),
            LossDefinition.WeightedSum sum => new WeightedLoss(
                [.. sum.Item.Select((term, i) => (term.Item1, Composed(term.Item2, ignore, seed + i)))],
                ignore
            ),
            _ => throw new ArgumentException($"There is no kernel for {definition}.", nameof(definition)),
        };

    /// <summary>A kernel that makes value and gradient in one pass over the logits, on the CPU or a CUDA device.</summary>
    /// <inheritdoc cref="Composed(LossDefinition, long, long)"/>
    public static LossKernel Fused(LossDefinition definition, long ignore = DefaultIgnore, long seed = 0) =>
        Fused(definition, ignore, seed, factor: 1);

    private static LossKernel Fused(LossDefinition definition, long ignore, long seed, double factor) =>
        definition switch
        {
            LossDefinition.Softmax softmax => new FusedSoftmaxLoss(
                softmax.Item,
                softmax.Item.Ignore?.Value ?? ignore,
                seed,
                factor
            ),
            LossDefinition.Sigmoid sigmoid => new FusedSigmoidLoss(
                sigmoid.Item,
                sigmoid.Item.Ignore?.Value ?? ignore,
                factor
            ),
            LossDefinition.Region region => new FusedRegionLoss(
                region.Item,
                region.Item.Ignore?.Value ?? ignore,
                factor
            ),
            // Each term makes its gradient with its factor, so that autograd has nothing left to scale.
            LossDefinition.WeightedSum sum => new WeightedLoss(
                [.. sum.Item.Select((term, i) => (1.0, Fused(term.Item2, ignore, seed + i, factor * term.Item1)))],
                ignore
            ),
            _ => throw new ArgumentException($"There is no kernel for {definition}.", nameof(definition)),
        };

    /// <inheritdoc cref="Composed(LossDefinition, long, long)"/>
    public static LossKernel Composed(SoftmaxLoss definition, long ignore = DefaultIgnore, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return new ComposedSoftmaxLoss(definition, definition.Ignore?.Value ?? ignore, seed);
    }
}
