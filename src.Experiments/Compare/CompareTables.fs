/// The tables of a comparison as rows of text, for a terminal, Markdown and LaTeX alike.
module PatFramework.Experiments.CompareTables

open System
open System.Globalization

/// A table: its columns, of which the first is text and the others are numbers, and its rows.
type Table = { Columns: string list; Rows: string list list }

let private signed (points: float) =
    (100.0 * points).ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture)

/// `54.3 ± 0.4` in percent; without the deviation where there is one seed.
let spread (value: Estimates.Spread) =
    if Double.IsFinite value.Deviation then
        $"{Terminal.percent value.Mean} ± {Terminal.decimals 1 (100.0 * value.Deviation)}"
    else
        Terminal.percent value.Mean

/// `+1.2 [−0.1, +2.5]` in points; a dash where there is none.
let difference (interval: Difference -> Estimates.Interval option) (value: Difference option) =
    match value with
    | None -> ""
    | Some found when not (Double.IsFinite found.Mean) -> "–"
    | Some found ->
        match interval found with
        | None -> signed found.Mean
        | Some range -> $"{signed found.Mean} [{signed range.Low}, {signed range.High}]"

let private seeds (result: ContenderResult) = string result.Runs.Length

/// Mean, head, medium and tail mIoU of each contender, its pixel accuracy and cross-entropy.
let scores (found: CompareResults) : Table =
    { Columns = [ "loss"; "seeds"; "mIoU %"; "head"; "medium"; "tail"; "pixel acc. %"; "mean acc. %"; "val CE" ]
      Rows =
        [ for result in found.Contenders ->
              [ result.Contender.Label; seeds result ]
              @ [ for score in Score.all -> spread result.Scores[score] ]
              @ [ spread result.PixelAccuracy
                  spread result.MeanAccuracy
                  Terminal.decimals 3 result.CrossEntropy.Mean ] ] }

/// What each contender gains on the baseline, in points, with 95 % intervals over images and, where there are seeds, over seeds.
let differences (found: CompareResults) : Table =
    let shown = [ Score.MeanIoU; Score.Head; Score.Tail ]

    { Columns =
        "loss" :: [ for score in shown -> $"{Score.name score}, over images" ]
        @ [ for score in shown -> $"{Score.name score}, over seeds" ]
      Rows =
        [ for result in List.tail found.Contenders ->
              let of' interval =
                  [ for score in shown -> difference interval (Map.tryFind score result.Differences) ]

              let overSeeds = if result.Runs.Length > 1 then of' _.OverSeeds else [ "–"; "–"; "–" ]
              result.Contender.Label :: of' _.OverImages @ overSeeds ] }

/// The IoU of each class, a row for each contender: the layout of the paper's Table 6.
let classes (found: CompareResults) : Table =
    { Columns = "loss" :: [ for item in found.Classes -> item.Name ]
      Rows =
        [ for result in found.Contenders ->
              result.Contender.Label :: [ for value in result.IoU -> Terminal.percent value.Mean ] ] }

let private markdownCell (text: string) = text.Replace("|", "\\|")

/// The table in Markdown.
let markdown (table: Table) =
    let line (cells: string list) =
        "| " + (cells |> List.map markdownCell |> String.concat " | ") + " |"

    let rule = "|---|" + String.replicate (table.Columns.Length - 1) "--:|"
    line table.Columns :: rule :: List.map line table.Rows |> String.concat "\n"
