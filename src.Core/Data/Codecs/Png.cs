using System;
using System.Runtime.InteropServices;

namespace PatFramework.Core.Data;

/// <summary>PNG through libpng's simplified interface, which keeps its long jumps to itself.</summary>
internal static unsafe partial class Png
{
    private const string Library = "libpng16.so.16";
    private const uint Version = 1;
    private const uint FormatGrey = 0;
    private const uint FormatRgb = 2;
    private const uint FormatRgba = 3;
    private const uint ErrorBit = 2;

    public static bool HasSignature(ReadOnlySpan<byte> bytes) => bytes.StartsWith(PngChunks.Signature);

    /// <summary>The stored colours, without gamma correction; alpha is dropped, not blended.</summary>
    public static RgbImage DecodeRgb(ReadOnlySpan<byte> file, string name)
    {
        var header = PngChunks.ReadHeader(file, name);
        if (header.Depth == 16)
        {
            throw new PatException($"{name} has 16 bits per channel: store images with 8 bits.");
        }
        var size = new ImageSize(header.Height, header.Width);
        var pixels = PngChunks.PixelsOnly(file, palette: header.Colour == PngColour.Palette, name);
        var hasAlpha = header.Colour is PngColour.GreyAlpha or PngColour.Rgba;
        return new RgbImage(
            size,
            hasAlpha
                ? WithoutAlpha(Read(pixels, size, FormatRgba, 4, name), size.Pixels)
                : Read(pixels, size, FormatRgb, 3, name)
        );
    }

    /// <summary>The stored grey levels or palette indices.</summary>
    public static LabelImage DecodeLabels(ReadOnlySpan<byte> file, string name)
    {
        var header = PngChunks.ReadHeader(file, name);
        if (header.Depth == 16)
        {
            throw new PatException(
                $"The mask {name} has 16 bits per pixel: class ids are 0 to 255, store them with 8 bits."
            );
        }
        if (header.Colour is not (PngColour.Grey or PngColour.Palette))
        {
            throw new PatException(
                $"The mask {name} holds colours ({header.Colour}), not class ids: store one channel (grey or palette) of 8 bits."
            );
        }
        var size = new ImageSize(header.Height, header.Width);
        var pixels = PngChunks.PixelsOnly(file, palette: false, name);
        PngChunks.RelabelAsGrey(pixels);
        var labels = Read(pixels, size, FormatGrey, 1, name);
        UndoScaling(labels, header.Depth);
        return new LabelImage(size, labels);
    }

    /// <summary>By libpng, or where it is missing by <see cref="PlainPng"/>, as a training without PNG files needs it only to write.</summary>
    public static byte[] Encode(ImageSize size, byte[] pixels, bool colour)
    {
        try
        {
            return Compress(size, pixels, colour);
        }
        catch (DllNotFoundException)
        {
            return PlainPng.Encode(size, pixels, colour);
        }
    }

    private static byte[] Compress(ImageSize size, byte[] pixels, bool colour)
    {
        var image = new Image
        {
            Version = Version,
            Width = (uint)size.Width,
            Height = (uint)size.Height,
            Format = colour ? FormatRgb : FormatGrey,
        };
        if (pixels.Length != size.Pixels * (colour ? 3 : 1))
        {
            throw new PatException($"An image of {size} cannot have {pixels.Length} values.");
        }
        fixed (byte* source = pixels)
        {
            nuint length = 0;
            Check(Native.WriteToMemory(ref image, null, ref length, 0, source, 0, null), image, "The image");
            var encoded = new byte[length];
            fixed (byte* target = encoded)
            {
                Check(Native.WriteToMemory(ref image, target, ref length, 0, source, 0, null), image, "The image");
            }
            return encoded;
        }
    }

    private static byte[] Read(byte[] file, ImageSize size, uint format, int channels, string name)
    {
        var image = new Image { Version = Version };
        try
        {
            fixed (byte* source = file)
            {
                Check(Native.BeginReadFromMemory(ref image, source, (nuint)file.Length), image, name);
                image.Format = format;
                var pixels = GC.AllocateUninitializedArray<byte>(checked(size.Pixels * channels));
                fixed (byte* target = pixels)
                {
                    Check(Native.FinishRead(ref image, null, target, 0, null), image, name);
                }
                return pixels;
            }
        }
        finally
        {
            Native.Free(ref image);
        }
    }

    private static byte[] WithoutAlpha(byte[] rgba, int count)
    {
        var rgb = new byte[count * 3];
        for (var pixel = 0; pixel < count; pixel++)
        {
            rgba.AsSpan(pixel * 4, 3).CopyTo(rgb.AsSpan(pixel * 3));
        }
        return rgb;
    }

    /// <summary>libpng stretches 1, 2 and 4-bit values to 0…255: divide the factor out again.</summary>
    private static void UndoScaling(Span<byte> labels, int depth)
    {
        if (depth < 8)
        {
            var factor = 255 / ((1 << depth) - 1);
            foreach (ref var label in labels)
            {
                label = (byte)(label / factor);
            }
        }
    }

    private static void Check(int succeeded, in Image image, string name)
    {
        if (succeeded == 0 || (image.WarningOrError & ErrorBit) != 0)
        {
            fixed (byte* message = image.Message)
            {
                var reason = Marshal.PtrToStringUTF8((nint)message);
                throw new PatException($"{name} is a truncated or corrupt PNG ({reason}): replace the file.");
            }
        }
    }

    /// <summary>png_image of png.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Image
    {
        public nint Opaque;
        public uint Version;
        public uint Width;
        public uint Height;
        public uint Format;
        public uint Flags;
        public uint ColormapEntries;
        public uint WarningOrError;
        public fixed byte Message[64];
    }

    private static partial class Native
    {
        [LibraryImport(Library, EntryPoint = "png_image_begin_read_from_memory")]
        public static partial int BeginReadFromMemory(ref Image image, byte* memory, nuint length);

        [LibraryImport(Library, EntryPoint = "png_image_finish_read")]
        public static partial int FinishRead(
            ref Image image,
            void* background,
            byte* pixels,
            int stride,
            void* colormap
        );

        [LibraryImport(Library, EntryPoint = "png_image_write_to_memory")]
        public static partial int WriteToMemory(
            ref Image image,
            byte* memory,
            ref nuint length,
            int convertTo8Bit,
            byte* pixels,
            int stride,
            void* colormap
        );

        [LibraryImport(Library, EntryPoint = "png_image_free")]
        public static partial void Free(ref Image image);
    }
}
