using System;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Data;

/// <summary>What is varied at random.</summary>
/// <param name="Flip">The probability of a horizontal flip.</param>
/// <param name="ScaleMin">The least factor of the size; below 1 the image shrinks and is padded (mean colour, ignored label).</param>
/// <param name="ScaleMax">The greatest factor; above 1 the image grows and a random part is cut out.</param>
public sealed record AugmentationOptions(double Flip = 0.5, double ScaleMin = 1, double ScaleMax = 1);

/// <summary>
/// Flips, scales and crops whole batches, image and labels together, on the device they are on. The draws are a function of
/// (seed, epoch, batch), so a resumed run repeats them.
/// </summary>
public sealed class Augmentation
{
    private static readonly float[] Mean = [0.485f * 255, 0.456f * 255, 0.406f * 255];
    private static readonly float[] InverseDeviation = [1 / (0.229f * 255), 1 / (0.224f * 255), 1 / (0.225f * 255)];

    private readonly AugmentationOptions options;
    private readonly ulong seed;
    private readonly long ignore;

    /// <summary>Checks the options.</summary>
    /// <param name="options">What to vary.</param>
    /// <param name="seed">The seed of the draws.</param>
    /// <param name="ignore">The label of padding.</param>
    /// <exception cref="PatException">The flip probability is outside [0, 1] or the scale range is empty.</exception>
    public Augmentation(AugmentationOptions options, ulong seed, long ignore)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options is not { Flip: >= 0 and <= 1, ScaleMin: > 0 } || !(options.ScaleMin <= options.ScaleMax))
        {
            throw new PatException(
                $"Augmentation needs 0 <= flip <= 1 and 0 < scale minimum <= scale maximum; received {options}."
            );
        }
        (this.options, this.seed, this.ignore) = (options, seed, ignore);
    }

    /// <summary>(image ÷ 255 − mean) ÷ standard deviation of ImageNet's channels.</summary>
    /// <param name="images">uint8 [N, 3, H, W].</param>
    /// <returns>float32 [N, 3, H, W] on the same device.</returns>
    public static Tensor Normalize(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        using var mean = tensor(Mean, [1, 3, 1, 1], device: images.device);
        using var inverse = tensor(InverseDeviation, [1, 3, 1, 1], device: images.device);
        return images.to_type(ScalarType.Float32).sub_(mean).mul_(inverse);
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
        var random = new DeterministicRandom(seed, 0xA06, (ulong)epoch, (ulong)batch);
        using var scope = NewDisposeScope();
        var (varied, moved) = Flip(Normalize(images), labels, random);
        if (options.ScaleMin < 1 || options.ScaleMax > 1)
        {
            (varied, moved) = Scale(varied, moved, random);
        }
        return (varied.MoveToOuterDisposeScope(), moved.view(labels.shape).MoveToOuterDisposeScope());
    }

    private (Tensor Images, Tensor Labels) Flip(Tensor images, Tensor labels, DeterministicRandom random)
    {
        var draws = new byte[images.shape[0]];
        for (var index = 0; index < draws.Length; index++)
        {
            draws[index] = random.NextChance(options.Flip) ? (byte)1 : (byte)0;
        }
        if (Array.TrueForAll(draws, draw => draw == 0))
        {
            return (images, labels);
        }
        var flipped = tensor(draws, [draws.Length, 1, 1, 1], device: images.device).to_type(ScalarType.Bool);
        return (
            where(flipped, images.flip(3), images),
            where(flipped.view(draws.Length, 1, 1), labels.flip(2), labels)
        );
    }

    /// <summary>
    /// Resamples each image by its own factor: rows and columns are weighted sums, so two matrix products do it, with the same triangle
    /// filter as the loader. Labels take the nearest pixel. What falls outside gets 0 (the mean, as images are normalised) and ignore.
    /// </summary>
    private (Tensor Images, Tensor Labels) Scale(Tensor images, Tensor labels, DeterministicRandom random)
    {
        var (count, height, width) = ((int)images.shape[0], (int)images.shape[2], (int)images.shape[3]);
        var rows = new AxisSampling(count, height);
        var columns = new AxisSampling(count, width);
        for (var index = 0; index < count; index++)
        {
            var factor = options.ScaleMin * Math.Pow(options.ScaleMax / options.ScaleMin, random.NextUniform());
            rows.Set(index, factor, random.NextUniform());
            columns.Set(index, factor, random.NextUniform());
        }
        var device = images.device;
        var across = columns.Weights(device).view(count, 1, width, width).transpose(2, 3);
        var resampled = rows.Weights(device).view(count, 1, height, height).matmul(images).matmul(across);
        var (rowSource, columnSource) = (rows.Nearest(device), columns.Nearest(device));
        var source =
            rowSource.clamp(min: 0).view(count, height, 1) * width + columnSource.clamp(min: 0).view(count, 1, width);
        var inside = rowSource.ge(0).view(count, height, 1).logical_and(columnSource.ge(0).view(count, 1, width));
        var taken = labels.reshape(count, height * width).gather(1, source.view(count, height * width));
        return (resampled, where(inside, taken.view(count, height, width), tensor(ignore, device: device)));
    }
}
