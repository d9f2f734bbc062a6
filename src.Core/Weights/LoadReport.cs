using System;
using System.Collections.Generic;
using System.Linq;

namespace PatFramework.Core.Weights;

/// <summary>How weights and a model differ.</summary>
/// <param name="Missing">Names that the model has and the weights lack.</param>
/// <param name="Unexpected">Names that the weights have and the model lacks.</param>
/// <param name="Mismatched">Names of both whose shapes differ.</param>
public sealed record LoadReport(
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Unexpected,
    IReadOnlyList<Mismatch> Mismatched
)
{
    private const int NamesShown = 5;

    /// <summary>Whether everything fits.</summary>
    public bool IsComplete => Missing.Count + Unexpected.Count + Mismatched.Count == 0;

    /// <summary>The differences in words: lacks …; has unexpectedly …; has other shapes for ….</summary>
    public IReadOnlyList<string> Faults =>
        [
            .. Fault("lacks", Missing),
            .. Fault("has unexpectedly", Unexpected),
            .. Fault("has other shapes for", Mismatched.Select(one => one.ToString())),
        ];

    private static IEnumerable<string> Fault(string fault, IEnumerable<string> names)
    {
        var all = names.Order(StringComparer.Ordinal).ToList();
        if (all.Count > 0)
        {
            var more = all.Count > NamesShown ? $" and {all.Count - NamesShown} more" : "";
            yield return $"{fault} {string.Join(", ", all.Take(NamesShown))}{more}";
        }
    }
}

/// <summary>A name whose shapes differ.</summary>
/// <param name="Name">The name.</param>
/// <param name="Found">The weights' shape.</param>
/// <param name="Expected">The model's shape.</param>
public sealed record Mismatch(string Name, IReadOnlyList<long> Found, IReadOnlyList<long> Expected)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} ([{string.Join(',', Found)}] for [{string.Join(',', Expected)}])";
}
