/// `pat loss prove`: each statement about a loss, proved, refuted with a point, or left open.
module PatFramework.Experiments.LossProveVerb

open System
open System.Globalization
open Argu
open Spectre.Console
open PatFramework.Experiments.Arguments
open PatFramework.Losses

let private number (x: float) =
    x.ToString("G6", CultureInfo.InvariantCulture)

let private numbers (xs: float seq) =
    xs |> Seq.map number |> String.concat ", "

/// `-10,10` as an interval.
let private box (text: string) =
    let ends =
        text.Split ','
        |> Array.map (fun part -> Double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture))

    match ends with
    | [| true, low; true, high |] when Double.IsFinite low && Double.IsFinite high && low <= high ->
        Interval.between low high
    | _ -> failwith $"'{text}' is no box of logits: give LO,HI with LO ≤ HI, such as --box -10,10."

let private classes count =
    if 2 <= count && count <= 6 then
        count
    else
        failwith $"{count} classes can't be proved over boxes of logits: give 2 to 6, the work grows with their power."

/// Where p is: statements over p are settled over l = ln p.
let private probability (l: float) = number (exp l)

let private place (statement: Statement) (point: float[]) =
    match statement.Claim with
    | Claim.OverProbabilities _ -> $"p = {probability point[0]}"
    | Claim.OverLogits _ -> $"z_k − z_y = ({numbers point})"
    | Claim.MaskSizeInvariance _ -> $"a mask of {number point[0]} pixels"

let private refutation statement (witness: Witness) =
    match statement.Claim with
    | Claim.MaskSizeInvariance _ ->
        $"{place statement witness.Point} counts {number witness.Value} times what it counts as one pixel"
    | _ -> $"{place statement witness.Point}: {number witness.Value}"

let private opened statement (box: Interval[]) (enclosure: Interval) =
    let sides =
        match statement.Claim with
        | Claim.OverProbabilities _ -> $"p in [{probability box[0].Low}, {probability box[0].High}]"
        | _ -> box |> Array.map (fun side -> $"[{number side.Low}, {number side.High}]") |> String.concat " × "

    $"{sides}: in [{number enclosure.Low}, {number enclosure.High}]"

/// The verdict's word and what it rests on.
let private verdict (statement: Statement) (verdict: Verdict) =
    match verdict, statement.Claim with
    | Verdict.Proved count, Claim.MaskSizeInvariance _ -> "proved", $"for every size, in {count} layouts of masks"
    | Verdict.Proved count, _ -> "proved", (if count = 1 then "1 box" else $"{count} boxes")
    | Verdict.Refuted witness, _ -> "refuted", refutation statement witness
    | Verdict.Undecided(box, enclosure), _ -> "undecided", opened statement box enclosure

let private points (result: Verdict) =
    match result with
    | Verdict.Refuted witness ->
        [ "point", Terminal.jsonArray [ for x in witness.Point -> Terminal.jsonNumber x ]
          "value", Terminal.jsonNumber witness.Value ]
    | Verdict.Proved count -> [ "boxes", Terminal.jsonCount (int64 count) ]
    | Verdict.Undecided _ -> []

let private statementJson (statement: Statement, result: Verdict) =
    let word, evidence = verdict statement result

    Terminal.json (
        [ "says", Terminal.jsonText statement.Says
          "verdict", Terminal.jsonText word
          "evidence", Terminal.jsonText evidence ]
        @ points result
    )

let private json spelling (settings: ProofSettings) results () =
    Terminal.json
        [ "loss", Terminal.jsonText spelling
          "classes", Terminal.jsonCount (int64 settings.Classes)
          "box", Terminal.jsonArray [ Terminal.jsonNumber settings.Box.Low; Terminal.jsonNumber settings.Box.High ]
          "statements", Terminal.jsonArray [ for result in results -> statementJson result ] ]

let private show spelling (settings: ProofSettings) results (console: IAnsiConsole) =
    let row (statement: Statement, result) =
        let word, evidence = verdict statement result
        [ statement.Says; word; evidence ]

    [ "statement", Justify.Left; "verdict", Justify.Left; "by", Justify.Left ]
    |> fun columns -> console.Write(Terminal.table columns (List.map row results))

    console.WriteLine
        $"{spelling}: p over all of (0, 1]; logits of {settings.Classes} classes, each in [{number settings.Box.Low}, {number settings.Box.High}]; intervals with outward rounding."

/// Settles all statements about a loss.
let run output (arguments: ParseResults<LossProveArguments>) =
    let loss = arguments.GetResult LossProveArguments.Spelling |> Catalogue.parse |> Outcome.orFail

    let settings =
        { Prover.defaults with
            Classes =
                arguments.TryPostProcessResult(LossProveArguments.Classes, classes)
                |> Option.defaultValue Prover.defaults.Classes
            Box =
                arguments.TryPostProcessResult(LossProveArguments.Box, box)
                |> Option.defaultValue Prover.defaults.Box }

    let spelling = Catalogue.print loss
    let results = Prover.prove settings loss.Definition

    if results.IsEmpty then
        Outcome.fail $"There are no statements yet about {spelling}: prove a softmax loss, such as ce or focal."

    Terminal.emit output (json spelling settings results) (show spelling settings results)
    0
