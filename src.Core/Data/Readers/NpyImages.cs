using System;
using System.Globalization;
using System.Linq;

namespace PatFramework.Core.Data;

/// <summary>Images and labels in .npy files.</summary>
internal static class NpyImages
{
    /// <summary>An image [H, W, 3] or [3, H, W]: float in [0, 1], rounded to 8 bits, or uint8.</summary>
    /// <exception cref="PatException">The shape, the type or a value is another.</exception>
    public static RgbImage ReadImage(string path)
    {
        var file = NpyFile.Read(path);
        var isPlanar = file.Shape is [3, _, not 3];
        if (file.Shape is not ([> 0, > 0, 3] or [3, > 0, > 0]))
        {
            throw Shaped(file, path, "The image", "[H, W, 3] or [3, H, W]");
        }
        if (!file.IsFloating && file.Descriptor != "|u1")
        {
            throw new PatException(
                $"The image {path} holds numbers of type '{file.Descriptor}': save float in [0, 1] or uint8."
            );
        }
        var size = isPlanar ? new ImageSize(file.Shape[1], file.Shape[2]) : new ImageSize(file.Shape[0], file.Shape[1]);
        Codecs.RequireReasonableSize(size.Width, size.Height, path);
        var levels = file.IsFloating
            ? Levels(file.ToDoubles(), path)
            : Array.ConvertAll(file.ToIntegers(), level => (byte)level);
        return new RgbImage(size, isPlanar ? Interleaved(levels) : levels);
    }

    /// <summary>Labels [H, W] of −1 (without a class) or a class id; whole numbers of any type.</summary>
    /// <exception cref="PatException">The shape is another, or a value is neither; the message says where it stands.</exception>
    public static LabelImage ReadLabels(string path, int classes, byte ignore)
    {
        var file = NpyFile.Read(path);
        if (file.Shape is not [> 0, > 0])
        {
            throw Shaped(file, path, "The label", "[H, W]");
        }
        var size = new ImageSize(file.Shape[0], file.Shape[1]);
        Codecs.RequireReasonableSize(size.Width, size.Height, path);
        var labels = file.ToDoubles();
        var wrong = Array.FindIndex(labels, label => !(label >= -1 && label < classes) || label != Math.Floor(label));
        return wrong >= 0
            ? throw LabelMap.Outside(
                path,
                labels[wrong],
                wrong,
                size,
                $"classes are 0 to {classes - 1}, -1 is unlabelled"
            )
            : new LabelImage(size, Array.ConvertAll(labels, label => label < 0 ? ignore : (byte)label));
    }

    private static byte[] Levels(double[] values, string path)
    {
        var wrong = Array.FindIndex(values, value => !(value >= 0 && value <= 1));
        return wrong < 0
            ? Array.ConvertAll(values, value => (byte)Math.Round(255 * value))
            : throw new PatException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The image {path} holds {values[wrong]} as number {wrong}: float images lie in [0, 1], save levels of 0 to 255 as uint8."
                )
            );
    }

    private static byte[] Interleaved(byte[] planes)
    {
        var pixels = planes.Length / 3;
        var interleaved = new byte[planes.Length];
        for (var index = 0; index < planes.Length; index++)
        {
            interleaved[(index % pixels * 3) + (index / pixels)] = planes[index];
        }
        return interleaved;
    }

    private static PatException Shaped(NpyFile file, string path, string what, string expected) =>
        new(
            $"{what} {path} has the shape [{string.Join(", ", file.Shape.Select(side => side))}]: expected {expected}."
        );
}
