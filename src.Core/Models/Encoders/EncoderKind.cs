using System.Collections.Generic;

namespace PatFramework.Core.Models.Encoders;

/// <summary>The encoders, as <c>encoder=</c> spells them.</summary>
public static class EncoderKinds
{
    /// <summary>Two 3×3 convolutions a level, trained from scratch.</summary>
    public const string Plain = "plain";

    /// <summary>Every name.</summary>
    public static IReadOnlyList<string> Names { get; } = [Plain, "resnet18", "resnet34", "resnet50", "resnet101"];

    /// <summary>The first level's width where none is given: torchvision's 64, and 32 for the plain one.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static int DefaultWidth(string name) => name == Plain ? 32 : 64;

    /// <summary>Builds an encoder.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="width">Channels of its first level.</param>
    /// <param name="outputStride">Largest factor between the image's resolution and a map's: 8, 16 or 32.</param>
    /// <param name="dilation">How a ResNet keeps the resolution.</param>
    /// <param name="checkpoint">Whether blocks are recomputed in the backward pass.</param>
    public static Encoder Create(
        string name,
        int inputChannels,
        int width,
        int outputStride,
        DilationStyle dilation,
        bool checkpoint
    ) =>
        name switch
        {
            Plain => new PlainEncoder(inputChannels, width, outputStride, checkpoint),
            "resnet18" => new ResNet([2, 2, 2, 2], false, inputChannels, width, outputStride, dilation, checkpoint),
            "resnet34" => new ResNet([3, 4, 6, 3], false, inputChannels, width, outputStride, dilation, checkpoint),
            "resnet50" => new ResNet([3, 4, 6, 3], true, inputChannels, width, outputStride, dilation, checkpoint),
            "resnet101" => new ResNet([3, 4, 23, 3], true, inputChannels, width, outputStride, dilation, checkpoint),
            _ => throw new PatException($"'{name}' is no encoder: give one of {string.Join(", ", Names)}."),
        };
}
