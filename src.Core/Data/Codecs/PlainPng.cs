using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;

namespace PatFramework.Core.Data;

/// <summary>
/// PNG without libpng, for machines that lack it: rows unfiltered, so that files are larger and pixels the same. A training writes
/// its validation images there too. Layout: https://www.w3.org/TR/png-3/#5DataRep
/// </summary>
public static class PlainPng
{
    /// <summary>Encodes an image of 8 bits a channel.</summary>
    /// <param name="size">H × W.</param>
    /// <param name="pixels">[H,W,3] with colour, else [H,W].</param>
    /// <param name="colour">Whether pixels are RGB, not grey levels.</param>
    /// <exception cref="PatException">The pixels are not of that size.</exception>
    public static byte[] Encode(ImageSize size, ReadOnlySpan<byte> pixels, bool colour)
    {
        var row = size.Width * (colour ? 3 : 1);
        if (pixels.Length != size.Height * row)
        {
            throw new PatException($"An image of {size} cannot have {pixels.Length} values.");
        }
        using var file = new MemoryStream();
        file.Write(PngChunks.Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, size.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], size.Height);
        header[8] = 8;
        header[9] = (byte)(colour ? PngColour.Rgb : PngColour.Grey);
        header[10..].Clear();
        PngChunks.Write(file, "IHDR"u8, header);
        PngChunks.Write(file, "IDAT"u8, Compressed(pixels, row));
        PngChunks.Write(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>Each row after a byte that says that it is unfiltered.</summary>
    private static byte[] Compressed(ReadOnlySpan<byte> pixels, int row)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var start = 0; start < pixels.Length; start += row)
            {
                zlib.WriteByte(0);
                zlib.Write(pixels.Slice(start, row));
            }
        }
        return data.ToArray();
    }
}
