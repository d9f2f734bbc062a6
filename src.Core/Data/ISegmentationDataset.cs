using System.Collections.Generic;

namespace PatFramework.Core.Data;

/// <summary>A class of a data set: its name and the colour it is drawn in.</summary>
/// <param name="Name">The class's name, as the data set spells it.</param>
/// <param name="Red">Red, 0 to 255.</param>
/// <param name="Green">Green, 0 to 255.</param>
/// <param name="Blue">Blue, 0 to 255.</param>
public sealed record ClassInfo(string Name, byte Red, byte Green, byte Blue);

/// <summary>A decoded and resized image with its labels; a data set may give the same arrays again, so they are not to be changed.</summary>
/// <param name="Name">The sample's name: its file name without directory and extension.</param>
/// <param name="Size">Height and width of both.</param>
/// <param name="Rgb">Interleaved colours, Height × Width × 3.</param>
/// <param name="Labels">Class ids, Height × Width; a pixel to leave out holds the data set's <see cref="ISegmentationDataset.Ignore"/>.</param>
public sealed record DecodedSample(string Name, ImageSize Size, byte[] Rgb, byte[] Labels);

/// <summary>Images with a class id for every pixel.</summary>
public interface ISegmentationDataset
{
    /// <summary>What messages call this data set, such as <c>camvid:DIR (train)</c>.</summary>
    string Name { get; }

    /// <summary>The classes; a label is an index into this list.</summary>
    IReadOnlyList<ClassInfo> Classes { get; }

    /// <summary>The label of the pixels that neither losses nor metrics count.</summary>
    byte Ignore { get; }

    /// <summary>How many samples there are.</summary>
    int Count { get; }

    /// <summary>The name of sample <paramref name="index"/>, without reading it.</summary>
    string SampleName(int index);

    /// <summary>Decodes sample <paramref name="index"/>; safe to call from many threads at once.</summary>
    /// <param name="index">0 to Count − 1.</param>
    /// <param name="size">The size to resize to (antialiased bilinear for the image, nearest for the labels); null keeps the native size.</param>
    /// <exception cref="PatException">A file is missing, corrupt, of the wrong size or holds a label outside the classes; the message names it.</exception>
    DecodedSample Read(int index, ImageSize? size);
}
