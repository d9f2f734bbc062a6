using System.Collections.Generic;
using System.Globalization;

namespace PatFramework.Core.Models;

/// <summary>A key of an architecture's spelling, <c>unet:width=32</c>.</summary>
/// <param name="Name">The key.</param>
/// <param name="Default">Its value where it is left out.</param>
/// <param name="Summary">What it sets, in one line.</param>
public sealed record ModelKey(string Name, string Default, string Summary);

/// <summary>The values of an architecture's keys, defaults filled in.</summary>
/// <param name="Model">The architecture's name, for messages.</param>
/// <param name="Values">A value for every key of the entry.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="InputChannels">Channels of an image.</param>
public sealed record ModelArguments(
    string Model,
    IReadOnlyDictionary<string, string> Values,
    int Classes,
    int InputChannels
)
{
    /// <summary>The value of a key as a whole number.</summary>
    /// <param name="key">One of the entry's keys.</param>
    /// <param name="minimum">Smallest value allowed.</param>
    /// <param name="maximum">Largest value allowed.</param>
    /// <exception cref="PatException">Not a whole number in that range.</exception>
    public int WholeNumber(string key, int minimum, int maximum)
    {
        var text = Values[key];
        if (
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= minimum
            && value <= maximum
        )
        {
            return value;
        }
        throw new PatException($"{Model}: {key}={text} is not a whole number from {minimum} to {maximum}.");
    }
}

/// <summary>An architecture in the catalogue.</summary>
/// <param name="Name">How it is spelt.</param>
/// <param name="Summary">What it is, in one line, with its source.</param>
/// <param name="Keys">Its keys with their defaults.</param>
/// <param name="Build">Builds it from the keys' values.</param>
public sealed record ModelEntry(
    string Name,
    string Summary,
    IReadOnlyList<ModelKey> Keys,
    System.Func<ModelArguments, SegmentationModel> Build
);
