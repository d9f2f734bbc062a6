using System;
using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Models.Unet;
using PatFramework.Losses;

namespace PatFramework.Core.Models;

/// <summary>Every architecture; a new one is an entry here and a folder beside this file.</summary>
public static class ModelCatalogue
{
    /// <summary>The architectures, in the order of <c>pat model list</c>.</summary>
    public static IReadOnlyList<ModelEntry> Entries { get; } =
    [
        new(
            "unet",
            "U-Net with batch normalisation (Ronneberger et al. 2015), the PAT authors' variant",
            [
                new("width", "32", "channels of the first level, doubled at each next one"),
                new("depth", "5", "number of levels, 1 to 12; sizes from 2^(depth-1) pixels work"),
            ],
            arguments => new UNet(
                arguments.Classes,
                arguments.InputChannels,
                arguments.WholeNumber("width", 1, 4096),
                arguments.WholeNumber("depth", 1, 12)
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
        return entry.Build(new ModelArguments(name, values, classes, inputChannels));
    }
}
