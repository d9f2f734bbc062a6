using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using PatFramework.Core.Data.Synth;

namespace PatFramework.Core.Data;

/// <summary>What <c>synth:key=value,…</c> sets.</summary>
/// <param name="Count">Scenes in the training split; every other split has a quarter of it, at least one.</param>
/// <param name="Height">Rows at native size.</param>
/// <param name="Width">Columns at native size.</param>
/// <param name="Seed">The seed of the scenes.</param>
public sealed record SynthOptions(int Count = 200, int Height = 240, int Width = 320, ulong Seed = 0);

/// <summary>
/// Street scenes drawn by the program: a long-tailed data set that needs no files. A scene is a function of the seed, the split
/// and its index; it is drawn at the requested size, so its labels are exact at any size.
/// </summary>
public static class SynthStreet
{
    /// <summary>The label of the thin borders around some objects.</summary>
    public const byte Ignored = 255;

    /// <summary>The splits, which share no scene.</summary>
    public static IReadOnlyList<string> Splits { get; } = ["train", "val", "test"];

    /// <summary>The twelve classes, in the order of their ids, in the colours of Cityscapes.</summary>
    public static IReadOnlyList<ClassInfo> Classes { get; } =
    [
        new("road", 128, 64, 128),
        new("building", 70, 70, 70),
        new("sky", 70, 130, 180),
        new("vegetation", 107, 142, 35),
        new("pavement", 244, 35, 232),
        new("car", 0, 0, 142),
        new("fence", 190, 153, 153),
        new("pole", 153, 153, 153),
        new("pedestrian", 220, 20, 60),
        new("cyclist", 119, 11, 32),
        new("sign", 220, 220, 0),
        new("traffic light", 250, 170, 30),
    ];

    /// <summary>One split of the data set.</summary>
    /// <exception cref="PatException">The split is unknown or an option is out of range.</exception>
    public static ISegmentationDataset Create(SynthOptions options, string split)
    {
        ArgumentNullException.ThrowIfNull(options);
        const int least = 32;
        var number = IndexOf(split);
        if (number < 0)
        {
            throw new PatException($"synth has no split '{split}': it has {string.Join(", ", Splits)}.");
        }
        if (options.Count < 1 || options.Height < least || options.Width < least)
        {
            throw new PatException(
                $"synth cannot draw {options.Count} scenes of {options.Height}x{options.Width}: ask for at least 1 of {least}x{least}."
            );
        }
        return new Street(options, split, number);
    }

    /// <summary>Writes the train and val splits as a data set that <c>folder:DIR</c> reads.</summary>
    /// <param name="directory">Where to; made where it is missing.</param>
    /// <param name="options">Count, size and seed.</param>
    /// <param name="progress">Hears how many samples of the current split are written.</param>
    public static void Write(string directory, SynthOptions options, IProgress<int>? progress = null)
    {
        foreach (var split in (ReadOnlySpan<string>)["train", "val"])
        {
            Folder.Write(Create(options, split), directory, split, progress);
        }
    }

    private static int IndexOf(string split)
    {
        for (var index = 0; index < Splits.Count; index++)
        {
            if (Splits[index] == split)
            {
                return index;
            }
        }
        return -1;
    }

    private sealed class Street(SynthOptions options, string split, int number) : ISegmentationDataset
    {
        /// <summary>Scenes are kept for the next epoch where all of them fit into this: drawing one takes longer than decoding a file.</summary>
        private const long CacheBytes = 256 << 20;

        private readonly ConcurrentDictionary<(int Index, ImageSize Size), DecodedSample> cache = new();

        public string Name =>
            string.Create(CultureInfo.InvariantCulture, $"synth:count={options.Count},seed={options.Seed} ({split})");

        public IReadOnlyList<ClassInfo> Classes => SynthStreet.Classes;

        public byte Ignore => Ignored;

        public int Count => number == 0 ? options.Count : Math.Max(1, options.Count / 4);

        public string SampleName(int index) => string.Create(CultureInfo.InvariantCulture, $"{split}_{index:D5}");

        public DecodedSample Read(int index, ImageSize? size)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var target = size ?? new ImageSize(options.Height, options.Width);
            return 4L * Count * target.Pixels <= CacheBytes
                ? cache.GetOrAdd((index, target), _ => Draw(index, target))
                : Draw(index, target);
        }

        private DecodedSample Draw(int index, ImageSize size) =>
            StreetPainter.Paint(
                SampleName(index),
                size,
                new DeterministicRandom(options.Seed, (ulong)number, (ulong)index),
                Ignored
            );
    }
}
