using System;
using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Data;

namespace PatFramework.Core.Training;

/// <summary>A part of an image, in pixels.</summary>
/// <param name="Top">Its first row.</param>
/// <param name="Left">Its first column.</param>
/// <param name="Size">Its rows and columns.</param>
public readonly record struct ImageWindow(int Top, int Left, ImageSize Size);

/// <summary>Where a window that slides over an image stops: a rule about sizes alone.</summary>
public static class SlidingWindows
{
    /// <summary>
    /// The fewest windows, a stride apart, that cover the image; the last of a row or column is moved back so that it ends
    /// with the image. A window larger than the image is cut to it.
    /// </summary>
    /// <param name="image">The image's size.</param>
    /// <param name="window">The window's size.</param>
    /// <param name="stride">How far it moves: 1 to the window's size.</param>
    public static IReadOnlyList<ImageWindow> Cover(ImageSize image, ImageSize window, ImageSize stride)
    {
        var size = new ImageSize(Math.Min(image.Height, window.Height), Math.Min(image.Width, window.Width));
        return
        [
            .. from top in Starts(image.Height, size.Height, stride.Height)
            from left in Starts(image.Width, size.Width, stride.Width)
            select new ImageWindow(top, left, size),
        ];
    }

    /// <summary>min(i · stride, length − window) for i = 0 … ⌈(length − window) / stride⌉.</summary>
    private static IEnumerable<int> Starts(int length, int window, int stride)
    {
        var steps = (length - window + stride - 1) / stride;
        return Enumerable.Range(0, steps + 1).Select(step => Math.Min(step * stride, length - window));
    }
}
