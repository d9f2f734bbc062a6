using System;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.SegNet;

/// <summary>Puts what max-pooling took back to where it was, zeros elsewhere.</summary>
public static class MaxUnpooling
{
    /// <summary>Unpools; windows that did not overlap leave each place at most once.</summary>
    /// <param name="features">[N,C,h,w].</param>
    /// <param name="places">int64 [N,C,h,w]: row · W + column of each value in the plane that was pooled.</param>
    /// <param name="height">Rows H of that plane.</param>
    /// <param name="width">Columns W of that plane.</param>
    /// <returns>[N,C,H,W], channels last in memory, as the features are in training.</returns>
    public static Tensor Unpool(Tensor features, Tensor places, long height, long width)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(places);
        var (images, channels) = (features.shape[0], features.shape[1]);
        Tensor Rows(Tensor planes) => planes.permute(0, 2, 3, 1).reshape(images, -1, channels);
        return zeros([images, height * width, channels], features.dtype, features.device)
            .scatter(1, Rows(places), Rows(features))
            .view(images, height, width, channels)
            .permute(0, 3, 1, 2);
    }
}
