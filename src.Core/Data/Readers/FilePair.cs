using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PatFramework.Core.Data;

/// <summary>The two files of a sample.</summary>
internal sealed record FilePair(string Name, string Image, string Label);

/// <summary>Finds the files of a data set and pairs images with labels.</summary>
internal static class FilePairs
{
    /// <summary>What an image file may be called.</summary>
    public static readonly string[] ImageExtensions = [".jpg", ".jpeg", ".png"];

    /// <summary>Pairs the files of two directories by name; the order is the ordinal order of the names.</summary>
    /// <exception cref="PatException">A directory is missing or empty, or a file has no partner.</exception>
    public static IReadOnlyList<FilePair> ByName(
        string images,
        string[] imageEndings,
        string labels,
        string labelEnding
    )
    {
        var imageFiles = Files(images, imageEndings);
        var labelFiles = Files(labels, [labelEnding]);
        return imageFiles.Count == 0
            ? throw new PatException(
                $"{images} holds no images: expected {string.Join(" or ", imageEndings)} files there."
            )
            : Join(
                imageFiles,
                labelFiles,
                name => Path.Combine(labels, name + labelEnding),
                name => Path.Combine(images, name + imageEndings[0])
            );
    }

    /// <summary>Pairs files by their names.</summary>
    /// <param name="images">Image files by name.</param>
    /// <param name="labels">Label files by name.</param>
    /// <param name="labelOf">Where the label of a name should lie.</param>
    /// <param name="imageOf">Where the image of a name should lie.</param>
    public static IReadOnlyList<FilePair> Join(
        SortedDictionary<string, string> images,
        SortedDictionary<string, string> labels,
        Func<string, string> labelOf,
        Func<string, string> imageOf
    )
    {
        if (images.Keys.Except(labels.Keys).FirstOrDefault() is { } unlabelled)
        {
            throw new PatException($"The image {images[unlabelled]} has no label: expected {labelOf(unlabelled)}.");
        }
        if (labels.Keys.Except(images.Keys).FirstOrDefault() is { } orphan)
        {
            throw new PatException($"The label {labels[orphan]} has no image: expected {imageOf(orphan)}.");
        }
        return [.. images.Select(file => new FilePair(file.Key, file.Value, labels[file.Key]))];
    }

    /// <summary>The files of a directory by what precedes their ending; hidden files, such as the ._NAME of macOS, are left out.</summary>
    public static SortedDictionary<string, string> Files(string directory, IReadOnlyList<string> endings)
    {
        if (!Directory.Exists(directory))
        {
            throw new PatException($"The directory {directory} does not exist.");
        }
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal))
        {
            var file = Path.GetFileName(path);
            var ending = endings.FirstOrDefault(one => file.EndsWith(one, StringComparison.OrdinalIgnoreCase));
            if (ending is null || file.StartsWith('.'))
            {
                continue;
            }
            var name = file[..^ending.Length];
            if (!files.TryAdd(name, path))
            {
                throw new PatException($"{files[name]} and {path} have the same name: keep one of the two.");
            }
        }
        return files;
    }
}
