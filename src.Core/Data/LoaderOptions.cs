using System;
using static TorchSharp.torch;

namespace PatFramework.Core.Data;

/// <summary>How a <c>DataLoader</c> cuts a data set into batches.</summary>
/// <param name="BatchSize">Samples per batch.</param>
/// <param name="Size">The size every sample is resized to.</param>
public sealed record LoaderOptions(int BatchSize, ImageSize Size)
{
    /// <summary>Whether each epoch has its own random order, a function of <see cref="Seed"/> and the epoch alone.</summary>
    public bool Shuffle { get; init; }

    /// <summary>The order of each epoch, in place of <see cref="Shuffle"/>: as many places as there are samples. Null for none.</summary>
    public Func<int, int[]>? Order { get; init; }

    /// <summary>The seed of the order.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads that decode; the batches do not depend on it.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Batches decoded ahead of the consumer at most.</summary>
    public int QueueLength { get; init; } = 4;

    /// <summary>Where the batches go; on a GPU nobody waits for that, and it goes on beside what the GPU was given before.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>Whether a last batch of fewer than <see cref="BatchSize"/> samples is left out.</summary>
    public bool DropLast { get; init; }
}
