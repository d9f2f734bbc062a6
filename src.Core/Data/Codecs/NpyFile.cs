using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace PatFramework.Core.Data;

/// <summary>
/// An array in NumPy's .npy format (version 1 to 3; NumPy Enhancement Proposal 1): little-endian numbers, in C or Fortran order on
/// disk and always in C order here.
/// </summary>
public sealed class NpyFile
{
    private const string Known =
        "float16, float32 or float64 ('<f2', '<f4', '<f8'), or integers ('|u1', '|i1', '<u2', '<i2', '<i4', '<i8')";

    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private readonly string path;
    private readonly byte[] bytes;
    private readonly int start;
    private readonly NpyHeader header;

    private NpyFile(string path, byte[] bytes, int start, NpyHeader header)
    {
        (this.path, this.bytes, this.start, this.header) = (path, bytes, start, header);
        var size = ItemSize;
        // As a double: it is exact for what a file can hold, and a header that lies can't make it wrap around.
        var count = header.Shape.Aggregate(1.0, (product, side) => product * side);
        if (count * size != bytes.Length - start)
        {
            throw Problem(
                path,
                $"{count.ToString("F0", CultureInfo.InvariantCulture)} numbers of {size} bytes are announced, but {bytes.Length - start} bytes follow: write it again."
            );
        }
    }

    /// <summary>NumPy's name of the type, such as <c>&lt;f4</c> for float32.</summary>
    public string Descriptor => header.Descriptor;

    /// <summary>The length of each axis.</summary>
    public IReadOnlyList<int> Shape => header.Shape;

    /// <summary>Whether the numbers have decimals.</summary>
    public bool IsFloating => Descriptor[1] == 'f';

    private int ItemSize =>
        Descriptor switch
        {
            "|u1" or "|i1" => 1,
            "<f2" or "<u2" or "<i2" => 2,
            "<f4" or "<i4" => 4,
            "<f8" or "<i8" => 8,
            _ => throw Problem(path, $"numbers of type '{Descriptor}' can't be read: save {Known}."),
        };

