using System;
using System.Collections.Generic;
using System.Globalization;

namespace PatFramework.Core.Data;

/// <summary>Turns the values that a label file stores into class ids.</summary>
internal sealed class LabelMap
{
    private const short Unknown = -1;

    private readonly short[] ids = new short[256];
    private readonly string rule;

    /// <param name="rule">What a file may hold, for the message about one that holds something else.</param>
    /// <param name="entries">Stored value and class id.</param>
    public LabelMap(string rule, IEnumerable<(byte Stored, byte Id)> entries)
    {
        this.rule = rule;
        Array.Fill(ids, Unknown);
        foreach (var (stored, id) in entries)
        {
            ids[stored] = id;
        }
    }

    /// <summary>Reads a PNG of stored values as class ids.</summary>
    /// <exception cref="PatException">A value is none of the map's; the message says which, and where.</exception>
    public LabelImage Read(string path)
    {
        var image = Codecs.ReadLabels(path);
        var labels = new byte[image.Labels.Length];
        for (var index = 0; index < labels.Length; index++)
        {
            var id = ids[image.Labels[index]];
            if (id == Unknown)
            {
                throw Outside(path, image.Labels[index], index, image.Size, rule);
            }
            labels[index] = (byte)id;
        }
        return image with { Labels = labels };
    }

    /// <summary>Reads a PNG that stores class ids themselves.</summary>
    /// <exception cref="PatException">A value is neither a class nor ignored.</exception>
    public static LabelImage ReadIds(string path, int classes, byte ignore)
    {
        var image = Codecs.ReadLabels(path);
        var position = LabelRange.FindOutside(image.Labels, classes, ignore);
        return position < 0
            ? image
            : throw Outside(
                path,
                image.Labels[position],
                position,
                image.Size,
                $"classes are 0 to {classes - 1}, {ignore} is ignored"
            );
    }

    /// <summary>The error about a value that no class has.</summary>
    public static PatException Outside(string path, double value, int position, ImageSize size, string rule)
    {
        var (row, column) = Math.DivRem(position, size.Width);
        return new PatException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The label {path} holds {value} at row {row}, column {column}: {rule}."
            )
        );
    }
}
