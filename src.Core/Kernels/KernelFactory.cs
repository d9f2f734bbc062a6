using System;
using PatFramework.Losses;

namespace PatFramework.Core.Kernels;

/// <summary>From what a loss is to what computes it.</summary>
public static class KernelFactory
{
    /// <summary>The ignored label where neither the loss nor the data set says one.</summary>
    public const long DefaultIgnore = 255;

    /// <summary>A kernel made of tensor operations, with autograd.</summary>
    /// <param name="definition">What to compute.</param>
    /// <param name="ignore">The data set's ignored label; the definition's own, if it has one, goes first.</param>
    /// <exception cref="PatException">A part that has no composed kernel.</exception>
    public static LossKernel Composed(LossDefinition definition, long ignore = DefaultIgnore) =>
        definition switch
        {
            LossDefinition.Softmax softmax => Composed(softmax.Item, ignore),
            LossDefinition.Sigmoid => throw NoKernel("sigmoid losses (bce, balanced-sigmoid, eql, eqlv2, gol)"),
            LossDefinition.Region => throw NoKernel("region losses (dice, jaccard, tversky, lovasz and their kin)"),
            _ => throw NoKernel("weighted sums"),
        };

    private static PatException NoKernel(string family) =>
        new($"There is no kernel yet for {family}: choose a softmax loss, such as ce, focal or pat:temperature=20.");

    /// <inheritdoc cref="Composed(LossDefinition, long)"/>
    public static LossKernel Composed(SoftmaxLoss definition, long ignore = DefaultIgnore)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return new ComposedSoftmaxLoss(definition, definition.Ignore?.Value ?? ignore);
    }
}
