/// `pat data stats`: how often classes occur, together with which others, and in masks of which size.
module PatFramework.Experiments.DataStatsVerb

open System.Globalization
open System.IO
open Argu
open Spectre.Console
open PatFramework.Core.Data
open PatFramework.Experiments.Arguments
open PatFramework.Experiments.DataSummary

let private count size (split: string, dataset: ISegmentationDataset) =
    Progress.counted $"counting {dataset.Name}" (fun report ->
        MaskStatistics.Of(dataset, size, Progress.reporter (fun done' -> report.Invoke(done', dataset.Count))))
    |> ofSplit split dataset.Classes

let private maskJson (item: ClassSummary) =
    Terminal.json
        [ "smallest", Terminal.jsonCount item.Smallest
          "median", Terminal.jsonCount item.Median
          "largest", Terminal.jsonCount item.Largest
          "histogram", Terminal.jsonArray [ for masks in item.Histogram -> Terminal.jsonCount masks ] ]

let private splitJson (split: SplitSummary) =
    let byClass (value: ClassSummary -> Terminal.Json) =
        Terminal.json [ for item in split.Classes -> item.Name, value item ]

    let together (item: ClassSummary) =
        Terminal.json
            [ for other, images in List.zip split.Classes item.Together -> other.Name, Terminal.jsonCount images ]

    let group name : string * Terminal.Json =
        name, Terminal.jsonArray [ for item in members split name -> Terminal.jsonText item ]

    split.Name,
    Terminal.json
        [ "images", Terminal.jsonCount split.Images
          "ignoredPixels", Terminal.jsonCount split.IgnoredPixels
          "imbalanceFactor", Terminal.jsonNumber split.Imbalance
          "groups", Terminal.json (List.map group [ "head"; "medium"; "tail" ])
          "pixels", byClass (fun item -> Terminal.jsonCount item.Pixels)
          "share", byClass (fun item -> Terminal.jsonNumber item.Share)
          "imagesWithClass", byClass (fun item -> Terminal.jsonCount item.Images)
          "coOccurrence", byClass (fun item -> together item)
          "masks", byClass (fun item -> maskJson item) ]
    :> Terminal.Json

let private marks = " ▁▂▃▄▅▆▇█"

/// A histogram in a row of blocks, the fullest bin the highest; a bin that is not empty is never blank.
let private blocks (histogram: int list) =
    let most = List.fold max 1 histogram

    histogram
    |> List.map (fun masks -> marks[(masks * 8 + most - 1) / most])
    |> List.toArray
    |> System.String

let private grouped (value: int64) =
    value.ToString("N0", CultureInfo.InvariantCulture)

let private classTable (split: SplitSummary) =
    let columns =
        [ "class", Justify.Left
          "group", Justify.Left
          "pixels", Justify.Right
          "%", Justify.Right
          "images", Justify.Right
          "median mask", Justify.Right
          "masks of 1, 4, 16, … pixels", Justify.Left ]

    Terminal.table
        columns
        [ for item in split.Classes ->
              [ item.Name
                item.Group
                grouped item.Pixels
                Terminal.decimals 2 (100.0 * item.Share)
                string item.Images
                grouped item.Median
                blocks item.Histogram ] ]

/// As wide as a console shows without breaking lines.
let private mostColumns = 20

let private togetherTable (split: SplitSummary) =
    let columns =
        ("% of the images with … have class", Justify.Left)
        :: [ for index in 0 .. split.Classes.Length - 1 -> string index, Justify.Right ]

    let share (item: ClassSummary) images =
        if item.Images = 0L then
            "–"
        else
            Terminal.decimals 0 (100.0 * float images / float item.Images)

    Terminal.table
        columns
        [ for index, item in List.indexed split.Classes -> $"{index} {item.Name}" :: List.map (share item) item.Together ]

let private show (console: IAnsiConsole) (split: SplitSummary) =
    let ignored = Terminal.decimals 2 (100.0 * split.Ignored)
    let imbalance = Terminal.decimals 1 split.Imbalance

    console.WriteLine
        $"{split.Name}: {split.Images} images, {ignored} %% of the pixels ignored, imbalance factor {imbalance} (commonest ÷ rarest class)"

    console.Write(classTable split)

    if split.Classes.Length <= mostColumns then
        console.Write(togetherTable split)
    else
        console.WriteLine "Which classes occur together: --html and --json have it."

let private write (data: string) splits (path: string) =
    File.WriteAllText(path, DataPage.html data splits)
    Terminal.note $"written: {path}"

/// Runs `pat data stats`.
let run output (given: ParseResults<DataStatsArguments>) =
    let data = given.GetResult DataStatsArguments.Source
    let size = given.TryPostProcessResult(DataStatsArguments.Size, ImageSize.Parse) |> Option.toNullable
    let counted = DataSource.parse data |> Outcome.orFail |> DataSource.openAll |> List.map (count size)

    let json () =
        counted |> List.map splitJson |> Terminal.json

    Terminal.emit output json (fun console -> counted |> List.iter (show console))
    given.TryGetResult Html |> Option.iter (write data counted)
    0
