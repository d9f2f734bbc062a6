/// The page that compares runs: curves, a table by class, panels of images. Self-contained: no script, nothing from a network.
module PatFramework.Experiments.Comparison

open System
open System.Globalization
open PatFramework.Experiments.Markup

/// What an epoch came to.
type Epoch =
    { Number: int
      TrainingLoss: float
      ValidationCrossEntropy: float
      MeanIoU: float
      TailMeanIoU: float }

/// A compared run: what it is called, how its loss is spelled, and its epochs. Scores are shares in [0, 1], NaN where there is none.
type Run =
    { Label: string
      Loss: string
      Epochs: Epoch list
      MeanIoU: float
      HeadMeanIoU: float
      MediumMeanIoU: float
      TailMeanIoU: float
      PixelAccuracy: float }

/// A class: its colour, its share of the training pixels, its group in the long tail, and each run's IoU.
type ClassRow = { Name: string; Colour: string; Share: float; Group: string; IoU: float list }

/// What a page shows. The first run is the baseline that differences are taken from.
type Page =
    { Title: string
      Lead: string
      Runs: Run list
      Classes: ClassRow list
      Panels: Page.Picture list list
      Facts: (string * string) list
      Next: string list }

let private percent = Terminal.percent

/// A difference in points with its sign, coloured by it.
let private difference (baseline: float) (value: float) =
    let points = 100.0 * (value - baseline)

    if not (Double.IsFinite points) then
        label "td" [] "–"
    else
        let kind =
            if points > 0.05 then "good"
            elif points < -0.05 then "bad"
            else "soft"

        label "td" [ "class", kind ] (points.ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture))

let private cells (scores: float list) =
    [ for score in scores -> label "td" [] (percent score)
      for score in List.tail scores -> difference (List.head scores) score ]

let private headings (runs: Run list) =
    let rest = List.tail runs |> List.map (fun run -> $"{run.Label} − {runs.Head.Label}")

    let names = [ "class"; "pixels %" ] @ (runs |> List.map _.Label) @ rest

    [ for name in names -> label "th" [ "scope", "col" ] name ]
    @ [ label "th" [ "scope", "col"; "class", "wide" ] "group" ]

let private classRow (row: ClassRow) =
    let share = (100.0 * row.Share).ToString("0.00", CultureInfo.InvariantCulture)

    element
        "tr"
        []
        ([ element "td" [] (Page.swatch row.Colour row.Name); label "td" [] share ]
         @ cells row.IoU
         @ [ label "td" [ "class", "wide" ] row.Group ])

let private summaryRow (runs: Run list) (name: string, score: Run -> float) =
    element
        "tr"
        [ "class", "sum" ]
        ([ label "td" [ "colspan", "2" ] name ]
         @ cells (List.map score runs)
         @ [ label "td" [ "class", "wide" ] "" ])

let private summaries =
    [ "mean IoU", _.MeanIoU
      "head", _.HeadMeanIoU
      "medium", _.MediumMeanIoU
      "tail", _.TailMeanIoU
      "pixel accuracy", (fun (run: Run) -> run.PixelAccuracy) ]

let private table page =
    let rows = List.map classRow page.Classes @ List.map (summaryRow page.Runs) summaries

    element "table" [] [ element "thead" [] [ element "tr" [] (headings page.Runs) ]; element "tbody" [] rows ]
    |> Page.scrolled

let private chart (runs: Run list) title y fromZero (score: Epoch -> float) =
    Chart.render
        { Title = title
          XTitle = "epoch"
          YTitle = y
          FromZero = fromZero
          Series =
            [ for run in runs ->
                  { Label = run.Label
                    Points = [ for epoch in run.Epochs -> float epoch.Number, score epoch ] } ] }

let private charts (runs: Run list) =
    element
        "div"
        [ "class", "charts" ]
        [ chart runs "Training loss (each its own)" "loss" true _.TrainingLoss
          chart runs "Validation cross-entropy" "nats per pixel" true _.ValidationCrossEntropy
          chart runs "Validation mean IoU" "IoU, %" true (fun epoch -> 100.0 * epoch.MeanIoU)
          chart runs "Validation mean IoU of the tail" "IoU, %" true (fun epoch -> 100.0 * epoch.TailMeanIoU) ]

let private body page =
    [ label "h1" [] page.Title
      label "p" [ "class", "lead" ] page.Lead
      Page.section "Curves" [ charts page.Runs ]
      Page.section
          "By class"
          [ Page.remark
                "Validation IoU in percent of the best epoch's weights, one confusion matrix over the whole split; differences in points."
            table page ]
      Page.section
          "Images"
          (Page.key [ for row in page.Classes -> row.Colour, row.Name ] :: List.map Page.panel page.Panels)
      Page.section "How it was made" [ Page.facts page.Facts ]
      Page.section "What to try next" [ label "pre" [] (String.concat "\n" page.Next) ] ]

/// The page as HTML.
let html (page: Page) = Page.render page.Title [] (body page)
