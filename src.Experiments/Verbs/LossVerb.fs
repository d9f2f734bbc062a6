/// `pat loss …`.
module PatFramework.Experiments.LossVerb

open Argu
open Spectre.Console
open PatFramework.Experiments.Arguments
open PatFramework.Losses

let private keyJson (key: Key) =
    let value, required =
        match key.Default with
        | KeyDefault.Required -> Terminal.jsonText null, true
        | KeyDefault.Elsewhere -> Terminal.jsonText null, false
        | KeyDefault.Value value -> Terminal.jsonText value, false

    Terminal.json
        [ "name", Terminal.jsonText key.Name
          "default", value
          "required", Terminal.jsonFlag required
          "about", Terminal.jsonText key.Doc ]

let private entryJson (entry: Entry) =
    Terminal.json
        [ "name", Terminal.jsonText entry.Name
          "summary", Terminal.jsonText entry.Summary
          "source", Terminal.jsonText entry.Source
          "differs", Terminal.jsonText entry.Differs
          "reduction", Terminal.jsonText (entry.DefaultReduction |> Option.map Catalogue.reductionName |> Option.toObj)
          "keys", Terminal.jsonArray [ for key in Catalogue.keys entry -> keyJson key ] ]

let private json () =
    Terminal.json [ "losses", Terminal.jsonArray [ for entry in Catalogue.entries -> entryJson entry ] ]

let private spelled (key: Key) =
    match key.Default with
    | KeyDefault.Required -> $"{key.Name}=… (required)"
    | KeyDefault.Elsewhere -> $"{key.Name}=…"
    | KeyDefault.Value value -> $"{key.Name}={value}"

let private showEntry (console: IAnsiConsole) (entry: Entry) =
    console.WriteLine $"{entry.Name}  {entry.Summary}"
    console.WriteLine $"    {entry.Source}"

    if entry.Differs <> "" then
        console.WriteLine $"    elsewhere: {entry.Differs}"

    for key in Catalogue.keys entry do
        console.WriteLine $"    {spelled key, -26}  {key.Doc}"

let private list output =
    Terminal.emit output json (fun console -> Catalogue.entries |> List.iter (showEntry console))
    0

/// Runs `pat loss …`.
let run output debug (arguments: ParseResults<LossArguments>) =
    match arguments.GetSubCommand() with
    | LossArguments.List -> list output
    | LossArguments.Table1 -> LossTable1Verb.run output
    | LossArguments.Curve arguments -> LossCurveVerb.run output arguments
    | LossArguments.Eval arguments -> LossEvalVerb.run output debug arguments
    | LossArguments.Check arguments -> LossCheckVerb.run output arguments
    | LossArguments.Prove arguments -> LossProveVerb.run output arguments
