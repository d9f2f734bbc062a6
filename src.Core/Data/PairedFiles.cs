using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace PatFramework.Core.Data;

/// <summary>A data set of image files, each with a PNG mask of the same name in another directory.</summary>
internal sealed class PairedFiles : ISegmentationDataset
{
    private static readonly string[] ImageExtensions = [".jpg", ".jpeg", ".png"];
    private readonly (string Name, string Image, string Mask)[] pairs;

    /// <summary>Pairs the files by name; the order is the ordinal order of the names.</summary>
    /// <exception cref="PatException">A directory is missing or empty, or a file has no partner.</exception>
    public PairedFiles(string name, IReadOnlyList<ClassInfo> classes, byte ignore, string images, string masks)
    {
        (Name, Classes, Ignore) = (name, classes, ignore);
        var imageFiles = ByName(images, ImageExtensions);
        var maskFiles = ByName(masks, [".png"]);
        if (imageFiles.Count == 0)
        {
            throw new PatException($"{images} holds no images: expected .jpg or .png files there.");
        }
        if (imageFiles.Keys.Except(maskFiles.Keys).FirstOrDefault() is { } unlabelled)
        {
            throw new PatException(
                $"The image {imageFiles[unlabelled]} has no label: expected {Path.Combine(masks, unlabelled + ".png")}."
            );
        }
        if (maskFiles.Keys.Except(imageFiles.Keys).FirstOrDefault() is { } orphan)
        {
            throw new PatException(
                $"The label {maskFiles[orphan]} has no image: expected {Path.Combine(images, orphan + ".jpg")} or .png."
            );
        }
        pairs = [.. imageFiles.Select(file => (file.Key, file.Value, maskFiles[file.Key]))];
    }

    public string Name { get; }

    public IReadOnlyList<ClassInfo> Classes { get; }

    public byte Ignore { get; }

    public int Count => pairs.Length;

    public string SampleName(int index) => pairs[index].Name;

    public DecodedSample Read(int index, ImageSize? size)
    {
        var (name, imagePath, maskPath) = pairs[index];
        var image = Codecs.ReadImage(imagePath);
        var labels = Codecs.ReadLabels(maskPath);
        if (image.Size != labels.Size)
        {
            throw new PatException(
                $"The label {maskPath} is {labels.Size} but its image {imagePath} is {image.Size} (height x width): make them the same size."
            );
        }
        RequireKnownLabels(labels, maskPath);
        var target = size ?? image.Size;
        return new DecodedSample(
            name,
            target,
            Resampling.Bilinear(image, target).Pixels,
            Resampling.Nearest(labels, target).Labels
        );
    }

    private void RequireKnownLabels(LabelImage image, string path)
    {
        var position = LabelRange.FindOutside(image.Labels, Classes.Count, Ignore);
        if (position >= 0)
        {
            var (row, column) = Math.DivRem(position, image.Size.Width);
            throw new PatException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The label {path} holds {image.Labels[position]} at row {row}, column {column}: classes are 0 to {Classes.Count - 1}, {Ignore} is ignored."
                )
            );
        }
    }

    private static SortedDictionary<string, string> ByName(string directory, string[] extensions)
    {
        if (!Directory.Exists(directory))
        {
            throw new PatException($"The directory {directory} does not exist.");
        }
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            if (
                extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase)
                && !files.TryAdd(name, path)
            )
            {
                throw new PatException($"{files[name]} and {path} have the same name: keep one of the two.");
            }
        }
        return files;
    }
}
