using System;
using System.Collections.Generic;

namespace PatFramework.Core.Data;

/// <summary>How a data set's files become images and class ids.</summary>
/// <param name="Image">Reads an image file.</param>
/// <param name="Label">Reads a label file as class ids; refuses values that are neither a class nor ignored.</param>
internal sealed record SampleReader(Func<string, RgbImage> Image, Func<string, LabelImage> Label)
{
    /// <summary>JPEG and PNG images with PNG masks that store class ids.</summary>
    public static SampleReader OfIds(int classes, byte ignore) =>
        new(Codecs.ReadImage, path => LabelMap.ReadIds(path, classes, ignore));
}

/// <summary>A data set of image files, each with a label file.</summary>
internal sealed class PairedFiles(
    string name,
    IReadOnlyList<ClassInfo> classes,
    byte ignore,
    IReadOnlyList<FilePair> pairs,
    SampleReader reader
) : ISegmentationDataset, ISampleFiles
{
    public string Name => name;

    public IReadOnlyList<ClassInfo> Classes => classes;

    public byte Ignore => ignore;

    public int Count => pairs.Count;

    public string SampleName(int index) => pairs[index].Name;

    public string ImageFile(int index) => pairs[index].Image;

    public string LabelFile(int index) => pairs[index].Label;

    public DecodedSample Read(int index, ImageSize? size)
    {
        var pair = pairs[index];
        var image = reader.Image(pair.Image);
        var labels = reader.Label(pair.Label);
        if (image.Size != labels.Size)
        {
            throw new PatException(
                $"The label {pair.Label} is {labels.Size} but its image {pair.Image} is {image.Size} (height x width): make them the same size."
            );
        }
        var target = size ?? image.Size;
        return new DecodedSample(
            pair.Name,
            target,
            Resampling.Bilinear(image, target).Pixels,
            Resampling.Nearest(labels, target).Labels
        );
    }
}
