/// What the console, JSON and the page tell about a split: the same numbers under the same names.
module PatFramework.Experiments.DataSummary

open PatFramework.Core.Data
open PatFramework.Core.Metrics

/// A class in a split. Sizes are pixels of masks; a mask is all pixels of the class in one image.
type ClassSummary =
    {
        Name: string
        Colour: string
        Group: string
        Pixels: int64
        /// The share of the pixels that have a class.
        Share: float
        Images: int64
        Smallest: int
        Median: int
        Largest: int
        /// Masks of 4^k to 4^(k+1) − 1 pixels, as many bins for each class of a split.
        Histogram: int list
        /// Images that hold this class and the class of each position.
        Together: int list
    }

/// A split.
type SplitSummary =
    {
        Name: string
        Images: int
        /// The share of all pixels that have no class.
        Ignored: float
        IgnoredPixels: int64
        /// Pixels of the commonest class ÷ pixels of the rarest that occurs.
        Imbalance: float
        Classes: ClassSummary list
    }

/// The middle of ascending sizes, the lower of two; 0 of none.
let median (sizes: int list) =
    if sizes.IsEmpty then 0 else sizes[(sizes.Length - 1) / 2]

/// `#8000ff`.
let colour (item: ClassInfo) =
    $"#{item.Red:x2}{item.Green:x2}{item.Blue:x2}"

/// The summary of a split from what was counted in it.
let ofSplit (name: string) (classes: ClassInfo seq) (statistics: MaskStatistics) : SplitSummary =
    let counts = statistics.Counts
    let groups = ClassGroups.ByPixelShare counts.PixelCounts
    let histograms = [ for sizes in statistics.Sizes -> MaskStatistics.Histogram sizes |> List.ofSeq ]
    let bins = histograms |> List.map List.length |> List.fold max 0

    let summary index (item: ClassInfo) =
        let sizes = List.ofSeq statistics.Sizes[index]
        let histogram = histograms[index]

        { Name = item.Name
          Colour = colour item
          Group = groups.NameOf index
          Pixels = counts.PixelCounts[index]
          Share = counts.Priors[index]
          Images = counts.ImageCounts[index]
          Smallest = sizes |> List.tryHead |> Option.defaultValue 0
          Median = median sizes
          Largest = sizes |> List.tryLast |> Option.defaultValue 0
          Histogram = histogram @ List.replicate (bins - histogram.Length) 0
          Together = List.ofSeq statistics.CoOccurrence[index] }

    let all = Seq.sum counts.PixelCounts + counts.IgnoredPixels

    { Name = name
      Images = counts.Images
      Ignored = float counts.IgnoredPixels / float (max 1L all)
      IgnoredPixels = counts.IgnoredPixels
      Imbalance = counts.ImbalanceFactor
      Classes = classes |> Seq.mapi summary |> List.ofSeq }

/// The names of the classes of a group, most frequent first.
let members (split: SplitSummary) group =
    split.Classes
    |> List.filter (fun item -> item.Group = group)
    |> List.sortByDescending _.Pixels
    |> List.map _.Name

/// A count in few letters: 64, 1k, 16k, 1M; thousands are 1024, as the bins are powers of four.
let short (pixels: int64) =
    if pixels >= 1048576L then $"{pixels / 1048576L}M"
    elif pixels >= 1024L then $"{pixels / 1024L}k"
    else string pixels

/// The least mask of a bin: 4^k pixels.
let binStart bin = 1L <<< (2 * bin)
