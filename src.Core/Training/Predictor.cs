using System;
using System.Collections.Generic;
using PatFramework.Core.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>Predicts the class of every pixel of an image, at the image's own size.</summary>
/// <param name="model">Images [N,3,H,W] → logits [N,C,H,W]; put into evaluation mode.</param>
/// <param name="device">Where to compute; the model is there already.</param>
/// <param name="precision">The arithmetic of the model.</param>
/// <param name="size">The size the model works at: the one it was trained with.</param>
/// <param name="inference">Windows, scales, mirrored views, another size; null for one pass.</param>
/// <exception cref="PatException">A value of <paramref name="inference"/> is out of its range.</exception>
public sealed class Predictor(
    nn.Module<Tensor, Tensor> model,
    Device device,
    Precision precision,
    ImageSize size,
    InferenceOptions? inference = null
)
{
    private readonly ImageSize _size = inference?.Size ?? size;
    private readonly Inference _inference = new(device, precision, inference);

    /// <summary>
    /// Resizes the image to the model's size, its logits back to the image's (bilinear), and takes the most probable class.
    /// </summary>
    public LabelImage Predict(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        model.eval();
        var resized = Resampling.Bilinear(image, _size);
        var pixels = tensor(resized.Pixels, [1, _size.Height, _size.Width, 3]).permute(0, 3, 1, 2).to(device);
        var logits = _inference.Logits(model, Augmentation.Normalize(pixels));
        var native = nn.functional.interpolate(
            logits,
            [image.Size.Height, image.Size.Width],
            mode: InterpolationMode.Bilinear,
            align_corners: false
        );
        var classes = native.argmax(1).to(ScalarType.Byte).cpu();
        return new LabelImage(image.Size, classes.data<byte>().ToArray());
    }

    /// <summary>The image with each pixel blended with its class's colour.</summary>
    /// <param name="image">The image.</param>
    /// <param name="labels">Class ids of the same size; an id outside the classes leaves its pixel as it is.</param>
    /// <param name="classes">The classes with their colours.</param>
    /// <param name="opacity">The colour's share, 0 to 1.</param>
    public static RgbImage Overlay(
        RgbImage image,
        LabelImage labels,
        IReadOnlyList<ClassInfo> classes,
        double opacity = 0.5
    )
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(classes);
        if (image.Size != labels.Size)
        {
            throw new PatException(
                $"An overlay needs labels of the image's size {image.Size}; received {labels.Size}."
            );
        }
        var blended = (byte[])image.Pixels.Clone();
        for (var pixel = 0; pixel < labels.Labels.Length; pixel++)
        {
            if (labels.Labels[pixel] < classes.Count)
            {
                Blend(blended.AsSpan(3 * pixel, 3), classes[labels.Labels[pixel]], opacity);
            }
        }
        return new RgbImage(image.Size, blended);
    }

    private static void Blend(Span<byte> rgb, ClassInfo colour, double opacity)
    {
        ReadOnlySpan<byte> target = [colour.Red, colour.Green, colour.Blue];
        for (var channel = 0; channel < target.Length; channel++)
        {
            rgb[channel] = (byte)Math.Round(rgb[channel] + opacity * (target[channel] - rgb[channel]));
        }
    }
}
