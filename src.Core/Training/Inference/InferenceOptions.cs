using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using PatFramework.Core.Data;

namespace PatFramework.Core.Training;

/// <summary>How a trained model is applied to an image: in one pass at its training size, unless more is asked.</summary>
public sealed record InferenceOptions
{
    /// <summary>One pass over the whole image at the size that the model was trained with.</summary>
    public static InferenceOptions SinglePass { get; } = new();

    /// <summary>The size images and labels are resized to; null for the size the model was trained with.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>The window that slides over the image; null for the whole image at once.</summary>
    public ImageSize? Window { get; init; }

    /// <summary>How far the window moves, at most its own size; null for two thirds of it.</summary>
    public ImageSize? Stride { get; init; }

    /// <summary>The factors of the size whose probabilities are averaged.</summary>
    public IReadOnlyList<double> Scales { get; init; } = [1];

    /// <summary>Whether each scale is seen mirrored as well.</summary>
    public bool Flip { get; init; }

    /// <summary>Views of an image whose probabilities are averaged.</summary>
    public int Views => Scales.Count * (Flip ? 2 : 1);

    /// <summary>The stride that applies to <see cref="Window"/>; null without a window.</summary>
    public ImageSize? EffectiveStride =>
        Window is { } window
            ? Stride ?? new ImageSize(Math.Max(1, 2 * window.Height / 3), Math.Max(1, 2 * window.Width / 3))
            : null;

    /// <summary>Checks every range.</summary>
    /// <exception cref="PatException">A stride without a window or beyond it, no scale, or a scale outside (0, 4].</exception>
    public void Validate()
    {
        const double largest = 4;
        if (Stride is not null && Window is null)
        {
            throw new PatException("--stride moves a window: give --window HxW with it.");
        }
        if (Window is { } window && EffectiveStride is { } stride && !IsWithin(stride, window))
        {
            throw new PatException(
                $"--stride {stride} is beyond the window {window} or 0, so pixels would be left out: give 1x1 to {window}."
            );
        }
        if (Scales.Count == 0 || Scales.Any(scale => !(scale is > 0 and <= largest)))
        {
            var given = string.Join(',', Scales.Select(scale => scale.ToString(CultureInfo.InvariantCulture)));
            throw new PatException(
                $"--scales is '{given}': give one or more numbers above 0 and up to {largest}, such as 0.75,1,1.25."
            );
        }
    }

    private static bool IsWithin(ImageSize stride, ImageSize window) =>
        stride is { Height: > 0, Width: > 0 } && stride.Height <= window.Height && stride.Width <= window.Width;
}
