using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PatFramework.Core.Data;

/// <summary>Which annotation of Cityscapes to read.</summary>
public enum CityscapesLabels
{
    /// <summary><c>gtFine</c>: train, val and test (whose labels are dummies).</summary>
    Fine,

    /// <summary><c>gtCoarse</c>: train, train_extra and val.</summary>
    Coarse,
}

/// <summary>How Cityscapes is read.</summary>
/// <param name="Labels">Fine or coarse annotation.</param>
/// <param name="VoidIsClass">Whether void is a twentieth class, trained and scored as in the PAT authors' code, instead of ignored.</param>
public sealed record CityscapesOptions(CityscapesLabels Labels = CityscapesLabels.Fine, bool VoidIsClass = false);

/// <summary>
/// Cityscapes as it is distributed: <c>leftImg8bit/SPLIT/CITY/X_leftImg8bit.png</c> with
/// <c>gtFine/SPLIT/CITY/X_gtFine_labelIds.png</c>, ids 0 to 33 mapped to the 19 train ids. Cordts et al., The Cityscapes Dataset, 2016.
/// </summary>
public static class Cityscapes
{
    /// <summary>The label of void.</summary>
    public const byte Void = 255;

    private const string Images = "leftImg8bit";
    private const string ImageEnding = "_leftImg8bit.png";
    private const byte LargestId = 33;

    /// <summary>The labelIds of the train ids 0 to 18.</summary>
    private static readonly byte[] LabelIds =
    [
        7,
        8,
        11,
        12,
        13,
        17,
        19,
        20,
        21,
        22,
        23,
        24,
        25,
        26,
        27,
        28,
        31,
        32,
        33,
    ];

    /// <summary>The nineteen classes, in the order of their train ids, in the authors' colours.</summary>
    public static IReadOnlyList<ClassInfo> Classes { get; } =
    [
        new("road", 128, 64, 128),
        new("sidewalk", 244, 35, 232),
        new("building", 70, 70, 70),
        new("wall", 102, 102, 156),
        new("fence", 190, 153, 153),
        new("pole", 153, 153, 153),
        new("traffic light", 250, 170, 30),
        new("traffic sign", 220, 220, 0),
        new("vegetation", 107, 142, 35),
        new("terrain", 152, 251, 152),
        new("sky", 70, 130, 180),
        new("person", 220, 20, 60),
        new("rider", 255, 0, 0),
        new("car", 0, 0, 142),
        new("truck", 0, 0, 70),
        new("bus", 0, 60, 100),
        new("train", 0, 80, 100),
        new("motorcycle", 0, 0, 230),
        new("bicycle", 119, 11, 32),
    ];

    /// <summary>Opens one split.</summary>
    /// <param name="directory">The directory that holds <c>leftImg8bit</c> and <c>gtFine</c> or <c>gtCoarse</c>.</param>
    /// <param name="options">Which labels, and what becomes of void.</param>
    /// <param name="split">The split's name, such as <c>train</c>.</param>
    /// <exception cref="PatException">The tree is another or incomplete, lacks the split, or an image and its label do not pair up.</exception>
    public static ISegmentationDataset Open(string directory, CityscapesOptions options, string split)
    {
        ArgumentNullException.ThrowIfNull(options);
        var annotation = Annotation(options);
        Layout.Require(
            directory,
            "a Cityscapes",
            $"{Images}/SPLIT/CITY/ from {Images}_trainvaltest.zip beside {annotation}/SPLIT/CITY/ from the archive of {annotation}",
            Images,
            annotation
        );
        Layout.RequireSplit(directory, split, Layout.Directories(Path.Combine(directory, Images)));
        if (!Directory.Exists(Path.Combine(directory, annotation, split)))
        {
            throw new PatException(
                $"{directory} has images of the split '{split}' but no labels: {annotation}/{split}/ is missing."
            );
        }
        var map = new LabelMap(
            $"labelIds are 0 to {LargestId} (these are no labelTrainIds and no colours)",
            Map(options.VoidIsClass ? (byte)Classes.Count : Void)
        );
        return new PairedFiles(
            $"cityscapes:{directory} ({split})",
            options.VoidIsClass ? [.. Classes, new ClassInfo("void", 0, 0, 0)] : Classes,
            Void,
            Pairs(directory, annotation, split),
            new SampleReader(Codecs.ReadImage, map.Read)
        );
    }

    /// <summary>The splits that have images and labels.</summary>
    public static IReadOnlyList<string> Splits(string directory, CityscapesOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var labelled = Layout.Directories(Path.Combine(directory, Annotation(options)));
        return [.. Layout.Directories(Path.Combine(directory, Images)).Intersect(labelled)];
    }

    private static string Annotation(CityscapesOptions options) =>
        options.Labels == CityscapesLabels.Fine ? "gtFine" : "gtCoarse";

    private static IEnumerable<(byte Stored, byte Id)> Map(byte ofVoid) =>
        Enumerable
            .Range(0, LargestId + 1)
            .Select(stored =>
                Array.IndexOf(LabelIds, (byte)stored) is var id && id >= 0
                    ? ((byte)stored, (byte)id)
                    : ((byte)stored, ofVoid)
            );

    private static List<FilePair> Pairs(string directory, string annotation, string split)
    {
        var images = Path.Combine(directory, Images, split);
        var labels = Path.Combine(directory, annotation, split);
        var ending = $"_{annotation}_labelIds.png";
        var cities = Layout.Directories(images).Union(Layout.Directories(labels)).Order(StringComparer.Ordinal);
        List<FilePair> pairs = [.. cities.SelectMany(city => OfCity(images, labels, city, ending))];
        return pairs.Count > 0
            ? pairs
            : throw new PatException($"{images} holds no images: expected CITY/NAME{ImageEnding} there.");
    }

    private static IReadOnlyList<FilePair> OfCity(string images, string labels, string city, string ending) =>
        FilePairs.Join(
            FilePairs.Files(Path.Combine(images, city), [ImageEnding]),
            FilePairs.Files(Path.Combine(labels, city), [ending]),
            name => Path.Combine(labels, city, name + ending),
            name => Path.Combine(images, city, name + ImageEnding)
        );
}
