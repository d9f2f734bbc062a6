using System;
using System.Collections.Generic;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Data;

/// <summary>
/// Varies whole batches, image and labels together, on the device they are on: colours (jitter, blur), then geometry (flip, scale and
/// crop, rotation), then segments of rare classes pasted from one image to another. The draws are a function of (seed, epoch, batch),
/// so a resumed run repeats them.
/// </summary>
public sealed class Augmentation
{
    private static readonly float[] Mean = [0.485f * 255, 0.456f * 255, 0.406f * 255];
    private static readonly float[] InverseDeviation = [1 / (0.229f * 255), 1 / (0.224f * 255), 1 / (0.225f * 255)];

    private readonly AugmentationOptions options;
    private readonly ulong seed;
    private readonly long ignore;
    private readonly IReadOnlyList<double> priors;

    /// <summary>Checks the options.</summary>
    /// <param name="options">What to vary.</param>
    /// <param name="seed">The seed of the draws.</param>
    /// <param name="ignore">The label of padding.</param>
    /// <param name="priors">The share of each class in the training split's pixels; needed where segments are pasted.</param>
    /// <exception cref="PatException">An option is out of its range.</exception>
    public Augmentation(AugmentationOptions options, ulong seed, long ignore, IReadOnlyList<double>? priors = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (this.options, this.seed, this.ignore, this.priors) = (options, seed, ignore, priors ?? []);
    }

    /// <summary>(image ÷ 255 − mean) ÷ standard deviation of ImageNet's channels.</summary>
    /// <param name="images">uint8 [N, 3, H, W], or the same levels as float32.</param>
    /// <returns>float32 [N, 3, H, W] on the same device.</returns>
    public static Tensor Normalize(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var mean = tensor(Mean, [1, 3, 1, 1], device: images.device);
        using var inverse = tensor(InverseDeviation, [1, 3, 1, 1], device: images.device);
        using var levels = images.to_type(ScalarType.Float32);
        return levels.sub(mean).mul_(inverse);
    }

    /// <summary>Normalises and varies one batch.</summary>
    /// <param name="images">uint8 [N, 3, H, W].</param>
    /// <param name="labels">int64 [N, H, W].</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="batch">The batch's place in the epoch.</param>
    /// <returns>float32 [N, 3, H, W] and int64 [N, H, W] on the same device.</returns>
    public (Tensor Images, Tensor Labels) Apply(Tensor images, Tensor labels, int epoch, int batch)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        using var scope = NewDisposeScope();
        var geometry = Draws(0xA06);
        var coloured = Normalize(Coloured(images, Draws));
        var (varied, moved) = Geometry.Flip(coloured, labels, options.Flip, geometry);
        if (options.ScaleMin < 1 || options.ScaleMax > 1)
        {
            (varied, moved) = Geometry.Scale(varied, moved, (options.ScaleMin, options.ScaleMax), ignore, geometry);
        }
        if (options.Rotate > 0)
        {
            (varied, moved) = Geometry.Rotate(varied, moved, options.Rotate, ignore, Draws(0xA07));
        }
        if (options.CopyPaste > 0)
        {
            (varied, moved) = CopyPaste.Apply(varied, moved, options.CopyPaste, priors, Draws(0xA08));
        }
        return (varied.MoveToOuterDisposeScope(), moved.view(labels.shape).MoveToOuterDisposeScope());

        DeterministicRandom Draws(ulong stream) => new(seed, stream, (ulong)epoch, (ulong)batch);
    }

    /// <summary>The levels after jitter and blur; the images themselves without.</summary>
    private Tensor Coloured(Tensor images, Func<ulong, DeterministicRandom> draws)
    {
        var varied = options.Jitter > 0 ? Photometric.Jitter(images, options.Jitter, draws(0xA09)) : images;
        return options.Blur > 0 ? Photometric.Blur(varied, options.Blur, draws(0xA0A)) : varied;
    }
}
