using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace PatFramework.Core.Data;

/// <summary>Resizes images (antialiased bilinear) and labels (nearest).</summary>
public static class Resampling
{
    private const int Channels = 3;

    /// <summary>
    /// Antialiased bilinear: a triangle filter as wide as the reduction, along each axis, as Pillow and torchvision's antialias=True do.
    /// Output pixel i sums the source with weight max(0, 1 − |j + ½ − (i + ½)s| / max(s, 1)), s = source ÷ target size, normalised to 1.
    /// </summary>
    /// <returns>The image, rounded to whole levels; the same object where the size is already right.</returns>
    public static RgbImage Bilinear(RgbImage image, ImageSize size)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Size == size)
        {
            return image;
        }
        var rows = Taps.Triangle(image.Size.Height, size.Height);
        var columns = Taps.Triangle(image.Size.Width, size.Width);
        var stride = image.Size.Width * Channels;
        var target = new byte[size.Pixels * Channels];
        var blended = new float[stride];
        for (var row = 0; row < size.Height; row++)
        {
            BlendRows(image.Pixels, stride, rows[row], blended);
            BlendColumns(blended, columns, target.AsSpan(row * size.Width * Channels, size.Width * Channels));
        }
        return new RgbImage(size, target);
    }

    /// <summary>Nearest: output pixel i takes source ⌊(i + ½) s⌋, so a label is never a blend of two classes.</summary>
    /// <returns>The labels; the same object where the size is already right.</returns>
    public static LabelImage Nearest(LabelImage labels, ImageSize size)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Size == size)
        {
            return labels;
        }
        var target = new byte[size.Pixels];
        for (var (row, position) = (0, 0); row < size.Height; row++)
        {
            var start = Taps.Nearest(row, labels.Size.Height, size.Height) * labels.Size.Width;
            for (var column = 0; column < size.Width; column++, position++)
            {
                target[position] = labels.Labels[start + Taps.Nearest(column, labels.Size.Width, size.Width)];
            }
        }
        return new LabelImage(size, target);
    }

    private static void BlendRows(byte[] pixels, int stride, Taps taps, float[] blended)
    {
        Array.Clear(blended);
        for (var tap = 0; tap < taps.Weights.Length; tap++)
        {
            AddScaled(pixels.AsSpan((taps.First + tap) * stride, stride), taps.Weights[tap], blended);
        }
    }

    private static void AddScaled(ReadOnlySpan<byte> source, float weight, Span<float> target)
    {
        var (block, quarter) = (Vector<byte>.Count, Vector<float>.Count);
        var position = 0;
        for (; position <= source.Length - block; position += block)
        {
            Vector.Widen(new Vector<byte>(source[position..]), out var low, out var high);
            Vector.Widen(low, out var first, out var second);
            Vector.Widen(high, out var third, out var fourth);
            var slots = MemoryMarshal.Cast<float, Vector<float>>(target.Slice(position, 4 * quarter));
            slots[0] += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(first));
            slots[1] += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(second));
            slots[2] += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(third));
            slots[3] += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(fourth));
        }
        for (; position < source.Length; position++)
        {
            target[position] += weight * source[position];
        }
    }

    private static void BlendColumns(float[] blended, Taps[] columns, Span<byte> target)
    {
        for (var column = 0; column < columns.Length; column++)
        {
            var taps = columns[column];
            var (red, green, blue) = (0.5f, 0.5f, 0.5f);
            var source = taps.First * Channels;
            foreach (var weight in taps.Weights)
            {
                red += weight * blended[source];
                green += weight * blended[source + 1];
                blue += weight * blended[source + 2];
                source += Channels;
            }
            target[column * Channels] = (byte)Math.Clamp(red, 0f, 255f);
            target[column * Channels + 1] = (byte)Math.Clamp(green, 0f, 255f);
            target[column * Channels + 2] = (byte)Math.Clamp(blue, 0f, 255f);
        }
    }
}
