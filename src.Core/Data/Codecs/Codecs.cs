using System;
using System.IO;

namespace PatFramework.Core.Data;

/// <summary>Reads JPEG (libturbojpeg) and PNG (libpng) files, and writes them.</summary>
public static class Codecs
{
    /// <summary>The most pixels that an image may have: a corrupt header must not ask for all the memory.</summary>
    public const int MaximumPixels = 1 << 27;

    /// <summary>Reads a colour image, JPEG or PNG by its content, whatever the file is called; grey becomes R = G = B, alpha is dropped.</summary>
    /// <exception cref="PatException">The file is missing, truncated, corrupt, or of another kind; the message names it.</exception>
    public static RgbImage ReadImage(string path) => DecodeImage(ReadFile(path), path);

    /// <summary>Reads a PNG mask: the stored grey values or palette indices, exactly as stored.</summary>
    /// <exception cref="PatException">As <see cref="ReadImage"/>; also for masks of 16 bits or of colours.</exception>
    public static LabelImage ReadLabels(string path) => DecodeLabels(ReadFile(path), path);

    /// <summary>Decodes a colour image from memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    public static RgbImage DecodeImage(ReadOnlySpan<byte> bytes, string name) =>
        Png.HasSignature(bytes) ? Png.DecodeRgb(bytes, name)
        : Jpeg.HasSignature(bytes) ? Jpeg.Decode(bytes, name)
        : throw new PatException($"{name} is {Kind(bytes)}: give a JPEG or PNG image.");

    /// <summary>Decodes a mask from memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What messages call it.</param>
    public static LabelImage DecodeLabels(ReadOnlySpan<byte> bytes, string name) =>
        Png.HasSignature(bytes)
            ? Png.DecodeLabels(bytes, name)
            : throw new PatException($"The mask {name} is {Kind(bytes)}: class ids survive only in a PNG, give one.");

    /// <summary>An RGB PNG.</summary>
    public static byte[] EncodePng(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Png.Encode(image.Size, image.Pixels, colour: true);
    }

    /// <summary>An 8-bit greyscale PNG of the class ids.</summary>
    public static byte[] EncodePng(LabelImage labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return Png.Encode(labels.Size, labels.Labels, colour: false);
    }

    /// <summary>A JPEG with 4:2:0 chroma.</summary>
    /// <param name="image">The image.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(RgbImage image, int quality = 92)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Jpeg.Encode(image, quality);
    }

    /// <summary>Writes a colour image, JPEG or PNG by the extension.</summary>
    /// <exception cref="PatException">The extension is neither .png nor .jpg nor .jpeg.</exception>
    public static void WriteImage(string path, RgbImage image) =>
        File.WriteAllBytes(
            path,
            Path.GetExtension(path).ToUpperInvariant() switch
            {
                ".PNG" => EncodePng(image),
                ".JPG" or ".JPEG" => EncodeJpeg(image),
                _ => throw new PatException($"Cannot write {path}: name the image with .png, .jpg or .jpeg."),
            }
        );

    /// <summary>Writes class ids as an 8-bit greyscale PNG.</summary>
    public static void WriteLabels(string path, LabelImage labels) => File.WriteAllBytes(path, EncodePng(labels));

    internal static void RequireReasonableSize(long width, long height, string name)
    {
        if (width <= 0 || height <= 0 || width * height > MaximumPixels)
        {
            throw new PatException(
                $"{name} is corrupt or too large: its header says {height}x{width} pixels, at most {MaximumPixels} can be read."
            );
        }
    }

    private static string Kind(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? "an empty file"
        : Jpeg.HasSignature(bytes) ? "a JPEG"
        : "neither a JPEG nor a PNG file or its first bytes are corrupt";

    private static byte[] ReadFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PatException($"Cannot read {path}: {failure.Message}", failure);
        }
    }
}
