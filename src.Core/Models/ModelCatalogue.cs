using System;
using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Models.AttentionUnet;
using PatFramework.Core.Models.DeepLab;
using PatFramework.Core.Models.Encoders;
using PatFramework.Core.Models.Unet;
using PatFramework.Core.Models.UnetPlusPlus;
using PatFramework.Losses;
using static PatFramework.Core.Models.ModelKeys;

namespace PatFramework.Core.Models;

/// <summary>Every architecture; a new one is an entry here and a folder beside this file.</summary>
public static class ModelCatalogue
{
    private static readonly ModelKey[] Shared = [Head, Scale, Checkpoint];

    /// <summary>The architectures, in the order of <c>pat model list</c>.</summary>
    public static IReadOnlyList<ModelEntry> Entries { get; } =
    [
        new(
            "unet",
            "U-Net with batch normalisation (Ronneberger et al. 2015), the PAT authors' variant; over a ResNet, smp's",
            [Features, Width, Depth, ChannelDropout, .. Shared],
            given =>
                EncoderName(given) is var name && name == EncoderKinds.Plain
                    ? new UNet(given.Classes, given.InputChannels, WidthOf(given), DepthOf(given), given.Options())
                    : OverResNet(given, name, gated: false)
        ),
        new(
            "attunet",
            "Attention U-Net, additive gates (Oktay et al. 2018), the PAT authors' variant; over a ResNet, smp's U-Net with gates",
            [Features, Width, Depth, ChannelDropout, .. Shared],
            given =>
                EncoderName(given) is var name && name == EncoderKinds.Plain
                    ? new AttentionUNet(
                        given.Classes,
                        given.InputChannels,
                        WidthOf(given),
                        DepthOf(given),
                        given.Options()
                    )
                    : OverResNet(given, name, gated: true)
        ),
        new(
            "unetpp",
            "UNet++, nested skip connections (Zhou et al. 2018); over a ResNet, smp's",
            [
                Features,
                Width,
                Depth,
                new("deepSupervision", "false", "true: a head on every full-resolution node; with encoder=plain"),
                ChannelDropout,
                .. Shared,
            ],
            NestedUNet
        ),
        new(
            "segnet",
            "SegNet, VGG-16 mirrored, pooling indices (Badrinarayanan et al. 2017); logits without the ReLU of the PAT authors' code",
            [new("width", "64", "channels of the first level; VGG-16's 64"), ChannelDropout, .. Shared],
            given => new SegNet.SegNet(
                given.Classes,
                given.InputChannels,
                given.WholeNumber("width", 1, 1024),
                given.Options()
            )
        ),
        new(
            "deeplabv3",
            "DeepLabV3, atrous pyramid 12/24/36 with image pooling (Chen et al. 2017); torchvision's names",
            [
                Features,
                OutputStride(8),
                Width,
                Pyramid,
                new("aux", "false", "true: an auxiliary head on the encoder's last map but one, half its loss added"),
                PyramidDropout,
                .. Shared,
            ],
            given => new DeepLabV3(
                given.Classes,
                DilatedEncoder(given, DilationStyle.FirstBlockKeeps),
                given.InputChannels,
                given.WholeNumber(Pyramid.Name, 1, 4096),
                given.Flag("aux"),
                given.Options()
            )
        ),
        new(
            "deeplabv3plus",
            "DeepLabV3+, a decoder with low-level features (Chen et al. 2018); smp's names",
            [Features, OutputStride(16), Width, Pyramid, PyramidDropout, .. Shared],
            given => new DeepLabV3Plus(
                given.Classes,
                DilatedEncoder(given, DilationStyle.WholeStage),
                given.InputChannels,
                given.WholeNumber(Pyramid.Name, 1, 4096),
                given.Options()
            )
        ),
    ];

    /// <summary>The entry of a name.</summary>
    /// <param name="name">E.g. <c>unet</c>.</param>
    /// <exception cref="PatException">An unknown name; the message lists the known ones.</exception>
    public static ModelEntry Find(string name) =>
        Entries.FirstOrDefault(entry => entry.Name == name)
        ?? throw new PatException(Spelling.unknown("model", name, Entries.Select(entry => entry.Name)));

    /// <summary>Builds an architecture.</summary>
    /// <param name="name">E.g. <c>unet</c>.</param>
    /// <param name="keys">Values of its keys; a key left out takes its default.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <exception cref="PatException">An unknown name or key, or a value out of range.</exception>
    public static SegmentationModel Create(
        string name,
        IReadOnlyDictionary<string, string> keys,
        int classes,
        int inputChannels = 3
    )
    {
        var entry = Find(name);
        var unknown = keys.Keys.FirstOrDefault(key => entry.Keys.All(known => known.Name != key));
        if (unknown is not null)
        {
            throw new PatException(Spelling.unknown($"key of {name}", unknown, entry.Keys.Select(key => key.Name)));
        }
        var values = entry.Keys.ToDictionary(
            key => key.Name,
            key => keys.TryGetValue(key.Name, out var value) ? value : key.Default,
            StringComparer.Ordinal
        );
        return entry.Build(new ModelArguments(name, values, keys.Keys.ToHashSet(), classes, inputChannels));
    }

    private static string EncoderName(ModelArguments given) => given.Choice(Features.Name, EncoderKinds.Names);

    private static int WidthOf(ModelArguments given) =>
        given.Spelled.Contains(Width.Name)
            ? given.WholeNumber(Width.Name, 1, 4096)
            : EncoderKinds.DefaultWidth(EncoderName(given));

    private static int DepthOf(ModelArguments given) => given.WholeNumber(Depth.Name, 1, 12);

    private static EncoderUNet OverResNet(ModelArguments given, string name, bool gated)
    {
        OnlyPlain(given, Depth.Name);
        return new EncoderUNet(
            given.Classes,
            WholeEncoder(given, name),
            given.InputChannels,
            WidthOf(given),
            gated,
            given.Options()
        );
    }

    private static SegmentationModel NestedUNet(ModelArguments given)
    {
        var name = EncoderName(given);
        if (name == EncoderKinds.Plain)
        {
            return new UNetPlusPlus(
                given.Classes,
                given.InputChannels,
                WidthOf(given),
                DepthOf(given),
                given.Flag("deepSupervision"),
                given.Options()
            );
        }
        OnlyPlain(given, Depth.Name, "deepSupervision");
        return new EncoderUNetPlusPlus(
            given.Classes,
            WholeEncoder(given, name),
            given.InputChannels,
            WidthOf(given),
            given.Options()
        );
    }

    private static Encoder WholeEncoder(ModelArguments given, string name) =>
        EncoderKinds.Create(
            name,
            given.InputChannels,
            WidthOf(given),
            outputStride: 32,
            DilationStyle.FirstBlockKeeps,
            given.Options().Checkpoint
        );

    private static Encoder DilatedEncoder(ModelArguments given, DilationStyle style) =>
        EncoderKinds.Create(
            EncoderName(given),
            given.InputChannels,
            WidthOf(given),
            given.OneOf("outputStride", 8, 16),
            style,
            given.Options().Checkpoint
        );

    private static void OnlyPlain(ModelArguments given, params string[] keys)
    {
        if (keys.FirstOrDefault(given.Spelled.Contains) is { } key)
        {
            throw new PatException($"{given.Model}: {key} belongs to encoder={EncoderKinds.Plain}; leave it out.");
        }
    }
}
