/// `pat weights …`.
module PatFramework.Experiments.WeightsVerb

open System.Globalization
open Argu
open Spectre.Console
open TorchSharp
open PatFramework.Core.Weights
open PatFramework.Experiments.Arguments

/// An entry of a file.
type private Entry = { Name: string; Type: string; Shape: int64[]; Elements: int64 }

let private entries (weights: WeightsContent) =
    [ for entry in weights.Tensors ->
          { Name = entry.Key
            Type = string entry.Value.dtype
            Shape = entry.Value.shape
            Elements = entry.Value.numel () } ]

let private json (weights: WeightsContent) entries () =
    Terminal.json
        [ "tensors",
          Terminal.jsonArray
              [ for entry in entries ->
                    Terminal.json
                        [ "name", Terminal.jsonText entry.Name
                          "type", Terminal.jsonText entry.Type
                          "shape", Terminal.jsonArray [ for side in entry.Shape -> Terminal.jsonCount side ] ] ]
          "elements", Terminal.jsonCount (entries |> List.sumBy _.Elements)
          "metadata", Terminal.json [ for text in weights.Metadata -> text.Key, Terminal.jsonText text.Value ] ]

let private grouped (count: int64) =
    count.ToString("N0", CultureInfo.InvariantCulture)

let private show (weights: WeightsContent) entries (console: IAnsiConsole) =
    let columns =
        [ "name", Justify.Left; "type", Justify.Left; "shape", Justify.Right; "elements", Justify.Right ]

    let row entry =
        [ entry.Name
          entry.Type
          entry.Shape |> Array.map string |> String.concat "x"
          grouped entry.Elements ]

    console.Write(Terminal.table columns (List.map row entries))

    for text in weights.Metadata do
        console.WriteLine $"{text.Key}: {text.Value}"

    console.WriteLine $"{entries.Length} tensors, {entries |> List.sumBy _.Elements |> grouped} elements"

let private inspect output file =
    use weights = WeightsFile.Read file
    let all = entries weights
    Terminal.emit output (json weights all) (show weights all)
    0

let private convert output (source: string) (target: string) =
    use weights = WeightsFile.Read source
    WeightsFile.Write(target, weights.Tensors)

    let json () =
        Terminal.json [ "file", Terminal.jsonText target; "tensors", Terminal.jsonCount (int64 weights.Tensors.Count) ]

    Terminal.emit output json (fun (console: IAnsiConsole) ->
        console.WriteLine $"{weights.Tensors.Count} tensors of {source} in {target}")

    0

/// Runs `pat weights …`.
let run output (arguments: ParseResults<WeightsArguments>) =
    use _scope = torch.NewDisposeScope()

    match arguments.GetSubCommand() with
    | WeightsArguments.Inspect given -> given.GetResult WeightsInspectArguments.File |> inspect output
    | WeightsArguments.Convert given -> given.GetResult WeightsConvertArguments.Files ||> convert output
