using System;
using System.Collections.Generic;
using System.Linq;

namespace PatFramework.Core.Metrics;

/// <summary>
/// Scores of a whole data set, all from one confusion matrix (losses.md 7). A score whose denominator is 0 is NaN, never 0
/// or 1.
/// </summary>
/// <param name="Confusion">Counts [true class, predicted class].</param>
/// <param name="IoU">Per class, TP/(TP+FP+FN); NaN where the class is neither labelled nor predicted.</param>
/// <param name="MeanIoU">Mean over the classes with a non-empty union, so that a class only predicted counts as 0.</param>
/// <param name="Dice">Per class, 2TP/(2TP+FP+FN); NaN as for IoU.</param>
/// <param name="DiceError">1 − mean Dice over the same classes, in [0,1].</param>
/// <param name="Recall">Per class, TP/(TP+FN), the class's accuracy; NaN where it is not labelled.</param>
/// <param name="MeanAccuracy">Mean recall over the labelled classes.</param>
/// <param name="PixelAccuracy">Share of the valid pixels that are right.</param>
/// <param name="FrequencyWeightedIoU">IoU weighted by the class's share of the valid pixels.</param>
public sealed record SegmentationScores(
    long[,] Confusion,
    IReadOnlyList<double> IoU,
    double MeanIoU,
    IReadOnlyList<double> Dice,
    double DiceError,
    IReadOnlyList<double> Recall,
    double MeanAccuracy,
    double PixelAccuracy,
    double FrequencyWeightedIoU
)
{
    /// <summary>Derives every score.</summary>
    /// <param name="confusion">Square, [true class, predicted class].</param>
    public static SegmentationScores Of(long[,] confusion)
    {
        var classes = Enumerable.Range(0, confusion.GetLength(0)).ToArray();
        var right = classes.Select(c => confusion[c, c]).ToArray();
        var labelled = classes.Select(c => classes.Sum(q => confusion[c, q])).ToArray();
        var predicted = classes.Select(c => classes.Sum(t => confusion[t, c])).ToArray();
        var total = labelled.Sum();
        var iou = classes.Select(c => Ratio(right[c], labelled[c] + predicted[c] - right[c])).ToArray();
        var dice = classes.Select(c => Ratio(2 * right[c], labelled[c] + predicted[c])).ToArray();
        var recall = classes.Select(c => Ratio(right[c], labelled[c])).ToArray();
        return new SegmentationScores(
            confusion,
            iou,
            MeanOfDefined(iou),
            dice,
            1 - MeanOfDefined(dice),
            recall,
            MeanOfDefined(recall),
            Ratio(right.Sum(), total),
            total == 0 ? double.NaN : classes.Where(c => labelled[c] > 0).Sum(c => iou[c] * labelled[c] / total)
        );
    }

    /// <summary>Mean IoU over some of the classes, those with an empty union left out; NaN where none is left.</summary>
    /// <param name="classes">Class indices.</param>
    public double MeanIoUOver(IEnumerable<int> classes) => MeanOfDefined(classes.Select(c => IoU[c]));

    private static double Ratio(long part, long whole) => whole == 0 ? double.NaN : (double)part / whole;

    private static double MeanOfDefined(IEnumerable<double> values) =>
        values.Where(value => !double.IsNaN(value)).DefaultIfEmpty(double.NaN).Average();
}
