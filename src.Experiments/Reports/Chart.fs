/// Line charts as inline SVG: colours come from the page's style sheet, so that one drawing serves light, dark and print.
module PatFramework.Experiments.Chart

open System
open PatFramework.Experiments.Markup

/// A line: its label in the legend and its points.
type Series = { Label: string; Points: (float * float) list }

/// What to draw. X counts epochs, or is a share from 0 to 1.
type LineChart =
    {
        Title: string
        XTitle: string
        YTitle: string
        /// Whether the vertical axis starts at zero.
        FromZero: bool
        Series: Series list
    }

/// One width for every chart: text stays legible when a phone scales it down.
let private width = 420.0

let private left, private right, private bottom = 54.0, 14.0, 46.0

/// How wide a legend's entry is: a line, a gap and its words.
let private entryWidth (series: Series) = 48.0 + 7.0 * float series.Label.Length

/// The row of the legend and the position in it of each series, as many to a row as fit.
let private legendPlaces (series: Series list) =
    let next (row, x) item =
        let wide = entryWidth item

        if x > left && x + wide > width then
            (row + 1, left), (row + 1, left + wide)
        else
            (row, x), (row, x + wide)

    List.mapFold next (0, left) series |> fst

let private rows chart =
    match legendPlaces chart.Series with
    | [] -> 0.0
    | places -> float (places |> List.map fst |> List.max)

/// Where the plot begins, below title and legend.
let private top chart = 58.0 + 16.0 * rows chart

let private height chart = 300.0 + 16.0 * rows chart

/// Width and height of the drawing.
let size (chart: LineChart) = width, height chart

type private Frame =
    { X: float -> float; Y: float -> float; XTicks: float list; YTicks: float list }

let private finite (value: float) = Double.IsFinite value

let private extent values =
    match List.filter finite values with
    | [] -> 0.0, 1.0
    | kept -> List.min kept, List.max kept

let private frame chart =
    let points = chart.Series |> List.collect _.Points
    let firstX, lastX = extent (List.map fst points)
    let low, high = extent (List.map snd points)
    let yTicks = Scale.ticks 5 (if chart.FromZero then min 0.0 low else low) high

    let share = firstX >= 0.0 && lastX <= 1.0 && firstX <> lastX
    let firstX = if share then 0.0 else firstX

    { X = Scale.linear (firstX, lastX) (left, width - right)
      Y = Scale.linear (List.head yTicks, List.last yTicks) (height chart - bottom, top chart)
      XTicks =
        if share then
            Scale.ticks 5 firstX lastX
        else
            Scale.wholeTicks 6 (int firstX) (int lastX)
      YTicks = yTicks }

let private line kind x1 y1 x2 y2 =
    element "line" [ "class", kind; "x1", number x1; "y1", number y1; "x2", number x2; "y2", number y2 ] []

let private words kind anchor x y value =
    label "text" [ "class", kind; "text-anchor", anchor; "x", number x; "y", number y ] value

let private yAxis frame =
    let show = Scale.format frame.YTicks

    [ for tick in frame.YTicks do
          let y = frame.Y tick
          line "grid" left y (width - right) y
          words "tick" "end" (left - 7.0) (y + 4.0) (show tick) ]

let private xAxis chart frame =
    let y = height chart - bottom
    let show = Scale.format frame.XTicks

    [ line "axis" left y (width - right) y
      for tick in frame.XTicks do
          line "axis" (frame.X tick) y (frame.X tick) (y + 5.0)
          words "tick" "middle" (frame.X tick) (y + 19.0) (show tick) ]

let private titles chart =
    let middle = (top chart + height chart - bottom) / 2.0

    [ words "title" "start" left 17.0 chart.Title
      words "name" "middle" ((left + width - right) / 2.0) (height chart - 8.0) chart.XTitle
      element
          "text"
          [ "class", "name"
            "text-anchor", "middle"
            "transform", $"translate(14 {number middle}) rotate(-90)" ]
          [ text chart.YTitle ] ]

/// The marker of a series, so that lines can be told apart without colour: a disc, then a square, in turn.
let private marker index x y hover =
    let style = "class", $"marker series-{index}"

    if index % 2 = 0 then
        element "circle" [ style; "cx", number x; "cy", number y; "r", "3" ] hover
    else
        element "rect" [ style; "x", number (x - 2.8); "y", number (y - 2.8); "width", "5.6"; "height", "5.6" ] hover

let private curve frame index series =
    let points = series.Points |> List.filter (snd >> finite)

    let path =
        points |> List.map (fun (x, y) -> $"{number (frame.X x)},{number (frame.Y y)}") |> String.concat " "

    let every = max 1 (points.Length / 12)

    [ element "polyline" [ "class", $"line series-{index}"; "points", path ] []
      for position, (x, y) in List.indexed points do
          if position % every = 0 || position = points.Length - 1 then
              marker index (frame.X x) (frame.Y y) [ label "title" [] $"{series.Label}: {number y} at {number x}" ] ]

let private legend (series: Series list) =
    let entry index (series, (row, x)) =
        let y = 37.0 + 16.0 * float row

        [ line $"line series-{index}" x (y - 4.0) (x + 24.0) (y - 4.0)
          marker index (x + 12.0) (y - 4.0) []
          words "tick legend" "start" (x + 30.0) y series.Label ]

    List.zip series (legendPlaces series) |> List.mapi entry |> List.concat

/// Draws the chart: title, legend, axes with round ticks and names, a line with markers for each series.
let render (chart: LineChart) =
    let frame = frame chart

    element
        "svg"
        [ "class", "chart"
          "viewBox", $"0 0 {number width} {number (height chart)}"
          "role", "img"
          "aria-label", $"{chart.Title}: {chart.YTitle} by {chart.XTitle}" ]
        (yAxis frame
         @ xAxis chart frame
         @ titles chart
         @ legend chart.Series
         @ List.concat (List.mapi (curve frame) chart.Series))
