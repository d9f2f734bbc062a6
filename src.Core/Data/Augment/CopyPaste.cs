using System;
using System.Collections.Generic;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Data;

/// <summary>
/// Pastes all pixels of one class of one image onto another of the batch, at their place (Ghiasi et al. 2021 paste objects; segments
/// of a class here). The class is drawn among those of the source image with probability in proportion to 1/π_c, so rare ones go first.
/// </summary>
public static class CopyPaste
{
    /// <summary>Pastes onto each image with a probability.</summary>
    /// <param name="images">float32 [N,3,H,W].</param>
    /// <param name="labels">int64 [N,H,W].</param>
    /// <param name="probability">The probability.</param>
    /// <param name="priors">π_c; a class with 0 is never pasted.</param>
    /// <param name="random">The draws.</param>
    public static (Tensor Images, Tensor Labels) Apply(
        Tensor images,
        Tensor labels,
        double probability,
        IReadOnlyList<double> priors,
        DeterministicRandom random
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(priors);
        ArgumentNullException.ThrowIfNull(random);
        var (count, classes) = ((int)images.shape[0], priors.Count);
        if (count < 2 || classes == 0)
        {
            return (images, labels);
        }
        var sources = new long[count];
        var active = new byte[count];
        var keys = new float[count * classes];
        for (var index = 0; index < count; index++)
        {
            active[index] = random.NextChance(probability) ? (byte)1 : (byte)0;
            sources[index] = (index + 1 + random.NextBelow(count - 1)) % count;
            for (var c = 0; c < classes; c++)
            {
                // The largest of u^(1/w) is class c with probability w_c / Σ w (Efraimidis and Spirakis 2006); in logarithms.
                var key = Math.Log(1 - random.NextUniform()) * priors[c];
                keys[index * classes + c] = priors[c] > 0 ? (float)key : float.NegativeInfinity;
            }
        }
        var device = images.device;
        var from = tensor(sources, [count], device: device);
        var (given, givenLabels) = (images.index_select(0, from), labels.index_select(0, from));
        var drawn = tensor(keys, [count, classes], device: device);
        var chosen = drawn.masked_fill(Present(givenLabels, classes).logical_not(), float.NegativeInfinity);
        var isActive = tensor(active, [count, 1, 1], device: device).to_type(ScalarType.Bool);
        var (best, which) = chosen.max(1);
        var usable = best.isfinite().view(count, 1, 1).logical_and(isActive);
        var pasted = givenLabels.eq(which.view(count, 1, 1)).logical_and(usable);
        return (where(pasted.unsqueeze(1), given, images), where(pasted, givenLabels, labels));
    }

    /// <summary>Which classes occur in each image, bool [N,C].</summary>
    private static Tensor Present(Tensor labels, int classes)
    {
        var count = labels.shape[0];
        var flat = labels.reshape(count, -1);
        var bins = flat.masked_fill(flat.lt(0).logical_or(flat.ge(classes)), classes);
        var counts = zeros([count, classes + 1], ScalarType.Int64, labels.device);
        return counts.scatter_add_(1, bins, ones_like(bins)).narrow(1, 0, classes).gt(0);
    }
}
