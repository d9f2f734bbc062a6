using System;

namespace PatFramework.Core.Data.Synth;

/// <summary>Smooth value noise over the plane: hashed lattice points, blended.</summary>
internal static class Noise
{
    /// <summary>Noise in [0, 1] with features about one unit across.</summary>
    public static float Smooth(double x, double y, uint seed)
    {
        var (left, top) = (Math.Floor(x), Math.Floor(y));
        var (column, row) = ((int)left, (int)top);
        var (across, down) = (Ease((float)(x - left)), Ease((float)(y - top)));
        var upper = Blend(Hashed(column, row, seed), Hashed(column + 1, row, seed), across);
        var lower = Blend(Hashed(column, row + 1, seed), Hashed(column + 1, row + 1, seed), across);
        return Blend(upper, lower, down);
    }

    /// <summary>Three octaves of <see cref="Smooth"/>, in [0, 1].</summary>
    public static float Rough(double x, double y, uint seed) =>
        (4 * Smooth(x, y, seed) + 2 * Smooth(2 * x, 2 * y, seed + 1) + Smooth(4 * x, 4 * y, seed + 2)) / 7;

    /// <summary>White noise in [0, 1), a function of the lattice point and the seed.</summary>
    public static float Hashed(int column, int row, uint seed)
    {
        var bits = unchecked((uint)column * 0x8DA6B343u ^ (uint)row * 0xD8163841u ^ seed * 0xCB1AB31Fu);
        bits = unchecked((bits ^ (bits >> 16)) * 0x7FEB352Du);
        bits = unchecked((bits ^ (bits >> 15)) * 0x846CA68Bu);
        return (bits ^ (bits >> 16)) * (1f / uint.MaxValue);
    }

    private static float Ease(float value) => value * value * (3 - 2 * value);

    private static float Blend(float from, float to, float share) => from + share * (to - from);
}
