using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PatFramework.Core.Data;

/// <summary>Which samples make up a split of Oxford-IIIT Pet.</summary>
public enum PetSplits
{
    /// <summary>The lists of the data set: trainval (also called train) and test.</summary>
    Official,

    /// <summary>train, val and test: 80, 10 and 10 % of all samples at random, as the PAT paper describes.</summary>
    Paper,

    /// <summary>train: trainval and 80 % of test at random; val and test: 10 % of test each, as the PAT authors' code splits.</summary>
    Authors,
}

/// <summary>How Oxford-IIIT Pet is split.</summary>
/// <param name="Splits">The rule.</param>
/// <param name="Seed">The seed of the random rules; the authors' own draws can't be repeated.</param>
public sealed record OxfordPetOptions(PetSplits Splits = PetSplits.Official, ulong Seed = 0);

/// <summary>
/// Oxford-IIIT Pet as it is distributed: <c>images/NAME.jpg</c>, <c>annotations/trimaps/NAME.png</c> (1, 2, 3 are pet, background,
/// border in every file), <c>annotations/trainval.txt</c> and <c>test.txt</c>. Parkhi et al., Cats and Dogs, 2012.
/// </summary>
public static class OxfordPet
{
    /// <summary>The ignored label, which no file of the data set holds.</summary>
    public const byte Ignored = 255;

    private const string Train = "train";
    private const string Trainval = "trainval";
    private const string Val = "val";
    private const string Test = "test";
    private static readonly string Trimaps = Path.Combine("annotations", "trimaps");

    private static readonly LabelMap Map = new(
        "a trimap holds 1 (pet), 2 (background) and 3 (border)",
        [(1, 0), (2, 1), (3, 2)]
    );

    /// <summary>Pet, background and border.</summary>
    public static IReadOnlyList<ClassInfo> Classes { get; } =
    [new("pet", 230, 159, 0), new("background", 86, 180, 233), new("border", 240, 240, 240)];

    /// <summary>Opens one split.</summary>
    /// <exception cref="PatException">The tree is another or incomplete, the split is unknown, or a list names a file that is missing.</exception>
    public static ISegmentationDataset Open(string directory, OxfordPetOptions options, string split)
    {
        ArgumentNullException.ThrowIfNull(options);
        const string expected =
            "images/ from images.tar.gz, and annotations/trimaps/, annotations/trainval.txt and annotations/test.txt from annotations.tar.gz";
        Layout.Require(directory, "an Oxford-IIIT Pet", expected, "images", "annotations", Trimaps);
        if (!(options.Splits == PetSplits.Official && split == Train))
        {
            Layout.RequireSplit(directory, split, Splits(options));
        }
        List<FilePair> pairs =
        [
            .. Names(directory, options, split).Order(StringComparer.Ordinal).Select(name => Pair(directory, name)),
        ];
        return pairs.Count == 0
            ? throw new PatException($"The split '{split}' of {directory} is empty: its list names too few samples.")
            : new PairedFiles(
                $"oxfordpet:{directory} ({split})",
                Classes,
                Ignored,
                [.. pairs],
                new SampleReader(Codecs.ReadImage, Map.Read)
            );
    }

    /// <summary>The splits of a rule.</summary>
    public static IReadOnlyList<string> Splits(OxfordPetOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Splits == PetSplits.Official ? [Trainval, Test] : [Train, Val, Test];
    }

    private static IEnumerable<string> Names(string directory, OxfordPetOptions options, string split)
    {
        IReadOnlyList<string> List(string list) => PetList.Read(directory, list);
        if (options.Splits == PetSplits.Official)
        {
            return List(split == Train ? Trainval : split);
        }
        var trainval = List(Trainval);
        var test = List(Test);
        if (trainval.Intersect(test).FirstOrDefault() is { } both)
        {
            throw new PatException(
                $"{both} stands in both annotations/trainval.txt and annotations/test.txt of {directory}: take the original lists."
            );
        }
        var part = Splits(options).ToList().IndexOf(split);
        return options.Splits == PetSplits.Paper ? PetList.Part([.. trainval, .. test], options.Seed, part)
            : part == 0 ? trainval.Concat(PetList.Part(test, options.Seed, part))
            : PetList.Part(test, options.Seed, part);
    }

    private static FilePair Pair(string directory, string name)
    {
        var pair = new FilePair(
            name,
            Path.Combine(directory, "images", name + ".jpg"),
            Path.Combine(directory, Trimaps, name + ".png")
        );
        if (!File.Exists(pair.Image))
        {
            throw new PatException(
                $"The lists in {Path.Combine(directory, "annotations")} name {name}, but {pair.Image} is missing: unpack images.tar.gz again."
            );
        }
        return File.Exists(pair.Label)
            ? pair
            : throw new PatException(
                $"The image {pair.Image} has no label: expected {pair.Label} from annotations.tar.gz."
            );
    }
}

/// <summary>The lists of Oxford-IIIT Pet and their random parts.</summary>
internal static class PetList
{
    /// <summary>The names in a list: the first word of every line that is no comment.</summary>
    public static IReadOnlyList<string> Read(string directory, string list)
    {
        var path = Path.Combine(directory, "annotations", list + ".txt");
        if (!File.Exists(path))
        {
            throw new PatException($"The list {path} is missing: unpack annotations.tar.gz again.");
        }
        List<string> names =
        [
            .. File.ReadLines(path)
                .Where(line => !string.IsNullOrWhiteSpace(line) && !line.StartsWith('#'))
                .Select(line => line.Trim().Split(' ')[0]),
        ];
        if (names.Count == 0)
        {
            throw new PatException($"The list {path} names no samples: unpack annotations.tar.gz again.");
        }
        return names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new PatException($"The list {path} names {twice.Key} twice: keep one of the lines.")
            : names;
    }

    /// <summary>
    /// Part 0, 1 or 2 of the shuffled names: 80, 10 and 10 % rounded down, what is left over one each to the first parts, as
    /// PyTorch's random_split divides.
    /// </summary>
    public static IEnumerable<string> Part(IReadOnlyList<string> names, ulong seed, int part)
    {
        string[] shuffled = [.. names.Order(StringComparer.Ordinal)];
        new DeterministicRandom(seed).Shuffle<string>(shuffled);
        int[] sizes = [names.Count * 8 / 10, names.Count / 10, names.Count / 10];
        var left = names.Count - sizes.Sum();
        for (var index = 0; index < left; index++)
        {
            sizes[index]++;
        }
        return shuffled.Skip(sizes.Take(part).Sum()).Take(sizes[part]);
    }
}
