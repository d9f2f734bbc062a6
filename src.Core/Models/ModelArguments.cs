using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace PatFramework.Core.Models;

/// <summary>The values of an architecture's keys, defaults filled in.</summary>
/// <param name="Model">The architecture's name, for messages.</param>
/// <param name="Values">A value for every key of the entry.</param>
/// <param name="Spelled">The keys that were given and not filled in.</param>
/// <param name="Classes">Number of classes.</param>
/// <param name="InputChannels">Channels of an image.</param>
public sealed record ModelArguments(
    string Model,
    IReadOnlyDictionary<string, string> Values,
    IReadOnlySet<string> Spelled,
    int Classes,
    int InputChannels
)
{
    /// <summary>The value of a key as a whole number.</summary>
    /// <param name="key">One of the entry's keys.</param>
    /// <param name="minimum">Smallest value allowed.</param>
    /// <param name="maximum">Largest value allowed.</param>
    /// <exception cref="PatException">Not a whole number in that range.</exception>
    public int WholeNumber(string key, int minimum, int maximum) =>
        int.TryParse(Values[key], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        && value >= minimum
        && value <= maximum
            ? value
            : throw Wrong(key, $"a whole number from {minimum} to {maximum}");

    /// <summary>The value of a key as one of some whole numbers.</summary>
    /// <param name="key">One of the entry's keys.</param>
    /// <param name="allowed">The numbers.</param>
    /// <exception cref="PatException">None of them.</exception>
    public int OneOf(string key, params int[] allowed) =>
        int.TryParse(Values[key], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        && allowed.Contains(value)
            ? value
            : throw Wrong(key, string.Join(" or ", allowed));

    /// <summary>The value of a key as a choice among words.</summary>
    /// <param name="key">One of the entry's keys.</param>
    /// <param name="allowed">The words.</param>
    /// <exception cref="PatException">None of them.</exception>
    public string Choice(string key, IReadOnlyCollection<string> allowed) =>
        allowed.Contains(Values[key]) ? Values[key] : throw Wrong(key, $"one of {string.Join(", ", allowed)}");

    /// <summary>The value of a key as <c>true</c> or <c>false</c>.</summary>
    /// <param name="key">One of the entry's keys.</param>
    /// <exception cref="PatException">Neither.</exception>
    public bool Flag(string key) =>
        bool.TryParse(Values[key], out var value) ? value : throw Wrong(key, "true or false");

    /// <summary>The value of a key as a number in [0, 1).</summary>
    /// <param name="key">One of the entry's keys.</param>
    /// <exception cref="PatException">No number, or outside.</exception>
    public double Share(string key) =>
        Number(key) is >= 0 and < 1 and var value ? value : throw Wrong(key, "in [0, 1)");

    /// <summary>The value of a key as a finite number above 0.</summary>
    /// <param name="key">One of the entry's keys.</param>
    /// <exception cref="PatException">No number, or not above 0.</exception>
    public double Positive(string key) =>
        Number(key) is > 0 and var value ? value : throw Wrong(key, "a number above 0");

    /// <summary>What every architecture can be given: dropout, head and scale, checkpoint.</summary>
    /// <exception cref="PatException">A value out of range, or a scale for a linear head.</exception>
    public ModelOptions Options()
    {
        var cosine = Choice(ModelKeys.Head.Name, ["linear", "cosine"]) == "cosine";
        if (!cosine && Spelled.Contains(ModelKeys.Scale.Name))
        {
            throw new PatException($"{Model}: scale belongs to head=cosine; add it, or leave scale out.");
        }
        return new ModelOptions
        {
            Dropout = Share(ModelKeys.Dropout),
            CosineScale = cosine ? Positive(ModelKeys.Scale.Name) : null,
            Checkpoint = Flag(ModelKeys.Checkpoint.Name),
        };
    }

    private double Number(string key) =>
        double.TryParse(Values[key], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value)
            ? value
            : double.NaN;

    private PatException Wrong(string key, string rule) => new($"{Model}: {key}={Values[key]} is not {rule}.");
}
