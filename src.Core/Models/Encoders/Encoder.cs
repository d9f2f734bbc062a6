using System.Collections.Generic;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.Encoders;

/// <summary>The part of a network that turns an image into feature maps of falling resolution.</summary>
public abstract class Encoder : nn.Module<Tensor, Tensor[]>
{
    /// <summary>Names the encoder and what it gives.</summary>
    /// <param name="name">The type's name.</param>
    /// <param name="channels">Channels of each feature map, finest first.</param>
    /// <param name="strides">Factor between the image's resolution and each map's.</param>
    protected Encoder(string name, IReadOnlyList<long> channels, IReadOnlyList<int> strides)
        : base(name)
    {
        (Channels, Strides) = (channels, strides);
    }

    /// <summary>Channels of each feature map, finest first.</summary>
    public IReadOnlyList<long> Channels { get; }

    /// <summary>Factor between the image's resolution and each map's; dilation keeps it where it would grow.</summary>
    public IReadOnlyList<int> Strides { get; }

    /// <summary>Smallest height and width of an image, in pixels.</summary>
    public abstract int MinimumSize { get; }

    /// <summary>The coarsest map's side for an image's.</summary>
    /// <param name="side">Height or width of the image, in pixels.</param>
    public abstract long CoarsestSide(long side);
}
