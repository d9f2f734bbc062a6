using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace PatFramework.Core.Data;

/// <summary>
/// A data set in plain folders: <c>images/SPLIT/NAME.jpg|png</c>, <c>masks/SPLIT/NAME.png</c> and <c>classes.json</c>, which reads
/// <c>{"ignore": 255, "classes": [{"name": "road", "colour": [128, 64, 128]}, …]}</c>. Without split directories, files directly in
/// <c>images/</c> and <c>masks/</c> form the one split <c>all</c>.
/// </summary>
public static class Folder
{
    /// <summary>The split of a data set without split directories.</summary>
    public const string WholeSplit = "all";

    private const string ClassesFile = "classes.json";
    private const string Images = "images";
    private const string Masks = "masks";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Opens one split.</summary>
    /// <exception cref="PatException">The layout is another, the split is missing, or an image and its mask do not pair up.</exception>
    public static ISegmentationDataset Open(string directory, string split)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(split);
        var images = Path.Combine(directory, Images);
        if (!Directory.Exists(images) || !Directory.Exists(Path.Combine(directory, Masks)))
        {
            throw new PatException(
                $"{directory} is not a data set folder: expected images/, masks/ and {ClassesFile} in it."
            );
        }
        var description = ReadDescription(Path.Combine(directory, ClassesFile));
        var splits = Splits(directory);
        Layout.RequireSplit(directory, split, splits);
        var isWhole = splits is [WholeSplit] && !Directory.Exists(Path.Combine(images, split));
        ClassInfo[] classes = [.. description.Classes.Select(ToClass)];
        if (classes.GroupBy(item => item.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new PatException(
                $"{ClassesFile} of {directory} names the class '{twice.Key}' twice: give each its own name."
            );
        }
        return new PairedFiles(
            $"folder:{directory} ({split})",
            classes,
            description.Ignore,
            FilePairs.ByName(
                isWhole ? images : Path.Combine(images, split),
                FilePairs.ImageExtensions,
                isWhole ? Path.Combine(directory, Masks) : Path.Combine(directory, Masks, split),
                ".png"
            ),
            SampleReader.OfIds(classes.Length, description.Ignore)
        );
    }

    /// <summary>Writes a data set into one split of this layout.</summary>
    /// <param name="dataset">The samples, their classes and ignored label.</param>
    /// <param name="directory">The directory to write into; made where it is missing.</param>
    /// <param name="split">The split's name.</param>
    /// <param name="progress">Hears how many samples are written.</param>
    public static void Write(
        ISegmentationDataset dataset,
        string directory,
        string split,
        IProgress<int>? progress = null
    )
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var images = Directory.CreateDirectory(Path.Combine(directory, Images, split)).FullName;
        var masks = Directory.CreateDirectory(Path.Combine(directory, Masks, split)).FullName;
        var classes = dataset.Classes.Select(item => new ClassEntry(item.Name, [item.Red, item.Green, item.Blue]));
        File.WriteAllText(
            Path.Combine(directory, ClassesFile),
            JsonSerializer.Serialize(new Description([.. classes], dataset.Ignore), Json)
        );
        for (var index = 0; index < dataset.Count; index++)
        {
            var sample = dataset.Read(index, null);
            Codecs.WriteImage(Path.Combine(images, sample.Name + ".png"), new RgbImage(sample.Size, sample.Rgb));
            Codecs.WriteLabels(Path.Combine(masks, sample.Name + ".png"), new LabelImage(sample.Size, sample.Labels));
            progress?.Report(index + 1);
        }
    }

    /// <summary>The splits of such a directory; none where it is not one.</summary>
    public static IReadOnlyList<string> Splits(string directory)
    {
        var images = Path.Combine(directory, Images);
        return !Directory.Exists(images) ? []
            : Layout.Directories(images) is { Count: > 0 } splits ? splits
            : [WholeSplit];
    }

    private static Description ReadDescription(string path)
    {
        const string form =
            "expected {\"ignore\": 255, \"classes\": [{\"name\": \"road\", \"colour\": [128, 64, 128]}, …]}";
        try
        {
            var description = JsonSerializer.Deserialize<Description>(File.ReadAllText(path), Json);
            return description is { Classes.Count: > 0 and <= 255 } && description.Classes.All(IsComplete)
                ? description
                : throw new PatException($"{path} does not list its classes: {form}.");
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new PatException($"Cannot read {path}, {form}: {failure.Message}", failure);
        }
    }

    private static bool IsComplete(ClassEntry entry) =>
        entry is { Name.Length: > 0, Colour.Count: 3 } && entry.Colour.All(level => level is >= 0 and <= 255);

    private static ClassInfo ToClass(ClassEntry entry) =>
        new(entry.Name, (byte)entry.Colour[0], (byte)entry.Colour[1], (byte)entry.Colour[2]);

    private sealed record Description(IReadOnlyList<ClassEntry> Classes, byte Ignore = 255);

    private sealed record ClassEntry(string Name, IReadOnlyList<int> Colour);
}
