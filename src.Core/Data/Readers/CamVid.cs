using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PatFramework.Core.Data;

/// <summary>
/// CamVid in the 11-class layout of SegNet: <c>SPLIT/NAME.jpg|png</c> beside <c>SPLITannot/NAME.png</c>, void = 11.
/// Brostow et al., Semantic object classes in video, 2009; Badrinarayanan et al., SegNet, 2017.
/// </summary>
public static class CamVid
{
    /// <summary>The label of void.</summary>
    public const byte Void = 11;

    private const string AnnotationSuffix = "annot";

    /// <summary>The eleven classes, in the order of their ids, in SegNet's colours.</summary>
    public static IReadOnlyList<ClassInfo> Classes { get; } =
    [
        new("sky", 128, 128, 128),
        new("building", 128, 0, 0),
        new("pole", 192, 192, 128),
        new("road", 128, 64, 128),
        new("pavement", 60, 40, 222),
        new("tree", 128, 128, 0),
        new("sign", 192, 128, 128),
        new("fence", 64, 64, 128),
        new("car", 64, 0, 128),
        new("pedestrian", 64, 64, 0),
        new("bicyclist", 0, 128, 192),
    ];

    /// <summary>Opens one split.</summary>
    /// <param name="directory">The directory that holds <c>train</c>, <c>trainannot</c>, <c>val</c>, <c>valannot</c>, …</param>
    /// <param name="split">The split's name, such as <c>train</c>.</param>
    /// <exception cref="PatException">The directory is not CamVid, lacks the split, or an image and its label do not pair up.</exception>
    public static ISegmentationDataset Open(string directory, string split)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(split);
        var splits = Splits(directory);
        if (splits.Count == 0)
        {
            throw new PatException(
                $"{directory} is not a CamVid directory: expected SPLIT/ with images beside SPLITannot/ with masks "
                    + $"(train/ and trainannot/), found {Layout.Contents(directory)}."
            );
        }
        Layout.RequireSplit(directory, split, splits);
        var images = Path.Combine(directory, split);
        return new PairedFiles(
            $"camvid:{directory} ({split})",
            Classes,
            Void,
            FilePairs.ByName(images, FilePairs.ImageExtensions, images + AnnotationSuffix, ".png"),
            SampleReader.OfIds(Classes.Count, Void)
        );
    }

    /// <summary>The splits of a CamVid directory: every X with X/ and Xannot/; none where it is not one.</summary>
    public static IReadOnlyList<string> Splits(string directory) =>
        [
            .. Layout
                .Directories(directory)
                .Where(split => Directory.Exists(Path.Combine(directory, split + AnnotationSuffix))),
        ];
}
