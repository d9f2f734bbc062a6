/// Loss, weight and gain over p, drawn as one would publish them: SVG, a page, or numbers.
module PatFramework.Experiments.CurvePage

open System.Globalization
open PatFramework.Experiments.Chart
open PatFramework.Experiments.Markup
open PatFramework.Losses

/// A loss by its spelling, with its curve.
type NamedCurve = { Label: string; Points: CurvePoint list }

/// p from 0.005 to 1; at 0 the loss is infinite.
let probabilities = [ for k in 1..200 -> float k / 200.0 ]

let private panel curves title axis (value: CurvePoint -> float) =
    { Title = title
      XTitle = "probability p of the label"
      YTitle = axis
      FromZero = true
      Series =
        [ for curve in curves ->
              { Label = curve.Label
                Points = [ for point in curve.Points -> point.Probability, value point ] } ] }

/// The three charts.
let charts (curves: NamedCurve list) : LineChart list =
    [ panel curves "Loss" "loss f(p), in nats" _.Loss
      panel curves "Weight of a pixel" "weight w(p), cross-entropy = 1" _.Weight
      panel curves "Gain: strength of the gradient" "gain −p f′(p), cross-entropy = 1" _.Gain ]

let private caption =
    "A pixel's loss, its weight and the gain, the factor of p_k − [k = y] in the gradient by logit k, by the probability that the model gives the pixel's label."

/// A page with the three charts.
let html (curves: NamedCurve list) : string =
    Page.render
        "Loss curves"
        []
        [ label "h1" [] "Loss curves"
          label "p" [ "class", "lead" ] caption
          element "div" [ "class", "charts" ] (charts curves |> List.map render) ]

/// One drawing of the three charts side by side, that stands alone: its colours are in it, those of paper.
let svg (curves: NamedCurve list) : string =
    let charts = charts curves
    let width, height = size charts.Head

    let place index chart =
        element
            "svg"
            [ "x", number (width * float index); "width", number width; "height", number height ]
            [ render chart ]

    let drawing =
        element
            "svg"
            [ "viewBox", $"0 0 {number (width * float charts.Length)} {number height}"
              "font-family", "Helvetica, Arial, sans-serif" ]
            (label "style" [] Style.charts :: List.mapi place charts)

    (string drawing).Replace("<svg viewBox", "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox") + "\n"

/// A row for each loss and p: loss,p,value,weight,gain.
let csv (curves: NamedCurve list) : string =
    let number (x: float) =
        x.ToString("R", CultureInfo.InvariantCulture)

    let quoted (text: string) =
        if text.Contains ',' then $"\"{text}\"" else text

    let row label (point: CurvePoint) =
        [ point.Probability; point.Loss; point.Weight; point.Gain ]
        |> List.map number
        |> fun cells -> String.concat "," (quoted label :: cells)

    [ yield "loss,probability,value,weight,gain"
      for curve in curves do
          for point in curve.Points -> row curve.Label point ]
    |> String.concat "\n"
    |> fun text -> text + "\n"