    /// <summary>Reads a file.</summary>
    /// <exception cref="PatException">The file is missing, no .npy file, cut short, or of another type of number.</exception>
    public static NpyFile Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PatException($"Cannot read {path}: {failure.Message}", failure);
        }
        if (bytes.Length < 12 || !bytes.AsSpan().StartsWith(Magic))
        {
            throw Problem(path, "this is no .npy file: write it with numpy.save.");
        }
        var start = bytes[6] == 1 ? 10 : 12;
        long length =
            bytes[6] == 1
                ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8))
                : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        if (start + length > bytes.Length)
        {
            throw Problem(path, "the file ends within its header: write it again.");
        }
        var text = Encoding.Latin1.GetString(bytes, start, (int)length);
        return new NpyFile(path, bytes, start + (int)length, NpyHeader.Parse(path, text));
    }

    /// <summary>The numbers as float64, flat in C order.</summary>
    public double[] ToDoubles() =>
        Descriptor switch
        {
            "<f2" => Items(2, span => (double)BinaryPrimitives.ReadHalfLittleEndian(span)),
            "<f4" => Items(4, span => (double)BinaryPrimitives.ReadSingleLittleEndian(span)),
            "<f8" => Items(8, BinaryPrimitives.ReadDoubleLittleEndian),
            _ => Array.ConvertAll(ToIntegers(), value => (double)value),
        };

    /// <summary>The numbers as int64, flat in C order.</summary>
    /// <exception cref="PatException">The numbers have decimals.</exception>
    public long[] ToIntegers() =>
        Descriptor switch
        {
            "|u1" => Items(1, span => (long)span[0]),
            "|i1" => Items(1, span => (long)(sbyte)span[0]),
            "<u2" => Items(2, span => (long)BinaryPrimitives.ReadUInt16LittleEndian(span)),
            "<i2" => Items(2, span => (long)BinaryPrimitives.ReadInt16LittleEndian(span)),
            "<i4" => Items(4, span => (long)BinaryPrimitives.ReadInt32LittleEndian(span)),
            "<i8" => Items(8, BinaryPrimitives.ReadInt64LittleEndian),
            _ => throw Problem(path, $"whole numbers are needed, these are '{Descriptor}': save integers."),
        };

    /// <summary>The first bytes of a file: what stands before the numbers.</summary>
    /// <param name="descriptor">NumPy's name of the type.</param>
    /// <param name="shape">The length of each axis.</param>
    public static byte[] Header(string descriptor, IReadOnlyList<int> shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var sides = shape.Select(side => side.ToString(CultureInfo.InvariantCulture));
        var tuple = shape.Count == 1 ? $"({shape[0]},)" : $"({string.Join(", ", sides)})";
        var text = $"{{'descr': '{descriptor}', 'fortran_order': False, 'shape': {tuple}, }}";
        // Version 1: ten bytes, then a header that ends in a line feed at a multiple of 64 bytes.
        var padded = text.PadRight(((text.Length + 11 + 63) / 64 * 64) - 11) + "\n";
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)padded.Length);
        return [.. Magic, 1, 0, .. length, .. Encoding.Latin1.GetBytes(padded)];
    }

    private delegate T Reader<T>(ReadOnlySpan<byte> span);

    private T[] Items<T>(int size, Reader<T> read)
    {
        var data = bytes.AsSpan(start);
        var items = new T[data.Length / size];
        for (var index = 0; index < items.Length; index++)
        {
            items[index] = read(data[(index * size)..]);
        }
        return header.IsFortran ? InCOrder(items) : items;
    }

    private T[] InCOrder<T>(T[] items)
    {
        var ordered = new T[items.Length];
        var place = new int[Shape.Count];
        foreach (ref readonly var item in items.AsSpan())
        {
            var at = 0;
            for (var axis = 0; axis < place.Length; axis++)
            {
                at = (at * Shape[axis]) + place[axis];
            }
            ordered[at] = item;
            for (var axis = 0; axis < place.Length && ++place[axis] == Shape[axis]; axis++)
            {
                place[axis] = 0;
            }
        }
        return ordered;
    }

    internal static PatException Problem(string path, string sentence) => new($"{path}: {sentence}");
}

/// <summary>What a .npy file says about its numbers.</summary>
internal sealed partial record NpyHeader(string Descriptor, IReadOnlyList<int> Shape, bool IsFortran)
{
    public static NpyHeader Parse(string path, string text)
    {
        var fortran = Field(path, Order(), "'fortran_order'", text) == "True";
        var descriptor = Field(path, Type(), "plain 'descr'", text);
        return new NpyHeader(descriptor, Sides(path, Sizes().Match(text)), fortran);
    }

    private static string Field(string path, Regex pattern, string name, string text) =>
        pattern.Match(text) is { Success: true } found
            ? found.Groups[1].Value
            : throw NpyFile.Problem(path, $"the header has no {name}: write the file with numpy.save.");

    private static int[] Sides(string path, Match found)
    {
        const StringSplitOptions clean = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        if (!found.Success)
        {
            throw NpyFile.Problem(path, "the header has no 'shape': write the file with numpy.save.");
        }
        var text = found.Groups[1].Value;
        return
        [
            .. text.Split(',', clean)
                .Select(side =>
                    int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                        ? length
                        : throw NpyFile.Problem(
                            path,
                            $"the shape ({text}) is not one of whole numbers that fit 32 bits."
                        )
                ),
        ];
    }

    [GeneratedRegex("'fortran_order': *(True|False)")]
    private static partial Regex Order();

    [GeneratedRegex("'descr': *'([^']{3,})'")]
    private static partial Regex Type();

    [GeneratedRegex("'shape': *\\(([^)]*)\\)")]
    private static partial Regex Sizes();
}
