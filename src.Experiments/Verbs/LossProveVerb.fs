/// `pat loss prove`: each statement about a loss, proved, refuted with a point, or left open.
module PatFramework.Experiments.LossProveVerb

open System
open System.Globalization
open Argu
open Spectre.Console
open PatFramework.Experiments.Arguments
open PatFramework.Losses

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

/// `1000,100,10` as pixel counts.
let private pixelCounts (text: string) =
    let counts =
        text.Split ','
        |> Array.map (fun part -> Int64.TryParse(part, NumberStyles.Integer, CultureInfo.InvariantCulture))

    if counts |> Array.forall (fun (isNumber, n) -> isNumber && n > 0L) then
        Array.truncate (classes counts.Length) (Array.map snd counts)
    else
        failwith $"'{text}' are no pixel counts: give one above 0 for each class, such as --counts 1000,100,10."

/// The pixels of each class; without them a long tail of so many classes.
let private counts (arguments: ParseResults<LossProveArguments>) =
    let count = arguments.TryPostProcessResult(LossProveArguments.Classes, classes)

    match count, arguments.TryPostProcessResult(LossProveArguments.Counts, pixelCounts) with
    | Some count, Some counts when counts.Length <> count ->
        Outcome.fail $"--classes is {count}, --counts has {counts.Length} numbers: give --counts alone."
    | _, Some counts -> counts
    | Some count, None -> Prover.longTail count
    | None, None -> Prover.defaults.Counts

let private points (result: Verdict) =
    match result with
    | Verdict.Refuted witness ->
        [ "point", Terminal.jsonArray [ for x in witness.Point -> Terminal.jsonNumber x ]
          "value", Terminal.jsonNumber witness.Value ]
    | Verdict.Proved count -> [ "boxes", Terminal.jsonCount (int64 count) ]
    | Verdict.Undecided _ -> []

let private statementJson (statement: Statement, result: Verdict) =
    let word, evidence = Prover.describe statement result

    Terminal.json (
        [ "says", Terminal.jsonText statement.Says
          "verdict", Terminal.jsonText word
          "evidence", Terminal.jsonText evidence ]
        @ points result
    )

/// What the loss was told beside logits and labels, where that decides about it.
let private told (settings: ProofSettings) (isExample: bool) (definition: LossDefinition) =
    let given = settings.Given(settings.Classes, 1)
    let example = if isExample then ", an example: give --counts" else ""

    [ if Definition.needsCounts definition then
          $"pixel counts {settings.Counts |> Array.map float |> Witness.numbers}{example}"
      if Definition.needsVariation definition then
          "a variation of 1, the largest"
      if Definition.hasRatios definition then
          $"gradient ratios {given.Ratios |> Option.defaultValue [||] |> Witness.numbers}, as after a first step from P = ½{example}" ]

let private json spelling (settings: ProofSettings) results () =
    Terminal.json
        [ "loss", Terminal.jsonText spelling
          "counts", Terminal.jsonArray [ for n in settings.Counts -> Terminal.jsonCount n ]
          "classes", Terminal.jsonCount (int64 settings.Classes)
          "box", Terminal.jsonArray [ Terminal.jsonNumber settings.Box.Low; Terminal.jsonNumber settings.Box.High ]
          "statements", Terminal.jsonArray [ for result in results -> statementJson result ] ]

let private scope (settings: ProofSettings) (definition: LossDefinition) =
    let box = $"each in [{Witness.number settings.Box.Low}, {Witness.number settings.Box.High}]"

    let p =
        if (Statements.curve definition).IsSome then "p over all of (0, 1]; "
        elif definition.IsSigmoid then "P up to 1 − 1e-304; "
        else ""

    if Statements.isPixelWise definition then
        $"{p}logits of a pixel of {settings.Classes} classes, {box}"
    else
        $"logits of two pixels of 2 classes, {box}"

let private show spelling settings told definition results (console: IAnsiConsole) =
    let row (statement: Statement, result) =
        let word, evidence = Prover.describe statement result
        [ statement.Says; word; evidence ]

    let columns = [ "statement", Justify.Left; "verdict", Justify.Left; "by", Justify.Left ]
    let table = Terminal.table columns (List.map row results)

    // Where the table is too wide, the sentences wrap and the verdicts don't.
    for long in [ 0; 2 ] do
        table.Columns[long].NoWrap <- false

    console.Write table

    console.WriteLine $"{spelling}: {scope settings definition}; intervals with outward rounding."

    for what in told do
        console.WriteLine $"told: {what}"

/// Settles all statements about a loss.
let run output (arguments: ParseResults<LossProveArguments>) =
    let loss = arguments.GetResult LossProveArguments.Spelling |> Catalogue.parse |> Outcome.orFail

    let settings =
        { Prover.defaults with
            Counts = counts arguments
            Box =
                arguments.TryPostProcessResult(LossProveArguments.Box, box)
                |> Option.defaultValue Prover.defaults.Box }

    let spelling, definition = Catalogue.print loss, loss.Definition
    let results = Prover.prove settings definition
    let told = told settings (not (arguments.Contains LossProveArguments.Counts)) definition
    Terminal.emit output (json spelling settings results) (show spelling settings told definition results)
    0
