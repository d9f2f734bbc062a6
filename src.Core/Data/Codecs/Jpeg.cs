using System;
using System.Runtime.InteropServices;

namespace PatFramework.Core.Data;

/// <summary>JPEG through libturbojpeg's TurboJPEG 2 interface, which returns a status and never jumps.</summary>
internal static unsafe partial class Jpeg
{
    private const string Library = "libturbojpeg.so.0";
    private const int FormatRgb = 0;
    private const int Subsampling420 = 2;
    private const int StopOnWarning = 8192;
    private const int AccurateDct = 4096;

    public static bool HasSignature(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF;

    /// <summary>
    /// Decodes to RGB. A warning (the library's word for truncated data) is an error here, except surplus bytes after a complete
    /// image, which some cameras and web sites leave and every other reader skips.
    /// </summary>
    public static RgbImage Decode(ReadOnlySpan<byte> bytes, string name)
    {
        var decoder = Native.InitDecompress();
        try
        {
            fixed (byte* source = bytes)
            {
                var length = new CULong((nuint)bytes.Length);
                Check(
                    Native.DecompressHeader(decoder, source, length, out var width, out var height, out _, out _),
                    decoder,
                    name
                );
                if (width == 0 || height == 0)
                {
                    throw new PatException(
                        $"{name} is a truncated or corrupt JPEG (no image in it): replace the file."
                    );
                }
                Codecs.RequireReasonableSize(width, height, name);
                var pixels = GC.AllocateUninitializedArray<byte>(height * width * 3);
                fixed (byte* target = pixels)
                {
                    DecodeRows(decoder, source, length, target, new ImageSize(height, width), name);
                }
                return new RgbImage(new ImageSize(height, width), pixels);
            }
        }
        finally
        {
            _ = Native.Destroy(decoder);
        }
    }

    private static void DecodeRows(nint decoder, byte* source, CULong length, byte* target, ImageSize size, string name)
    {
        var status = Decompress(StopOnWarning | AccurateDct);
        if (status != 0 && IsSurplusAfterImage(decoder))
        {
            // That was the first warning and came after the last scan, so no other can follow.
            _ = Decompress(AccurateDct);
        }
        else
        {
            Check(status, decoder, name);
        }

        int Decompress(int flags) =>
            Native.Decompress(decoder, source, length, target, size.Width, 0, size.Height, FormatRgb, flags);
    }

    public static byte[] Encode(RgbImage image, int quality)
    {
        var (height, width) = (image.Size.Height, image.Size.Width);
        var encoder = Native.InitCompress();
        byte* encoded = null;
        var length = new CULong(0);
        try
        {
            fixed (byte* source = image.Pixels)
            {
                Check(
                    Native.Compress(
                        encoder,
                        source,
                        width,
                        0,
                        height,
                        FormatRgb,
                        ref encoded,
                        ref length,
                        Subsampling420,
                        quality,
                        AccurateDct
                    ),
                    encoder,
                    "The image"
                );
            }
            return new ReadOnlySpan<byte>(encoded, checked((int)length.Value)).ToArray();
        }
        finally
        {
            Native.Free(encoded);
            _ = Native.Destroy(encoder);
        }
    }

    private static void Check(int status, nint handle, string name)
    {
        if (status != 0)
        {
            throw new PatException($"{name} is a truncated or corrupt JPEG ({Reason(handle)}): replace the file.");
        }
    }

    /// <summary>Whether the failure is bytes between the image's last scan and the marker that ends the file.</summary>
    private static bool IsSurplusAfterImage(nint handle) =>
        Reason(handle)?.EndsWith("extraneous bytes before marker 0xd9", StringComparison.Ordinal) == true;

    private static string? Reason(nint handle) => Marshal.PtrToStringUTF8(Native.ErrorText(handle));

    private static partial class Native
    {
        [LibraryImport(Library, EntryPoint = "tjInitDecompress")]
        public static partial nint InitDecompress();

        [LibraryImport(Library, EntryPoint = "tjDecompressHeader3")]
        public static partial int DecompressHeader(
            nint handle,
            byte* source,
            CULong length,
            out int width,
            out int height,
            out int subsampling,
            out int colourSpace
        );

        [LibraryImport(Library, EntryPoint = "tjDecompress2")]
        public static partial int Decompress(
            nint handle,
            byte* source,
            CULong length,
            byte* target,
            int width,
            int pitch,
            int height,
            int format,
            int flags
        );

        [LibraryImport(Library, EntryPoint = "tjInitCompress")]
        public static partial nint InitCompress();

        [LibraryImport(Library, EntryPoint = "tjCompress2")]
        public static partial int Compress(
            nint handle,
            byte* source,
            int width,
            int pitch,
            int height,
            int format,
            ref byte* target,
            ref CULong length,
            int subsampling,
            int quality,
            int flags
        );

        [LibraryImport(Library, EntryPoint = "tjGetErrorStr2")]
        public static partial nint ErrorText(nint handle);

        [LibraryImport(Library, EntryPoint = "tjFree")]
        public static partial void Free(byte* buffer);

        [LibraryImport(Library, EntryPoint = "tjDestroy")]
        public static partial int Destroy(nint handle);
    }
}
