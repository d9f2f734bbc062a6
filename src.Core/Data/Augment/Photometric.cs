using System;
using System.Collections.Generic;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Data;

/// <summary>Varies the colours of images and leaves their pixels where they are.</summary>
public static class Photometric
{
    /// <summary>The luma of ITU-R BT.601.</summary>
    private static readonly double[] Luma = [0.299, 0.587, 0.114];

    private const double LeastSigma = 0.1;
    private const double GreatestSigma = 2;

    /// <summary>Changes the colours of each image by draws of its own.</summary>
    /// <param name="images">Levels 0 to 255, [N,3,H,W].</param>
    /// <param name="strength">s: factors in [1 − s, 1 + s], the hue within s/4 of a turn.</param>
    /// <param name="random">The draws.</param>
    /// <returns>float32 levels.</returns>
    public static Tensor Jitter(Tensor images, double strength, DeterministicRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(random);
        var changes = new ColourChange[images.shape[0]];
        for (var index = 0; index < changes.Length; index++)
        {
            changes[index] = new ColourChange(
                Factor(),
                Factor(),
                Factor(),
                random.NextUniform(-strength / 4, strength / 4)
            );
        }
        return Jitter(images, changes);

        double Factor() => random.NextUniform(1 - strength, 1 + strength);
    }

    /// <summary>
    /// x ← b x; x ← m + c (x − m) with m the image's mean luma; x ← l + s (x − l) with l the pixel's luma; a turn about the grey
    /// axis: together a linear map of colours, x ← b c H S x + (1 − c) b m, then clamped to the levels.
    /// </summary>
    /// <param name="images">Levels 0 to 255, [N,3,H,W].</param>
    /// <param name="changes">What each image is changed by.</param>
    /// <returns>float32 levels.</returns>
    public static Tensor Jitter(Tensor images, IReadOnlyList<ColourChange> changes)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(changes);
        var (count, height, width) = (images.shape[0], images.shape[2], images.shape[3]);
        var maps = new float[count * 9];
        var greys = new float[count];
        for (var index = 0; index < count; index++)
        {
            var change = changes[index];
            var map = Multiply(HueTurn(change.Hue), SaturationMap(change.Saturation));
            for (var entry = 0; entry < 9; entry++)
            {
                maps[index * 9 + entry] = (float)(change.Brightness * change.Contrast * map[entry / 3, entry % 3]);
            }
            greys[index] = (float)((1 - change.Contrast) * change.Brightness);
        }
        var device = images.device;
        var flat = images.to_type(ScalarType.Float32).reshape(count, 3, height * width);
        var luma = tensor(Array.ConvertAll(Luma, weight => (float)weight), [1, 1, 3], device: device);
        var means = luma.matmul(flat).mean([2], keepdim: true);
        var offsets = means * tensor(greys, [count, 1, 1], device: device);
        var changed = tensor(maps, [count, 3, 3], device: device).matmul(flat) + offsets;
        return changed.clamp(0, byte.MaxValue).view(count, 3, height, width);
    }

    /// <summary>Blurs each image with a probability, by a σ of its own.</summary>
    /// <param name="images">Levels, [N,3,H,W].</param>
    /// <param name="probability">The probability.</param>
    /// <param name="random">The draws.</param>
    /// <returns>float32 levels.</returns>
    public static Tensor Blur(Tensor images, double probability, DeterministicRandom random)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(random);
        var sigmas = new double[images.shape[0]];
        for (var index = 0; index < sigmas.Length; index++)
        {
            var isBlurred = random.NextChance(probability);
            var sigma = random.NextUniform(LeastSigma, GreatestSigma);
            sigmas[index] = isBlurred ? sigma : 0;
        }
        return Blur(images, sigmas);
    }

    /// <summary>Blurs each image by its σ, 0 for none: weighted sums of rows and of columns, the image reflected at its edges.</summary>
    /// <param name="images">Levels, [N,3,H,W].</param>
    /// <param name="sigmas">σ of each image, in pixels.</param>
    /// <returns>float32 levels.</returns>
    public static Tensor Blur(Tensor images, IReadOnlyList<double> sigmas)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(sigmas);
        var (count, height, width) = (sigmas.Count, (int)images.shape[2], (int)images.shape[3]);
        var rows = GaussianWeights(sigmas, height, images.device).view(count, 1, height, height);
        var columns = GaussianWeights(sigmas, width, images.device).view(count, 1, width, width);
        return rows.matmul(images.to_type(ScalarType.Float32)).matmul(columns.transpose(2, 3));
    }

    /// <summary>
    /// [N,size,size]: row i holds exp(−k²/2σ²), normalised, at i + k for |k| ≤ 3σ; beyond an edge it folds back, so that rows and
    /// columns sum to 1.
    /// </summary>
    private static Tensor GaussianWeights(IReadOnlyList<double> sigmas, int size, Device device)
    {
        var weights = new float[sigmas.Count * size * size];
        for (var image = 0; image < sigmas.Count; image++)
        {
            var kernel = Kernel(sigmas[image]);
            for (var output = 0; output < size; output++)
            {
                for (var tap = 0; tap < kernel.Length; tap++)
                {
                    var source = Reflected(output + tap - kernel.Length / 2, size);
                    weights[(image * size + output) * size + source] += (float)kernel[tap];
                }
            }
        }
        return tensor(weights, [sigmas.Count, size, size], device: device);
    }

    private static double[] Kernel(double sigma)
    {
        var reach = (int)Math.Ceiling(3 * sigma);
        var kernel = new double[2 * reach + 1];
        var total = 0.0;
        for (var tap = 0; tap < kernel.Length; tap++)
        {
            var distance = tap - reach;
            kernel[tap] = distance == 0 ? 1 : Math.Exp(-distance * distance / (2 * sigma * sigma));
            total += kernel[tap];
        }
        return Array.ConvertAll(kernel, weight => weight / total);
    }

    /// <summary>The pixel that stands at a place outside: −1 is 0, −2 is 1, and so on, as often as needed.</summary>
    private static int Reflected(int place, int size)
    {
        var period = 2 * size;
        var within = ((place % period) + period) % period;
        return within < size ? within : period - 1 - within;
    }

    private static double[,] SaturationMap(double saturation)
    {
        var map = new double[3, 3];
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                map[row, column] = (1 - saturation) * Luma[column] + (row == column ? saturation : 0);
            }
        }
        return map;
    }

    /// <summary>The rotation about (1, 1, 1) by a number of turns (Rodrigues).</summary>
    private static double[,] HueTurn(double turns)
    {
        var (sine, cosine) = Math.SinCos(2 * Math.PI * turns);
        var across = sine / Math.Sqrt(3);
        var rest = (1 - cosine) / 3;
        return new[,]
        {
            { cosine + rest, rest - across, rest + across },
            { rest + across, cosine + rest, rest - across },
            { rest - across, rest + across, cosine + rest },
        };
    }

    private static double[,] Multiply(double[,] left, double[,] right)
    {
        var product = new double[3, 3];
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                for (var inner = 0; inner < 3; inner++)
                {
                    product[row, column] += left[row, inner] * right[inner, column];
                }
            }
        }
        return product;
    }
}
