/// `pat model list`, `pat model summary` and, from its own file, `pat model run`.
module PatFramework.Experiments.ModelVerb

open System
open System.Globalization
open Argu
open Spectre.Console
open PatFramework.Core.Models
open PatFramework.Experiments.Arguments

let private keyJson (key: ModelKey) =
    Terminal.json
        [ "name", Terminal.jsonText key.Name
          "default", Terminal.jsonText key.Default
          "about", Terminal.jsonText key.Summary ]

let private entryJson (entry: ModelEntry) =
    Terminal.json
        [ "name", Terminal.jsonText entry.Name
          "summary", Terminal.jsonText entry.Summary
          "keys", Terminal.jsonArray [ for key in entry.Keys -> keyJson key ] ]

let private showEntry (console: IAnsiConsole) (entry: ModelEntry) =
    console.WriteLine $"{entry.Name}  {entry.Summary}"

    for key in entry.Keys do
        let spelled = $"{key.Name}={key.Default}"
        console.WriteLine $"    {spelled, -14}  {key.Summary}"

let private list output =
    let json () =
        Terminal.json [ "models", Terminal.jsonArray [ for entry in ModelCatalogue.Entries -> entryJson entry ] ]

    Terminal.emit output json (fun console -> ModelCatalogue.Entries |> Seq.iter (showEntry console))
    0

/// `1x3x180x240` as a shape.
let shape (text: string) =
    let sides =
        text.Split 'x'
        |> Array.map (fun side -> Int64.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture))

    if sides.Length = 4 && sides |> Array.forall (fun (known, side) -> known && side > 0L) then
        Array.map snd sides
    else
        failwith $"'{text}' is not a shape: give NxCxHxW, such as 1x3x180x240."

let private spelled (shape: int64[]) =
    shape |> Array.map string |> String.concat "x"

let private layerJson (layer: LayerSummary) =
    Terminal.json
        [ "name", Terminal.jsonText layer.Name
          "kind", Terminal.jsonText layer.Kind
          "output", Terminal.jsonArray [ for side in layer.Output -> Terminal.jsonCount side ]
          "parameters", Terminal.jsonCount layer.Parameters
          "multiplyAdds", Terminal.jsonCount layer.MultiplyAdds ]

let private json spelling (summary: ModelSummary) () =
    Terminal.json
        [ "model", Terminal.jsonText spelling
          "input", Terminal.jsonArray [ for side in summary.Input -> Terminal.jsonCount side ]
          "parameters", Terminal.jsonCount summary.Parameters
          "multiplyAdds", Terminal.jsonCount summary.MultiplyAdds
          "layers", Terminal.jsonArray [ for layer in summary.Layers -> layerJson layer ] ]

let private grouped (count: int64) =
    count.ToString("N0", CultureInfo.InvariantCulture)

let private show spelling (summary: ModelSummary) (console: IAnsiConsole) =
    let columns =
        [ "layer", Justify.Left
          "kind", Justify.Left
          "output", Justify.Right
          "parameters", Justify.Right
          "multiply-adds", Justify.Right ]

    let rows =
        [ for layer in summary.Layers ->
              [ layer.Name
                layer.Kind
                spelled layer.Output
                grouped layer.Parameters
                grouped layer.MultiplyAdds ] ]

    console.Write(Terminal.table columns rows)
    let millions = Terminal.decimals 2 (float summary.Parameters / 1e6)
    let billions = Terminal.decimals 2 (float summary.MultiplyAdds / 1e9)
    console.WriteLine $"{spelling}, input {spelled summary.Input}: {millions} M parameters, {billions} G multiply-adds"

let private summary output (arguments: ParseResults<ModelSummaryArguments>) =
    let spelling = arguments.GetResult ModelSummaryArguments.Spelling
    let input = arguments.TryPostProcessResult(Input, shape) |> Option.defaultValue [| 1L; 3L; 180L; 240L |]
    let classes = arguments.GetResult(ModelSummaryArguments.Classes, defaultValue = 11)
    let choice = ModelChoice.parse spelling |> Outcome.orFail
    use model = ModelChoice.createFor (int input[1]) classes choice
    let summary = ModelSummary.Of(model, input)
    Terminal.emit output (json choice.Spelling summary) (show choice.Spelling summary)
    0

/// Runs `pat model …`.
let run output (arguments: ParseResults<ModelArguments>) =
    match arguments.GetSubCommand() with
    | ModelArguments.List -> list output
    | Summary arguments -> summary output arguments
    | ModelArguments.Run arguments -> ModelRunVerb.run output arguments
