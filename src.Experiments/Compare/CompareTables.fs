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

/// What a step of each loss costs, beside the first one's.
let cost (cost: CompareCost) : Table =
    let baseline = cost.Contenders[0]

    { Columns = [ "loss"; "step, ms"; "of the first"; "loss, ms"; "loss's share %"; "peak, MiB" ]
      Rows =
        [ for item in cost.Contenders ->
              [ item.Contender
                Terminal.decimals 1 (1000.0 * item.StepSeconds)
                Terminal.decimals 2 (item.StepSeconds / baseline.StepSeconds) + "x"
                Terminal.decimals 2 (1000.0 * item.LossSeconds)
                Terminal.percent (item.LossSeconds / item.StepSeconds)
                Terminal.decimals 0 item.PeakMiB ] ] }

let private latexCell (text: string) =
    let escape (letter: char) =
        match letter with
        | '\\' -> "\\textbackslash{}"
        | '~' -> "\\textasciitilde{}"
        | '^' -> "\\textasciicircum{}"
        | '&'
        | '%'
        | '$'
        | '#'
        | '_'
        | '{'
        | '}' -> $"\\{letter}"
        | '±' -> "$\\pm$"
        | '−' -> "$-$"
        | '–' -> "--"
        | other -> string other

    String.collect escape text

/// The table in LaTeX, with the rules of booktabs.
let latex (table: Table) =
    let line (cells: string list) =
        (cells |> List.map latexCell |> String.concat " & ") + " \\\\"

    [ "\\begin{tabular}{l" + String.replicate (table.Columns.Length - 1) "r" + "}"
      "\\toprule"
      line table.Columns
      "\\midrule"
      yield! List.map line table.Rows
      "\\bottomrule"
      "\\end{tabular}" ]
    |> String.concat "\n"

/// For a terminal: losses get numbers, so that nothing is wider than 100 columns.
let private numbered (found: CompareResults) =
    List.indexed found.Contenders |> List.map (fun (index, result) -> string (index + 1), result)

let private shortened (name: string) =
    if name.Length <= 30 then name else name[..28] + "…"

/// Scores, differences with one kind of interval, and classes by losses.
let forTerminal (found: CompareResults) : Table list =
    let shown = [ Score.MeanIoU; Score.Head; Score.Tail ]

    let scores =
        { Columns = [ "#"; "loss"; "seeds"; "mIoU %"; "head"; "medium"; "tail" ]
          Rows =
            [ for number, result in numbered found ->
                  [ number; shortened result.Contender.Label; seeds result ]
                  @ [ for score in Score.all -> spread result.Scores[score] ] ] }

    let interval (value: Difference) =
        value.OverSeeds |> Option.orElse value.OverImages

    let differences =
        { Columns = "#" :: [ for score in shown -> $"{Score.name score} on #1 [95 %%]" ] @ [ "over" ]
          Rows =
            [ for number, result in List.tail (numbered found) ->
                  let differences = [ for score in shown -> Map.tryFind score result.Differences ]

                  let over =
                      if differences |> List.exists (Option.exists _.OverSeeds.IsSome) then
                          "seeds"
                      else
                          "images"

                  number :: List.map (difference interval) differences @ [ over ] ] }

    let classes (some: (string * ContenderResult) list) =
        { Columns = "IoU %" :: [ for number, _ in some -> "#" + number ]
          Rows =
            [ for index, item in List.indexed found.Classes ->
                  item.Name :: [ for _, result in some -> Terminal.percent result.IoU[index].Mean ] ] }

    [ scores
      if found.Contenders.Length > 1 then
          differences
      yield! numbered found |> List.chunkBySize 11 |> List.map classes ]
