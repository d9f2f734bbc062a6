using System;
using System.Collections.Generic;
using System.Linq;

namespace PatFramework.Core.Data;

/// <summary>A split with what its samples hold.</summary>
/// <param name="Name">The split's name.</param>
/// <param name="Dataset">Its samples.</param>
/// <param name="Samples">What opening them came to.</param>
public sealed record CheckedSplit(string Name, ISegmentationDataset Dataset, CheckedSamples Samples);

/// <summary>What is wrong between the samples and the splits of a data set.</summary>
/// <param name="Problems">What makes scores untrue: the same image in two splits, splits with other classes.</param>
/// <param name="Notes">What a user should know: an image twice in one split, classes that training never sees.</param>
public sealed record SplitsReport(IReadOnlyList<string> Problems, IReadOnlyList<string> Notes);

/// <summary>Compares the splits of a data set with each other.</summary>
public static class SplitsCheck
{
    private static readonly string[] TrainingNames = ["train", "trainval"];

    /// <summary>Looks for duplicates by decoded content, for classes that differ, and for classes that training never sees.</summary>
    public static SplitsReport Run(IReadOnlyList<CheckedSplit> splits)
    {
        ArgumentNullException.ThrowIfNull(splits);
        var duplicates = Duplicates(splits);
        return new SplitsReport(
            [
                .. OtherClasses(splits),
                .. duplicates.Where(pair => pair.First.Split != pair.Again.Split).Select(pair => pair.Sentence),
            ],
            [
                .. duplicates.Where(pair => pair.First.Split == pair.Again.Split).Select(pair => pair.Sentence),
                .. NeverTrained(splits),
            ]
        );
    }

    private static List<Duplicate> Duplicates(IReadOnlyList<CheckedSplit> splits) =>
        [
            .. splits
                .SelectMany(split => split.Samples.Good.Select(print => new Place(split, print)))
                .GroupBy(place => place.Print.Image)
                .SelectMany(group => group.Skip(1).Select(again => new Duplicate(group.First(), again))),
        ];

    private static IEnumerable<string> OtherClasses(IReadOnlyList<CheckedSplit> splits) =>
        from split in splits.Skip(1)
        let first = splits[0]
        where !split.Dataset.Classes.SequenceEqual(first.Dataset.Classes)
        select $"The classes of {split.Name} ({Names(split)}) are not those of {first.Name} ({Names(first)}): splits of one data set share them.";

    private static string Names(CheckedSplit split) => string.Join(", ", split.Dataset.Classes.Select(one => one.Name));

    private static IEnumerable<string> NeverTrained(IReadOnlyList<CheckedSplit> splits)
    {
        if (splits.FirstOrDefault(split => TrainingNames.Contains(split.Name)) is not { } training)
        {
            return [];
        }
        var seen = training.Samples.Good.SelectMany(print => print.Classes).ToHashSet();
        return from split in splits
            where split != training
            from classId in Enumerable.Range(0, split.Dataset.Classes.Count)
            let images = split.Samples.Good.Count(print => print.Classes.Contains(classId))
            where images > 0 && !seen.Contains(classId)
            select $"The class '{split.Dataset.Classes[classId].Name}' is in {images} images of {split.Name} but in none of {training.Name}: no model can learn it.";
    }

    private sealed record Place(CheckedSplit Split, SampleFingerprint Print)
    {
        /// <summary>The image's path, or where there is none, split and name.</summary>
        public string Name =>
            Split.Dataset is ISampleFiles files
                ? files.ImageFile(Print.Index)
                : $"{Split.Name}/{Split.Dataset.SampleName(Print.Index)}";
    }

    private sealed record Duplicate(Place First, Place Again)
    {
        public string Sentence
        {
            get
            {
                var where =
                    First.Split == Again.Split
                        ? $"both in {First.Split.Name}"
                        : $"in {First.Split.Name} and {Again.Split.Name}";
                var labels = First.Print.Label == Again.Print.Label ? "the same labels" : "different labels";
                return $"{First.Name} and {Again.Name} ({where}) are the same image with {labels}: keep one of the two.";
            }
        }
    }
}
