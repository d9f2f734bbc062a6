using System;

namespace PatFramework.Core.Data;

/// <summary>
/// SplitMix64: the same numbers on every machine and in every version of .NET, which System.Random does not promise.
/// Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.
/// </summary>
public sealed class DeterministicRandom
{
    private const ulong Increment = 0x9E3779B97F4A7C15;
    private ulong state;

    /// <summary>A stream of its own for each list of keys, such as (seed, epoch, batch).</summary>
    public DeterministicRandom(params ReadOnlySpan<ulong> keys)
    {
        foreach (var key in keys)
        {
            state = Mix(state + Increment + Mix(key + Increment));
        }
    }

    /// <summary>The next 64 bits.</summary>
    public ulong NextBits() => Mix(state += Increment);

    /// <summary>Uniform in [0, 1).</summary>
    public double NextUniform() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double NextUniform(double low, double high) => low + (high - low) * NextUniform();

    /// <summary>A whole number, uniform in [0, end).</summary>
    public int NextBelow(int end) => (int)Math.BigMul(NextBits(), (ulong)end, out _);

    /// <summary>True with the given probability.</summary>
    public bool NextChance(double probability) => NextUniform() < probability;

    /// <summary>Puts the items in a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var last = items.Length - 1; last > 0; last--)
        {
            var other = NextBelow(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
