using System.Collections.Generic;
using System.Linq;

namespace PatFramework.Core.Metrics;

/// <summary>
/// The classes by their share of the training set's valid pixels: head from 10 %, medium from 2 % to below 10 %, tail below
/// 2 %. On CamVid's 11 classes the tail is pole, sign, fence, pedestrian and bicyclist.
/// </summary>
/// <param name="Head">Class indices, most frequent first.</param>
/// <param name="Medium">Class indices, most frequent first.</param>
/// <param name="Tail">Class indices, most frequent first.</param>
public sealed record ClassGroups(IReadOnlyList<int> Head, IReadOnlyList<int> Medium, IReadOnlyList<int> Tail)
{
    /// <summary>Smallest share of a head class.</summary>
    public const double HeadShare = 0.10;

    /// <summary>Smallest share of a medium class.</summary>
    public const double MediumShare = 0.02;

    /// <summary><c>head</c>, <c>medium</c> or <c>tail</c>.</summary>
    /// <param name="index">The class.</param>
    public string NameOf(int index) =>
        Head.Contains(index) ? "head"
        : Medium.Contains(index) ? "medium"
        : "tail";

    /// <summary>Groups classes by share.</summary>
    /// <param name="pixelCounts">Valid training pixels of each class.</param>
    public static ClassGroups ByPixelShare(IReadOnlyList<long> pixelCounts)
    {
        var total = System.Math.Max(1, pixelCounts.Sum());
        var byShare = pixelCounts
            .Select((count, index) => (Class: index, Share: (double)count / total))
            .OrderByDescending(entry => entry.Share)
            .ThenBy(entry => entry.Class)
            .ToList();
        List<int> From(double low, double high) =>
            byShare.Where(entry => entry.Share >= low && entry.Share < high).Select(entry => entry.Class).ToList();
        return new ClassGroups(
            From(HeadShare, double.PositiveInfinity),
            From(MediumShare, HeadShare),
            From(0, MediumShare)
        );
    }
}
