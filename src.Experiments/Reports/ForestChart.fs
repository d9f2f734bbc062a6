/// Differences with their intervals, a row for each name and a panel for each score, side by side on axes of their own.
module PatFramework.Experiments.ForestChart

open System
open PatFramework.Experiments.Markup

/// An estimate and the interval around it, if there is one; a filled mark or a hollow one.
type Estimate = { Value: float; Interval: (float * float) option; Filled: bool; Hover: string }

/// A name with an estimate for each panel; None leaves it out.
type Row = { Name: string; Estimates: Estimate option list }

/// What to draw. The line of no difference is drawn at 0.
type ForestChart = { Title: string; Panels: string list; Rows: Row list }

/// The rules beside those of every chart.
let style =
    """
.forest { min-width: 40rem; } .range { stroke: var(--s0); stroke-width: 2; } .point { fill: var(--s0); stroke: var(--s0); stroke-width: 1.5; }
.point.hollow { fill: var(--paper); } .range.hollow { stroke-dasharray: 4 2; }
@media print { .forest { min-width: 0; } }
"""

let private left, private wide, private space = 250.0, 180.0, 40.0
let private top, private pitch, private bottom = 50.0, 20.0, 28.0

let private line kind x1 y1 x2 y2 =
    element "line" [ "class", kind; "x1", number x1; "y1", number y1; "x2", number x2; "y2", number y2 ] []

let private words kind anchor x y value =
    label "text" [ "class", kind; "text-anchor", anchor; "x", number x; "y", number y ] value

let private mark x y (estimate: Estimate) =
    let hollow = if estimate.Filled then "" else " hollow"

    let range =
        match estimate.Interval with
        | Some(low, high) -> [ line $"range{hollow}" (x low) y (x high) y ]
        | None -> []

    element
        "g"
        []
        (range
         @ [ element
                 "circle"
                 [ "class", $"point{hollow}"; "cx", number (x estimate.Value); "cy", number y; "r", "4" ]
                 []
             label "title" [] estimate.Hover ])

let private ends (estimate: Estimate) =
    match estimate.Interval with
    | Some(low, high) -> [ low; high; estimate.Value ]
    | None -> [ estimate.Value ]

let private panel chart index (title: string) =
    let start = left + float index * (wide + space)
    let low = top + pitch * float chart.Rows.Length
    let estimates = chart.Rows |> List.map (fun row -> row.Estimates[index])
    let values = 0.0 :: (List.choose id estimates |> List.collect ends |> List.filter Double.IsFinite)
    let ticks = Scale.ticks 4 (List.min values) (List.max values)
    let x = Scale.linear (List.head ticks, List.last ticks) (start, start + wide)
    let show = Scale.format ticks

    [ words "tick legend" "middle" (start + wide / 2.0) (top - 12.0) title
      for tick in ticks do
          line (if tick = 0.0 then "axis" else "grid") (x tick) (top - 4.0) (x tick) low
          words "tick" "middle" (x tick) (low + 16.0) (show tick)
      for row, estimate in List.indexed estimates do
          match estimate with
          | Some found when Double.IsFinite found.Value -> mark x (top + pitch * (float row + 0.5)) found
          | _ -> () ]

let private shortened (name: string) =
    if name.Length <= 32 then name else name[..30] + "…"

/// Draws the chart.
let render (chart: ForestChart) =
    let width = left + float chart.Panels.Length * (wide + space)
    let height = top + pitch * float chart.Rows.Length + bottom

    let names =
        [ for row, item in List.indexed chart.Rows do
              words "tick legend" "end" (left - 12.0) (top + pitch * (float row + 0.5) + 4.0) (shortened item.Name) ]

    element
        "svg"
        [ "class", "chart forest"
          "viewBox", $"0 0 {number width} {number height}"
          "role", "img"
          "aria-label", chart.Title ]
        (words "title" "start" 8.0 17.0 chart.Title :: names
         @ List.concat (List.mapi (panel chart) chart.Panels))
