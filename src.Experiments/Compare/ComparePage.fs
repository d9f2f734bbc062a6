/// The page of a comparison: what each loss gains, at what price, by class and in pictures. Self-contained, no script, no network.
module PatFramework.Experiments.ComparePage

open System
open System.IO
open PatFramework.Core.Data
open PatFramework.Core.Training
open PatFramework.Experiments.Markup

/// What the page shows beside the results.
type Extras =
    {
        Panels: Page.Picture list list
        Cost: CompareCost option
        /// The runs that are not finished, and why where it is known.
        Unfinished: string list
    }

let private style =
    """
body { max-width: 78rem; } table { max-width: none; width: auto; }
th:first-child, td:first-child { position: sticky; left: 0; background: var(--paper); }
td.heat { background: color-mix(in srgb, var(--s0) var(--share), transparent); }
details { margin: .6rem 0; } summary { cursor: pointer; }
@media (max-width: 40rem) { table:not(.facts) td:first-child { white-space: normal; overflow-wrap: anywhere; min-width: 7rem; max-width: 9rem; } }
@media print { th, td { white-space: normal; } table { font-size: 7.5pt; }
  td:first-child { overflow-wrap: anywhere; max-width: 9rem; } th:first-child, td:first-child { position: static; } }
.panels { grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); }
"""

let private mean (result: ContenderResult) score = result.Scores[score].Mean

let private interval score (result: ContenderResult) =
    Map.tryFind score result.Differences
    |> Option.bind (fun found -> found.OverSeeds |> Option.orElse found.OverImages)

let private gain score (result: ContenderResult) =
    Map.tryFind score result.Differences |> Option.map _.Mean |> Option.defaultValue nan

let private words =
    CompareTables.difference (fun found -> found.OverSeeds |> Option.orElse found.OverImages)

let private best score (results: ContenderResult list) =
    results
    |> List.maxBy (fun result -> let value = mean result score in if Double.IsFinite value then value else -1.0)

/// What the comparison has come to, in two sentences.
let lead (found: CompareResults) =
    let first = best Score.MeanIoU found.Contenders
    let baseline = found.Contenders.Head

    let score score (result: ContenderResult) =
        CompareTables.spread result.Scores[score]

    let difference score =
        Map.tryFind score first.Differences |> words

    let leader =
        if first.Contender = baseline.Contender then
            $"No loss has a higher mean IoU than {baseline.Contender.Label}, the baseline: {score Score.MeanIoU baseline} %%."
        else
            $"{first.Contender.Label} has the highest mean IoU of {found.Contenders.Length} losses, {score Score.MeanIoU first} %%: {difference Score.MeanIoU} points on {baseline.Contender.Label}, {difference Score.Tail} on the tail and {difference Score.Head} on the head."

    let tail, head = best Score.Tail found.Contenders, best Score.Head found.Contenders

    $"{leader} Best on the tail: {tail.Contender.Label} ({score Score.Tail tail} %%); best on the head: {head.Contender.Label} ({score Score.Head head} %%)."

let private htmlTable (table: CompareTables.Table) =
    Page.table table.Columns [ for row in table.Rows -> element "tr" [] [ for cell in row -> label "td" [] cell ] ]

let private forest (found: CompareResults) =
    let shown = [ Score.MeanIoU, "mean"; Score.Head, "head"; Score.Tail, "tail" ]

    let estimate (result: ContenderResult) (score, name) : ForestChart.Estimate option =
        Map.tryFind score result.Differences
        |> Option.map (fun difference ->
            { Value = 100.0 * difference.Mean
              Interval = interval score result |> Option.map (fun range -> 100.0 * range.Low, 100.0 * range.High)
              Filled = difference.OverSeeds.IsSome
              Hover = $"{result.Contender.Label}, {name}: {words (Some difference)} points" })

    ForestChart.render
        { Title = $"Points of mIoU on {found.Contenders.Head.Contender.Label}"
          Panels = List.map snd shown
          Rows =
            [ for result in List.tail found.Contenders |> List.sortByDescending (gain Score.MeanIoU) ->
                  { Name = result.Contender.Label; Estimates = List.map (estimate result) shown } ] }
    |> Page.scrolled

/// The mean over seeds of an epoch's score.
let private curve (score: EpochMetrics -> Nullable<float>) (result: ContenderResult) : Chart.Series =
    let points =
        result.Runs
        |> List.collect (fun run -> [ for epoch in run.Epochs -> epoch.Epoch, Terminal.orNaN (score epoch) ])
        |> List.groupBy fst
        |> List.map (fun (epoch, values) -> float epoch, 100.0 * (values |> List.averageBy snd))

    { Label = result.Contender.Label; Points = points }

