/// Horizontal bars as inline SVG, grouped: one group a row, one bar a series, its number at its end.
module PatFramework.Experiments.BarChart

open System
open PatFramework.Experiments.Markup

/// A group of bars: its name and a length for each series; one that is no finite number is left out.
type Group = { Name: string; Lengths: float list }

/// What to draw. Lengths are 0 or more, the axis starts at zero.
type BarChart =
    {
        Title: string
        XTitle: string
        Series: string list
        Groups: Group list
        /// Where a line across all bars stands, such as 1 of a ratio.
        Mark: float option
    }

let private width, private left, private right = 620.0, 190.0, 60.0
let private top, private bottom = 58.0, 46.0
let private bar, private gap = 10.0, 8.0

let private pitch chart = bar * float chart.Series.Length + gap

let private height chart =
    top + pitch chart * float chart.Groups.Length + bottom

/// Width and height of the drawing.
let size (chart: BarChart) = width, height chart

let private line kind x1 y1 x2 y2 =
    element "line" [ "class", kind; "x1", number x1; "y1", number y1; "x2", number x2; "y2", number y2 ] []

let private words kind anchor x y value =
    label "text" [ "class", kind; "text-anchor", anchor; "x", number x; "y", number y ] value

let private rectangle kind x y wide =
    element
        "rect"
        [ "class", kind; "x", number x; "y", number y; "width", number wide; "height", number (bar - 1.0) ]
        []

/// A length as it stands at its bar's end: three digits.
let private shown (length: float) =
    Terminal.decimals
        (if length >= 100.0 then 0
         elif length >= 10.0 then 1
         else 2)
        length

let private axis chart ticks x =
    let low = height chart - bottom
    let show = Scale.format ticks

    [ for tick in ticks do
          line "grid" (x tick) top (x tick) low
          words "tick" "middle" (x tick) (low + 17.0) (show tick) ]
    @ [ words "name" "middle" ((left + width - right) / 2.0) (height chart - 8.0) chart.XTitle ]

let private legend chart =
    let entry index name =
        let x = left + 200.0 * float index
        [ rectangle $"marker series-{index}" x 29.0 24.0; words "tick legend" "start" (x + 30.0) 38.0 name ]

    chart.Series |> List.mapi entry |> List.concat

let private group chart x index (group: Group) =
    let y = top + gap / 2.0 + pitch chart * float index
    let middle = y + bar * float group.Lengths.Length / 2.0 + 4.0

    [ words "tick legend" "end" (left - 8.0) middle group.Name
      for series, length in List.indexed group.Lengths do
          if Double.IsFinite length then
              let y = y + bar * float series
              rectangle $"marker series-{series}" left y (x length - left)
              words "tick" "start" (x length + 4.0) (y + bar - 1.0) (shown length) ]

/// Draws the chart: title, legend, bars with their numbers, an axis with round ticks.
let render (chart: BarChart) =
    let lengths =
        chart.Groups |> List.collect _.Lengths |> List.filter (fun length -> Double.IsFinite length)

    let ticks = Scale.ticks 6 0.0 (List.fold max 0.0 lengths)
    let x = Scale.linear (0.0, List.last ticks) (left, width - right)

    let mark =
        [ for value in Option.toList chart.Mark do
              line "axis" (x value) top (x value) (height chart - bottom) ]

    element
        "svg"
        [ "class", "chart"
          "viewBox", $"0 0 {number width} {number (height chart)}"
          "role", "img"
          "aria-label", $"{chart.Title}: {chart.XTitle}" ]
        (axis chart ticks x
         @ [ words "title" "start" 8.0 17.0 chart.Title ]
         @ legend chart
         @ List.concat (List.mapi (group chart x) chart.Groups)
         @ mark)

/// Charts below each other in one drawing that stands alone: its colours are in it, those of paper.
let page (charts: BarChart list) : string =
    let places = charts |> List.scan (fun y chart -> y + height chart) 0.0

    let place chart y =
        element "svg" [ "y", number y; "width", number width; "height", number (height chart) ] [ render chart ]

    let drawing =
        element
            "svg"
            [ "viewBox", $"0 0 {number width} {number (List.last places)}"
              "font-family", "Helvetica, Arial, sans-serif" ]
            (label "style" [] Style.charts
             :: element "rect" [ "width", "100%"; "height", "100%"; "fill", "#ffffff" ] []
             :: List.map2 place charts (List.take charts.Length places))

    (string drawing).Replace("<svg viewBox", "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox") + "\n"
