namespace PatFramework.Core.Models;

/// <summary>What every architecture can be given.</summary>
public sealed record ModelOptions
{
    /// <summary>The options where nothing is said.</summary>
    public static ModelOptions Default { get; } = new();

    /// <summary>Share of the channels, or in the DeepLabs of the values, that training zeroes; null: the architecture's own.</summary>
    public double? Dropout { get; init; }

    /// <summary>The scale of a normalised classifier (<see cref="CosineClassifier"/>); null: a linear one.</summary>
    public double? CosineScale { get; init; }

    /// <summary>Whether blocks are computed again in the backward pass instead of kept: less memory, more time, the same gradient.</summary>
    public bool Checkpoint { get; init; }
}
