// How losses, curves, gradients and proofs look in F# Interactive: dotnet fsi --use:explore/printers.fsx
// Scripts #load this file; it loads the definitions, for which nothing native is needed.
#r "../src.Losses/bin/Release/net10.0/PatFramework.Losses.dll"

open System
open PatFramework.Losses

let private number (x: float) =
    Math.Round(x, 6).ToString("0.######", Globalization.CultureInfo.InvariantCulture)

let private numbers (xs: float[]) =
    xs |> Seq.truncate 12 |> Seq.map number |> String.concat ", "

/// w(p) as a formula.
let weight (w: PixelWeight) =
    match w with
    | PixelWeight.Unweighted -> "1"
    | PixelWeight.ExponentialConfidence(temperature, WeightGradient.Attached) -> $"exp((p − 1)/{temperature})"
    | PixelWeight.ExponentialConfidence(temperature, WeightGradient.Detached) ->
        $"exp((p − 1)/{temperature}), a constant to the gradient"
    | PixelWeight.Focal γ -> $"(1 − p)^{γ}"
    | PixelWeight.InverseConfidence -> "exp(1 − p)/2"

/// A loss by its parts.
let softmax (loss: SoftmaxLoss) =
    $"{Catalogue.reductionName loss.Reduction} of w(p) · −ln p, w = {weight loss.Weight}; logits: {loss.Adjustment}, class weights: {loss.ClassWeight}"

/// Value and gradient, its first twelve numbers.
let gradient (struct (value: float, g: float[])) =
    let more = if g.Length > 12 then ", …" else ""
    $"{number value}, gradient ({numbers g}{more})"

/// A row for each p.
let curve (points: CurvePoint list) =
    let row (point: CurvePoint) =
        $"%8.4f{point.Probability} %10.6f{point.Loss} %10.6f{point.Weight} %10.6f{point.Gain}"

    "       p       loss     weight       gain" :: List.map row points |> String.concat "\n"

let verdict (statement: Statement) (verdict: Verdict) =
    let word, evidence = Prover.describe statement verdict
    $"{word, -9}  {statement.Says} ({evidence})"

let private alone (verdict: Verdict) =
    let word, evidence =
        Prover.describe { Says = ""; Claim = Claim.OverLogits(Quantity.Loss, 0.0, 0.0) } verdict

    $"{word}, {evidence}"

/// Lines over p in (0, 1], drawn in letters: the first of each name.
let plot (title: string) (curves: (string * (float -> float)) list) =
    let columns, rows = 64, 16
    let p column = (float column + 1.0) / float columns
    let values = [ for name, f in curves -> name, [ for column in 0 .. columns - 1 -> f (p column) ] ]
    let highest = values |> List.collect snd |> List.max

    let row y =
        int (round (y / highest * float (rows - 1)))

    let cell r column =
        values
        |> List.tryFind (fun (_, ys) -> row ys[column] = r)
        |> Option.map (fun (name, _) -> string name[0])
        |> Option.defaultValue " "

    [ title
      for r in rows - 1 .. -1 .. 0 do
          let y = highest * float r / float (rows - 1)
          $"%7.3f{y} │" + String.concat "" [ for column in 0 .. columns - 1 -> cell r column ]
      "        └" + String.replicate columns "─"
      "         0" + String.replicate (columns - 2) " " + "1"
      "         probability p of the label: "
      + String.concat ", " [ for name, _ in curves -> $"{name[0]} is {name}" ] ]
    |> String.concat "\n"

fsi.AddPrinter softmax
fsi.AddPrinter weight
fsi.AddPrinter(fun (loss: Loss) -> Catalogue.print loss)
fsi.AddPrinter(fun (statement: Statement) -> statement.Says)
fsi.AddPrinter alone
fsi.AddPrinter gradient
fsi.AddPrinter curve
