using System;

namespace PatFramework.Core.Data;

/// <summary>The source pixels that one output pixel blends along an axis: Weights[k] of pixel First + k; they sum to 1.</summary>
internal sealed record Taps(int First, float[] Weights)
{
    /// <summary>The source pixel nearest to an output pixel, ⌊(index + ½) source ÷ target⌋.</summary>
    public static int Nearest(int index, int source, int target) => (int)((2L * index + 1) * source / (2L * target));

    /// <summary>The triangle filter of <see cref="Resampling.Bilinear"/> for each output pixel of an axis.</summary>
    public static Taps[] Triangle(int source, int target)
    {
        var scale = (double)source / target;
        var reach = Math.Max(scale, 1.0);
        var taps = new Taps[target];
        for (var index = 0; index < target; index++)
        {
            var centre = (index + 0.5) * scale;
            var first = Math.Max(0, (int)Math.Floor(centre - reach + 0.5));
            var end = Math.Min(source, (int)Math.Floor(centre + reach + 0.5));
            var weights = new double[end - first];
            var total = 0.0;
            for (var tap = 0; tap < weights.Length; tap++)
            {
                weights[tap] = Math.Max(0.0, 1.0 - Math.Abs(first + tap + 0.5 - centre) / reach);
                total += weights[tap];
            }
            taps[index] = new Taps(first, Array.ConvertAll(weights, weight => (float)(weight / total)));
        }
        return taps;
    }
}
