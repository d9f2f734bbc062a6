using System;
using System.Collections.Generic;
using System.Linq;

namespace PatFramework.Core.Data;

/// <summary>The order in which an epoch visits the samples, a function of the seed and the epoch; as long as the data set.</summary>
public static class SampleOrders
{
    private const ulong Stream = 0x5A3;

    /// <summary>
    /// r_c = max(1, √(t/f_c)) with f_c the share of images that show class c; an image's factor is the largest of its classes'.
    /// Gupta, Dollár, Girshick 2019, LVIS.
    /// </summary>
    /// <param name="presence">Which classes each image shows.</param>
    /// <param name="threshold">t.</param>
    /// <returns>The factor of each image; 1 for one that shows no class.</returns>
    public static IReadOnlyList<double> RepeatFactors(ClassPresence presence, double threshold)
    {
        ArgumentNullException.ThrowIfNull(presence);
        var images = presence.Images.SelectMany(classes => classes).CountBy(id => id).ToDictionary();
        double Factor(int id) => Math.Max(1, Math.Sqrt(threshold * presence.Images.Count / images[id]));
        return [.. presence.Images.Select(classes => classes.Select(Factor).DefaultIfEmpty(1).Max())];
    }

    /// <summary>P(c) = exp((1 − π_c)/T) / Σ over the classes that occur, π_c the share of pixels (Hoyer et al. 2022, DAFormer).</summary>
    /// <param name="priors">π_c; a class with 0 is never drawn.</param>
    /// <param name="temperature">T.</param>
    public static IReadOnlyList<double> ClassProbabilities(IReadOnlyList<double> priors, double temperature)
    {
        ArgumentNullException.ThrowIfNull(priors);
        // Against the rarest, so that exp neither overflows nor loses all of them.
        var rarest = priors.Where(prior => prior > 0).DefaultIfEmpty(1).Min();
        var weights = priors.Select(prior => prior > 0 ? Math.Exp((rarest - prior) / temperature) : 0).ToArray();
        var total = Math.Max(weights.Sum(), double.Epsilon);
        return [.. weights.Select(weight => weight / total)];
    }

    /// <summary>
    /// Each image ⌊r⌋ times and once more with the probability of the rest of its factor, in random order, cut or begun again to the
    /// length of the data set: in the mean, images are visited in proportion to their factors.
    /// </summary>
    /// <param name="factors">The factor of each image.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="epoch">The epoch.</param>
    public static int[] Repeated(IReadOnlyList<double> factors, ulong seed, int epoch)
    {
        ArgumentNullException.ThrowIfNull(factors);
        var random = new DeterministicRandom(seed, Stream, (ulong)epoch);
        var all = new List<int>();
        while (all.Count < factors.Count)
        {
            var round = Enumerable
                .Range(0, factors.Count)
                .SelectMany(image => Enumerable.Repeat(image, Times(factors[image])))
                .ToArray();
            random.Shuffle(round.AsSpan());
            all.AddRange(round);
        }
        return [.. all.Take(factors.Count)];

        int Times(double factor) => (int)factor + (random.NextChance(factor - Math.Floor(factor)) ? 1 : 0);
    }

    /// <summary>For each place of the epoch a class by its probability, then an image that shows it, each alike.</summary>
    /// <param name="presence">Which classes each image shows.</param>
    /// <param name="probabilities">P(c).</param>
    /// <param name="seed">The seed.</param>
    /// <param name="epoch">The epoch.</param>
    /// <exception cref="PatException">No image shows a class that can be drawn.</exception>
    public static int[] RareClassFirst(
        ClassPresence presence,
        IReadOnlyList<double> probabilities,
        ulong seed,
        int epoch
    )
    {
        ArgumentNullException.ThrowIfNull(presence);
        ArgumentNullException.ThrowIfNull(probabilities);
        var showing = probabilities.Select((_, id) => Showing(presence, id)).ToArray();
        var drawable = Enumerable
            .Range(0, showing.Length)
            .Where(id => showing[id].Length > 0 && probabilities[id] > 0)
            .ToArray();
        if (drawable.Length == 0)
        {
            throw new PatException(
                "No training image shows a class, so none can be drawn first: leave --sampling out."
            );
        }
        var random = new DeterministicRandom(seed, Stream, (ulong)epoch);
        var total = drawable.Sum(id => probabilities[id]);
        var order = new int[presence.Images.Count];
        for (var place = 0; place < order.Length; place++)
        {
            var left = random.NextUniform() * total;
            var which = 0;
            while (which < drawable.Length - 1 && left >= probabilities[drawable[which]])
            {
                left -= probabilities[drawable[which++]];
            }
            var images = showing[drawable[which]];
            order[place] = images[random.NextBelow(images.Length)];
        }
        return order;
    }

    private static int[] Showing(ClassPresence presence, int id) =>
        [.. Enumerable.Range(0, presence.Images.Count).Where(image => presence.Images[image].Contains(id))];
}
