using System;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Data;

/// <summary>Moves the pixels of images and labels together: images by interpolation, labels by the nearest pixel.</summary>
public static class Geometry
{
    /// <summary>Mirrors each image with a probability.</summary>
    /// <param name="images">Normalised, [N,3,H,W].</param>
    /// <param name="labels">int64 [N,H,W].</param>
    /// <param name="probability">The probability.</param>
    /// <param name="random">The draws.</param>
    public static (Tensor Images, Tensor Labels) Flip(
        Tensor images,
        Tensor labels,
        double probability,
        DeterministicRandom random
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(random);
        var draws = new byte[images.shape[0]];
        for (var index = 0; index < draws.Length; index++)
        {
            draws[index] = random.NextChance(probability) ? (byte)1 : (byte)0;
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
    /// <param name="images">Normalised, [N,3,H,W].</param>
    /// <param name="labels">int64 [N,H,W].</param>
    /// <param name="range">The least and the greatest factor.</param>
    /// <param name="ignore">The label of what falls outside.</param>
    /// <param name="random">The draws.</param>
    public static (Tensor Images, Tensor Labels) Scale(
        Tensor images,
        Tensor labels,
        (double Min, double Max) range,
        long ignore,
        DeterministicRandom random
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(random);
        var (count, height, width) = ((int)images.shape[0], (int)images.shape[2], (int)images.shape[3]);
        var rows = new AxisSampling(count, height);
        var columns = new AxisSampling(count, width);
        for (var index = 0; index < count; index++)
        {
            var factor = range.Min * Math.Pow(range.Max / range.Min, random.NextUniform());
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

    /// <summary>
    /// Turns each image about its centre by its own angle. What falls outside gets 0 (the mean, as images are normalised) and ignore.
    /// </summary>
    /// <param name="images">Normalised, [N,3,H,W].</param>
    /// <param name="labels">int64 [N,H,W].</param>
    /// <param name="degrees">The largest angle.</param>
    /// <param name="ignore">The label of what falls outside.</param>
    /// <param name="random">The draws.</param>
    public static (Tensor Images, Tensor Labels) Rotate(
        Tensor images,
        Tensor labels,
        double degrees,
        long ignore,
        DeterministicRandom random
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(random);
        var angles = new double[images.shape[0]];
        for (var index = 0; index < angles.Length; index++)
        {
            angles[index] = random.NextUniform(-degrees, degrees);
        }
        return Rotate(images, labels, angles, ignore);
    }

    /// <summary>Turns each image about its centre by an angle in degrees.</summary>
    /// <param name="images">Normalised, [N,3,H,W].</param>
    /// <param name="labels">int64 [N,H,W].</param>
    /// <param name="angles">The angle of each image.</param>
    /// <param name="ignore">The label of what falls outside.</param>
    public static (Tensor Images, Tensor Labels) Rotate(Tensor images, Tensor labels, double[] angles, long ignore)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(angles);
        var (count, height, width) = (angles.Length, images.shape[2], images.shape[3]);
        // Coordinates run from −1 to 1 along both axes, so a turn of pixels is a turn with the sides' ratio.
        var aspect = (double)height / width;
        var maps = new float[count * 6];
        for (var index = 0; index < count; index++)
        {
            var (sine, cosine) = Math.SinCos(angles[index] * Math.PI / 180);
            double[] map = [cosine, -sine * aspect, 0, sine / aspect, cosine, 0];
            Array.ConvertAll(map, value => (float)value).CopyTo(maps, index * map.Length);
        }
        var device = images.device;
        var grid = nn.functional.affine_grid(tensor(maps, [count, 2, 3], device: device), [count, 1, height, width]);
        var turned = nn.functional.grid_sample(images, grid, GridSampleMode.Bilinear, align_corners: false);
        // Labels are counted from 1, so that the 0 of the outside is none of them.
        var numbered = (labels + 1).to_type(ScalarType.Float32).unsqueeze(1);
        var nearest = nn.functional.grid_sample(numbered, grid, GridSampleMode.Nearest, align_corners: false);
        var taken = nearest.squeeze(1).to_type(ScalarType.Int64) - 1;
        return (turned, where(taken.lt(0), tensor(ignore, device: device), taken));
    }
}
