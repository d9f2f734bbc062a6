/// `pat loss curve`: loss, weight and gain over p, as a drawing, a page or numbers.
module PatFramework.Experiments.LossCurveVerb

open System.IO
open Argu
open Spectre.Console
open PatFramework.Experiments.Arguments
open PatFramework.Experiments.CurvePage
open PatFramework.Losses

/// The curve of a spelled loss of the softmax family.
let curve spelling =
    let loss = Catalogue.parse spelling |> Outcome.orFail

    match loss.Definition with
    | LossDefinition.Softmax definition ->
        { Label = Catalogue.print loss; Points = Curve.sample definition probabilities }
    | LossDefinition.Sigmoid _
    | LossDefinition.Region _
    | LossDefinition.WeightedSum _ ->
        Outcome.fail
            $"{Catalogue.print loss} is no curve over the label's probability: draw softmax losses, such as ce or focal."

let private writer (path: string) =
    match (string (Path.GetExtension path)).ToLowerInvariant() with
    | ".svg" -> svg
    | ".html" -> html
    | ".csv" -> csv
    | other -> Outcome.fail $"--out {path}: curves are written as .svg, .html or .csv, not as '{other}'."

/// Draws the curves into a file.
let run output (arguments: ParseResults<LossCurveArguments>) =
    let path = arguments.GetResult LossCurveArguments.Out
    let write = writer path
    let curves = arguments.GetResult LossCurveArguments.Spellings |> List.map curve
    File.WriteAllText(path, write curves)

    let json () =
        Terminal.json
            [ "out", Terminal.jsonText path
              "losses", Terminal.jsonArray [ for curve in curves -> Terminal.jsonText curve.Label ] ]

    Terminal.emit output json (fun console -> console.WriteLine $"wrote {path}: loss, weight and gain over p")
    0
