/// The drawings of the page about a data set: shares on a logarithmic axis, and matrices of shares.
module PatFramework.Experiments.DataCharts

open System
open PatFramework.Experiments.Markup

/// What these drawings need beside the style sheet of every report.
let style =
    """
.matrix { min-width: var(--least); }
.chart .cell { font-size: 10.5px; } .tone { fill: var(--s0); } .hollow { fill: none; stroke: var(--rule); stroke-width: .5; }
@media print { .matrix { min-width: 0; } }
"""

/// A bar: its share in [0, 1], the number of the series that colours it, and what hovering over it says.
type Bar = { Name: string; Share: float; Series: int; Hover: string }

/// A matrix of shares in [0, 1]; NaN leaves a cell empty. `Hover` has a sentence for row and column.
type Matrix =
    { Title: string
      RowTitle: string
      Rows: string list
      Columns: string list
      Share: int -> int -> float
      Hover: int -> int -> string }

let private left = 150.0

let private words kind anchor x y value =
    label "text" [ "class", kind; "text-anchor", anchor; "x", number x; "y", number y ] value

let private box kind x y wide high more children =
    element
        "rect"
        ([ "class", kind; "x", number x; "y", number y; "width", number wide; "height", number high ] @ more)
        children

let private drawing kind style title wide high children =
    element
        "svg"
        ([ "class", kind; "viewBox", $"0 0 {number wide} {number high}"; "role", "img"; "aria-label", title ]
         @ style)
        children

/// A share as a percentage with as many decimals as a rare class needs.
let percent (share: float) =
    let value = 100.0 * share

    if value = 0.0 then "0"
    elif value >= 9.95 then Terminal.decimals 1 value
    elif value >= 0.095 then Terminal.decimals 2 value
    else value.ToString("G2", Globalization.CultureInfo.InvariantCulture)

/// Bars from the power of ten below the least share that is not zero up to 100 %.
let shares title (legend: string list) (bars: Bar list) =
    // Narrow, so that its words stay legible when a phone scales it down.
    let width, right, top, pitch = 440.0, 60.0, 52.0, 20.0
    let least = bars |> List.map _.Share |> List.filter ((<) 0.0) |> List.fold min 0.1
    let low = floor (log10 least)
    let low = if 10.0 ** low = least then low - 1.0 else low
    let x = Scale.linear (low, 0.0) (left, width - right)
    let bottom = top + pitch * float bars.Length

    let tick exponent =
        [ element
              "line"
              [ "class", "grid"
                "x1", number (x exponent)
                "x2", number (x exponent)
                "y1", number top
                "y2", number bottom ]
              []
          words "tick" "middle" (x exponent) (bottom + 17.0) $"{percent (10.0 ** exponent)} %%" ]

    let draw index (bar: Bar) =
        let y = top + pitch * float index
        let finish = if bar.Share > 0.0 then x (log10 bar.Share) else left

        [ words "tick legend" "end" (left - 8.0) (y + 14.0) bar.Name
          box
              $"marker series-{bar.Series}"
              left
              (y + 3.0)
              (finish - left)
              (pitch - 6.0)
              []
              [ label "title" [] bar.Hover ]
          words "tick" "start" (finish + 5.0) (y + 14.0) $"{percent bar.Share} %%" ]

    let key index name =
        let start = left + 90.0 * float index

        [ box $"marker series-{index}" start 30.0 24.0 9.0 [] []
          words "tick legend" "start" (start + 30.0) 39.0 name ]

    drawing
        "chart"
        [ "style", $"max-width:{number (1.4 * width)}px" ]
        title
        width
        (bottom + 30.0)
        (words "title" "start" 8.0 17.0 title :: List.collect tick [ low .. 0.0 ]
         @ List.concat (List.mapi key legend)
         @ List.concat (List.mapi draw bars))

let private side = 30.0

let private cell top (chart: Matrix) row column =
    let share = chart.Share row column
    let x, y = left + side * float column, top + side * float row

    if Double.IsNaN share then
        [ box "hollow" x y side side [] [] ]
    else
        // Never a full tone: the number has to be read on it, in the dark as well.
        [ box "tone" x y side side [ "fill-opacity", number (0.6 * share) ] []
          words
              "cell"
              "middle"
              (x + side / 2.0)
              (y + side / 2.0 + 4.0)
              (if share = 0.0 then "" else Terminal.decimals 0 (100.0 * share))
          box "hollow" x y side side [ "pointer-events", "all" ] [ label "title" [] (chart.Hover row column) ] ]

/// A field of tones with the percentages written in them, below its title in words of the page, which wrap; each cell says what it counts when hovered over.
let matrix (chart: Matrix) =
    let longest = chart.Columns |> List.map String.length |> List.fold max 1
    let top = 22.0 + 6.0 * float longest
    let wide = left + side * float chart.Columns.Length + 60.0
    let high = top + side * float chart.Rows.Length + 12.0

    let column index name =
        let x = left + side * float index + side / 2.0 + 3.0

        element
            "text"
            [ "class", "tick legend"; "transform", $"translate({number x} {number (top - 6.0)}) rotate(-55)" ]
            [ text name ]

    let row index name =
        words "tick legend" "end" (left - 8.0) (top + side * float index + side / 2.0 + 4.0) name

    let field =
        drawing
            "chart matrix"
            [ "style", $"--least:{number (wide / 16.0)}rem;max-width:{number (1.4 * wide)}px" ]
            chart.Title
            wide
            high
            (List.mapi column chart.Columns
             @ List.mapi row chart.Rows
             @ [ words "name" "end" (left - 8.0) (top - 8.0) chart.RowTitle ]
             @ [ for row in 0 .. chart.Rows.Length - 1 do
                     for column in 0 .. chart.Columns.Length - 1 do
                         yield! cell top chart row column ])

    element "div" [] [ label "p" [ "class", "soft" ] chart.Title; element "div" [ "class", "scroll" ] [ field ] ]
