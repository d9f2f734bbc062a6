using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PatFramework.Core.Data;

/// <summary>Which arrangement of NYUv2 to read.</summary>
public enum NyuLayout
{
    /// <summary>13 classes in arrays: <c>SPLIT/image/NAME.npy</c> and <c>SPLIT/label/NAME.npy</c>.</summary>
    Arrays,

    /// <summary>40 classes in pictures: <c>image/SPLIT/NAME.png|jpg</c> and <c>seg40/SPLIT/NAME.png</c>.</summary>
    Pictures,
}

/// <summary>
/// NYU Depth V2 (Silberman et al., Indoor Segmentation and Support Inference from RGBD Images, 2012), indoor scenes.
/// <see cref="NyuLayout.Arrays"/> is what Liu et al. (MTAN, 2019) published: images float [H, W, 3] or [3, H, W] in [0, 1], or uint8
/// 0 to 255; labels [H, W] of −1 (unlabelled) to 12. <see cref="NyuLayout.Pictures"/> stores 0 (unlabelled) and 1 to 40 (Gupta et al., 2013).
/// </summary>
public static class NyuV2
{
    /// <summary>The label of pixels without a class.</summary>
    public const byte Unlabelled = 255;

    private const string ArraySuffix = ".npy";

    /// <summary>The thirteen classes of the arrays, or the forty of the pictures, in PASCAL VOC's colours.</summary>
    public static IReadOnlyList<ClassInfo> Classes(NyuLayout layout) => layout == NyuLayout.Arrays ? Thirteen : Forty;

    /// <summary>Opens one split.</summary>
    /// <exception cref="PatException">The tree is another or incomplete, lacks the split, or an image and its label do not pair up.</exception>
    public static ISegmentationDataset Open(string directory, NyuLayout layout, string split) =>
        layout == NyuLayout.Arrays ? OpenArrays(directory, split) : OpenPictures(directory, split);

    /// <summary>The splits of a directory; none where it is of another layout.</summary>
    public static IReadOnlyList<string> Splits(string directory, NyuLayout layout) =>
        layout == NyuLayout.Arrays
            ?
            [
                .. Layout
                    .Directories(directory)
                    .Where(split =>
                        Directory.Exists(Path.Combine(directory, split, "image"))
                        || Directory.Exists(Path.Combine(directory, split, "label"))
                    ),
            ]
            : Layout.Directories(Path.Combine(directory, "image"));

    private static PairedFiles OpenArrays(string directory, string split)
    {
        var splits = Splits(directory, NyuLayout.Arrays);
        if (splits.Count == 0)
        {
            throw new PatException(
                $"{directory} is not an NYUv2 directory of arrays: expected SPLIT/image/NAME.npy beside SPLIT/label/NAME.npy, found {Layout.Contents(directory)}; pictures of 40 classes are read with classes=40."
            );
        }
        Layout.RequireSplit(directory, split, splits);
        var images = Path.Combine(directory, split, "image");
        var labels = Path.Combine(directory, split, "label");
        return new PairedFiles(
            $"nyuv2:{directory} ({split})",
            Thirteen,
            Unlabelled,
            FilePairs.ByName(images, [ArraySuffix], labels, ArraySuffix),
            new SampleReader(NpyImages.ReadImage, path => NpyImages.ReadLabels(path, Thirteen.Length, Unlabelled))
        );
    }

    private static PairedFiles OpenPictures(string directory, string split)
    {
        const string expected = "image/SPLIT/NAME.png or .jpg beside seg40/SPLIT/NAME.png";
        Layout.Require(directory, "an NYUv2 picture", expected, "image", "seg40");
        Layout.RequireSplit(directory, split, Splits(directory, NyuLayout.Pictures));
        var map = new LabelMap(
            "0 is unlabelled, 1 to 40 are classes",
            [(0, Unlabelled), .. Enumerable.Range(1, Forty.Length).Select(id => ((byte)id, (byte)(id - 1)))]
        );
        return new PairedFiles(
            $"nyuv2:{directory} ({split})",
            Forty,
            Unlabelled,
            FilePairs.ByName(
                Path.Combine(directory, "image", split),
                FilePairs.ImageExtensions,
                Path.Combine(directory, "seg40", split),
                ".png"
            ),
            new SampleReader(Codecs.ReadImage, map.Read)
        );
    }

    private static ClassInfo[] Named(string names) =>
        [.. names.Split(',').Select((name, index) => Coloured(name, index + 1))];

    /// <summary>PASCAL VOC's colour of an index: its bits in turn to red, green and blue, the lowest to the highest.</summary>
    private static ClassInfo Coloured(string name, int index)
    {
        var (red, green, blue) = (0, 0, 0);
        for (var bit = 7; index > 0; bit--, index >>= 3)
        {
            red |= (index & 1) << bit;
            green |= ((index >> 1) & 1) << bit;
            blue |= ((index >> 2) & 1) << bit;
        }
        return new ClassInfo(name, (byte)red, (byte)green, (byte)blue);
    }

    private static readonly ClassInfo[] Thirteen = Named(
        "bed,books,ceiling,chair,floor,furniture,objects,picture,sofa,table,tv,wall,window"
    );

    private static readonly ClassInfo[] Forty = Named(
        "wall,floor,cabinet,bed,chair,sofa,table,door,window,bookshelf,picture,counter,blinds,desk,shelves,curtain,dresser,pillow,"
            + "mirror,floor mat,clothes,ceiling,books,refrigerator,television,paper,towel,shower curtain,box,whiteboard,person,"
            + "night stand,toilet,sink,lamp,bathtub,bag,other structure,other furniture,other prop"
    );
}
