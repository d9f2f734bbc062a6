using System;
using System.Buffers.Binary;
using System.IO;

namespace PatFramework.Core.Data;

/// <summary>How a PNG stores its pixels.</summary>
internal enum PngColour : byte
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>What a PNG's IHDR chunk says.</summary>
internal readonly record struct PngHeader(int Width, int Height, int Depth, PngColour Colour);

/// <summary>
/// The chunk structure of a PNG file: enough of it to know how pixels are stored, and to hand libpng only the chunks that
/// carry them. Without gAMA, tRNS and their kin it returns the stored values; relabelled as grey, a palette file gives its indices.
/// Layout: https://www.w3.org/TR/png-3/#5DataRep
/// </summary>
internal static class PngChunks
{
    private const int SignatureLength = 8;
    private const int Overhead = 12;
    private const int HeaderLength = 13;
    private const int ColourOffset = SignatureLength + 8 + 9;

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads the IHDR chunk and checks its checksum.</summary>
    public static PngHeader ReadHeader(ReadOnlySpan<byte> file, string name)
    {
        if (
            file.Length < SignatureLength + HeaderLength + Overhead
            || BinaryPrimitives.ReadUInt32BigEndian(file[SignatureLength..]) != HeaderLength
            || !file.Slice(SignatureLength + 4, 4).SequenceEqual("IHDR"u8)
        )
        {
            throw Truncated(name);
        }
        var checkedPart = file.Slice(SignatureLength + 4, 4 + HeaderLength);
        if (Checksum(checkedPart) != BinaryPrimitives.ReadUInt32BigEndian(file[(SignatureLength + 8 + HeaderLength)..]))
        {
            throw new PatException($"{name} is a corrupt PNG (header checksum): replace the file.");
        }
        var fields = checkedPart[4..];
        var width = BinaryPrimitives.ReadUInt32BigEndian(fields);
        var height = BinaryPrimitives.ReadUInt32BigEndian(fields[4..]);
        Codecs.RequireReasonableSize(width, height, name);
        return new PngHeader((int)width, (int)height, fields[8], (PngColour)fields[9]);
    }

    /// <summary>The file with only IHDR, PLTE (on request), IDAT and IEND; throws where the chunks end too early.</summary>
    public static byte[] PixelsOnly(ReadOnlySpan<byte> file, bool palette, string name)
    {
        using var kept = new MemoryStream(file.Length);
        kept.Write(Signature);
        for (var rest = file[SignatureLength..]; ; )
        {
            if (rest.Length < Overhead)
            {
                throw Truncated(name);
            }
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - Overhead)
            {
                throw Truncated(name);
            }
            var chunk = rest[..((int)length + Overhead)];
            var type = chunk.Slice(4, 4);
            var isEnd = type.SequenceEqual("IEND"u8);
            if (
                isEnd
                || type.SequenceEqual("IHDR"u8)
                || type.SequenceEqual("IDAT"u8)
                || (palette && type.SequenceEqual("PLTE"u8))
            )
            {
                kept.Write(chunk);
            }
            if (isEnd)
            {
                return kept.ToArray();
            }
            rest = rest[chunk.Length..];
        }
    }

    /// <summary>Rewrites the header to say that the stored values are grey levels.</summary>
    public static void RelabelAsGrey(Span<byte> file)
    {
        file[ColourOffset] = (byte)PngColour.Grey;
        var checkedPart = file.Slice(SignatureLength + 4, 4 + HeaderLength);
        BinaryPrimitives.WriteUInt32BigEndian(file[(SignatureLength + 8 + HeaderLength)..], Checksum(checkedPart));
    }

    private static PatException Truncated(string name) => new($"{name} is a truncated PNG: replace the file.");

    /// <summary>Writes a chunk with its length and checksum.</summary>
    public static void Write(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        byte[] checkedPart = [.. type, .. data];
        file.Write(checkedPart);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksum(checkedPart));
        file.Write(number);
    }

    /// <summary>CRC-32 with the reflected polynomial EDB88320, bit by bit: it mostly sees 17 bytes.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var remainder = uint.MaxValue;
        foreach (var value in bytes)
        {
            remainder ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                remainder = (remainder >> 1) ^ (0xEDB88320 & (0 - (remainder & 1)));
            }
        }
        return ~remainder;
    }
}
