using System;
using static TorchSharp.torch;

namespace PatFramework.Core.Data;

/// <summary>How a batch of images is rescaled and cut or padded back to its size along one axis, for each image on its own.</summary>
internal sealed class AxisSampling
{
    private readonly int count;
    private readonly int size;
    private readonly float[] weights;
    private readonly long[] nearest;

    public AxisSampling(int count, int size)
    {
        (this.count, this.size) = (count, size);
        weights = new float[count * size * size];
        nearest = new long[count * size];
        Array.Fill(nearest, -1);
    }

    /// <summary>Sets one image's scale and where the window of the old size lies in the scaled axis.</summary>
    /// <param name="image">The image's place in the batch.</param>
    /// <param name="factor">Scaled length ÷ size.</param>
    /// <param name="place">In [0, 1): from the first to the last place possible.</param>
    public void Set(int image, double factor, double place)
    {
        var length = Math.Max(1, (int)Math.Round(size * factor));
        var slack = (int)(place * (Math.Abs(length - size) + 1));
        var start = length >= size ? slack : -slack;
        var taps = Taps.Triangle(size, length);
        for (var output = Math.Max(0, -start); output < Math.Min(size, length - start); output++)
        {
            var row = image * size + output;
            var tap = taps[output + start];
            tap.Weights.CopyTo(weights, row * size + tap.First);
            nearest[row] = Taps.Nearest(output + start, size, length);
        }
    }

    /// <summary>float32 [count, size, size]: row i holds the weights of the source pixels in output i; zeros outside the image.</summary>
    public Tensor Weights(Device device) => tensor(weights, [count, size, size], device: device);

    /// <summary>int64 [count, size]: the source pixel of output i; −1 outside the image.</summary>
    public Tensor Nearest(Device device) => tensor(nearest, [count, size], device: device);
}