let private curves (found: CompareResults) =
    let baseline = found.Contenders.Head

    let shown =
        List.tail found.Contenders
        |> List.sortByDescending (fun result -> mean result Score.MeanIoU)
        |> List.truncate 4
        |> fun others -> baseline :: others

    let chart title score =
        Chart.render
            { Title = title
              XTitle = "epoch"
              YTitle = "IoU, %"
              FromZero = true
              Series = List.map (curve score) shown }

    element
        "div"
        [ "class", "charts" ]
        [ chart "Validation mean IoU" _.MeanIoU; chart "Validation mean IoU of the tail" _.TailMeanIoU ]

let private heat (value: Estimates.Spread) =
    if Double.IsFinite value.Mean then
        element
            "td"
            [ "class", "heat"
              "style", $"--share: {number (60.0 * value.Mean)}%%"
              "title", CompareTables.spread value ]
            [ text (Terminal.percent value.Mean) ]
    else
        label "td" [] "–"

let private classTable (found: CompareResults) =
    let row (result: ContenderResult) =
        element "tr" [] (label "td" [] result.Contender.Label :: List.map heat result.IoU)

    Page.table ("loss" :: [ for item in found.Classes -> item.Name ]) (List.map row found.Contenders)

let private groups (found: CompareResults) =
    let names (indices: int seq) =
        [ for index in indices ->
              $"{found.Classes[index].Name} ({DataCharts.percent found.Statistics.Priors[index]} %%)" ]
        |> String.concat ", "

    Page.facts
        [ "head", names found.Groups.Head
          "medium", names found.Groups.Medium
          "tail", names found.Groups.Tail ]

let private cost (found: CompareResults) (extras: Extras) =
    match extras.Cost with
    | None -> [ Page.remark $"Not measured: pat compare --out {Path.GetFileName found.Folder} --cost 10 measures it." ]
    | Some cost ->
        let threads = if cost.Threads = 1 then "thread" else "threads"

        [ Page.remark
              $"Training steps of all losses in turns in one process, medians of {cost.Rounds} rounds: batches of {cost.BatchSize} at {cost.Size}, {cost.Threads} {threads}, {cost.Processor}. Memory is what the process grows by, from the model's making to the end of a step."
          CompareTables.cost cost |> htmlTable ]

let private panels (found: CompareResults) (extras: Extras) =
    if extras.Panels.IsEmpty then
        [ Page.remark "Left out of this page." ]
    else
        Page.remark "The validation images with the most tail classes; the model of each loss's first seed."
        :: Page.key [ for item in found.Classes -> $"rgb({item.Red},{item.Green},{item.Blue})", item.Name ]
        :: List.map Page.panel extras.Panels

let private made (found: CompareResults) =
    let config = found.Comparison.Config
    let seeds = found.Comparison.Runs |> Seq.map _.Seed |> Seq.distinct |> Seq.sort |> Seq.map string

    [ Page.facts
          [ "data", $"{config.Data}, trained on {config.TrainingSplit}, scored on {config.ValidationSplit}"
            "model", config.Model
            "training",
            $"{config.Epochs} epochs, batches of {config.BatchSize} at {config.Size}, {config.Optimizer} at {config.LearningRate}, {config.Schedule} schedule, {config.Precision}"
            "seeds", String.concat ", " seeds
            "weights", $"of the {found.Comparison.Weights} epoch"
            "intervals",
            $"95 %%. Over seeds: Student's t of the paired differences. Over images: bootstrap of the differences, {CompareResults.resamples} resamples, for losses with one seed; it says nothing of what another seed would change." ]
      element
          "details"
          []
          [ label "summary" [] "Everything needed to repeat a run"; label "pre" [] (RunJson.Document config) ] ]

/// The page as HTML.
let html (found: CompareResults) (extras: Extras) : string =
    let title = $"{found.Contenders.Length} losses on {found.Comparison.Config.Data}"

    let unfinished =
        if extras.Unfinished.IsEmpty then
            []
        else
            [ Page.section "Not finished" [ element "ul" [] [ for name in extras.Unfinished -> label "li" [] name ] ] ]

    let against =
        if found.Contenders.Length < 2 then
            []
        else
            [ Page.section
                  "What each loss gains, and at what price"
                  [ Page.remark
                        "Filled: 95 % interval over seeds. Hollow: one seed, 95 % interval over images. Point at a mark for its numbers."
                    forest found
                    CompareTables.differences found |> htmlTable ] ]

    [ label "h1" [] title; label "p" [ "class", "lead" ] (lead found) ]
    @ unfinished
    @ [ Page.section
            "Scores"
            [ Page.remark "Percent, mean ± standard deviation over seeds; one confusion matrix over the whole split."
              CompareTables.scores found |> htmlTable ] ]
    @ against
    @ [ Page.section
            "Curves"
            [ Page.remark "The baseline and the four losses of the highest mean IoU, means over their seeds."
              curves found ]
        Page.section "By class" [ Page.remark "IoU in percent, mean over seeds."; classTable found; groups found ]
        Page.section "Cost" (cost found extras)
        Page.section "Images" (panels found extras)
        Page.section "How it was made" (made found) ]
    |> Page.render title [ DataCharts.style; ForestChart.style; style ]
