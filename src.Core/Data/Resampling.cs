using System;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PatFramework.Core.Data;

/// <summary>Resizes images (antialiased bilinear) and labels (nearest).</summary>
public static class Resampling
{
    private const int Channels = 3;
    private static readonly Vector128<float> White = Vector128.Create(255f);

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
        var target = GC.AllocateUninitializedArray<byte>(size.Pixels * Channels);
        var blended = new float[stride + 1];
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
        var target = GC.AllocateUninitializedArray<byte>(size.Pixels);
        var columns = new int[size.Width];
        for (var column = 0; column < size.Width; column++)
        {
            columns[column] = Taps.Nearest(column, labels.Size.Width, size.Width);
        }
        for (var row = 0; row < size.Height; row++)
        {
            var start = Taps.Nearest(row, labels.Size.Height, size.Height) * labels.Size.Width;
            var source = labels.Labels.AsSpan(start, labels.Size.Width);
            var line = target.AsSpan(row * size.Width, size.Width);
            for (var column = 0; column < line.Length; column++)
            {
                line[column] = source[columns[column]];
            }
        }
        return new LabelImage(size, target);
    }

    private static void BlendRows(byte[] pixels, int stride, Taps taps, Span<float> blended)
    {
        var rows = pixels.AsSpan(taps.First * stride, taps.Weights.Length * stride);
        var (block, quarter) = (Vector<byte>.Count, Vector<float>.Count);
        var position = 0;
        for (; position <= stride - block; position += block)
        {
            var sums = MemoryMarshal.Cast<float, Vector<float>>(blended.Slice(position, 4 * quarter));
            var (first, second, third, fourth) = (
                Vector<float>.Zero,
                Vector<float>.Zero,
                Vector<float>.Zero,
                Vector<float>.Zero
            );
            for (var tap = 0; tap < taps.Weights.Length; tap++)
            {
                var weight = taps.Weights[tap];
                Vector.Widen(new Vector<byte>(rows[(tap * stride + position)..]), out var low, out var high);
                Vector.Widen(low, out var a, out var b);
                Vector.Widen(high, out var c, out var d);
                first += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(a));
                second += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(b));
                third += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(c));
                fourth += weight * Vector.ConvertToSingle(Vector.AsVectorInt32(d));
            }
            (sums[0], sums[1], sums[2], sums[3]) = (first, second, third, fourth);
        }
        for (; position < stride; position++)
        {
            blended[position] = 0;
            for (var tap = 0; tap < taps.Weights.Length; tap++)
            {
                blended[position] += taps.Weights[tap] * rows[tap * stride + position];
            }
        }
    }

    /// <summary>Three colours at a time, in the lanes of one vector; <paramref name="blended"/> has one value more than the row.</summary>
    private static void BlendColumns(float[] blended, Taps[] columns, Span<byte> target)
    {
        ref var row = ref MemoryMarshal.GetArrayDataReference(blended);
        for (var column = 0; column < columns.Length; column++)
        {
            var taps = columns[column];
            var sum = Vector128.Create(0.5f);
            var source = taps.First * Channels;
            foreach (var weight in taps.Weights)
            {
                sum += Vector128.Create(weight) * Vector128.LoadUnsafe(ref row, (nuint)source);
                source += Channels;
            }
            var levels = Vector128.ConvertToInt32(Vector128.Min(Vector128.Max(sum, Vector128<float>.Zero), White));
            target[column * Channels] = (byte)levels.ToScalar();
            target[column * Channels + 1] = (byte)levels.GetElement(1);
            target[column * Channels + 2] = (byte)levels.GetElement(2);
        }
    }
}
