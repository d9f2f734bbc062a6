namespace PatFramework.Experiments

open System
open PatFramework.Losses

/// A loss that is compared, over the model that it trains: its own one, or the comparison's.
type Contender =
    {
        /// How it was spelled, `LOSS` or `LOSS @ MODEL`: its name in tables and records.
        Label: string
        /// The same for every spelling of the same loss over the same model.
        Identity: string
        Loss: string
        /// The model as spelled; None takes the comparison's.
        Model: string option
    }

module Contender =

    /// Parts of a list of losses are separated by semicolons: commas belong to the spellings.
    let private parts (text: string) =
        text.Split(';', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)

    let private ofLoss text =
        Catalogue.parse text
        |> Result.map (fun loss -> { Label = text; Identity = Catalogue.print loss; Loss = text; Model = None })

    let private ofLossAndModel loss model =
        ofLoss loss
        |> Result.bind (fun contender ->
            ModelChoice.parse model |> Result.map (fun choice -> contender, choice.Spelling))
        |> Result.map (fun (contender, model) ->
            { contender with
                Label = $"{loss} @ {model}"
                Identity = $"{contender.Identity} @ {model}"
                Model = Some model })

    /// One contender: `LOSS` or `LOSS @ MODEL`, such as `ldam @ unet:width=16,head=cosine`.
    let parse (text: string) : Result<Contender, string> =
        match text.Split('@', StringSplitOptions.TrimEntries) with
        | [| loss |] -> ofLoss loss
        | [| loss; model |] -> ofLossAndModel loss model
        | _ -> Error $"'{text}' names more than one model: write LOSS or LOSS @ MODEL."

    /// Contenders separated by semicolons; the first one is the baseline.
    let parseAll (text: string) : Result<Contender list, string> =
        let parsed = parts text |> Array.toList |> List.map parse |> Spelling.sequence

        match parsed with
        | Ok [] -> Error "no loss is named: give losses separated by semicolons, such as 'ce; pat:temperature=20'."
        | Ok all ->
            match all |> List.countBy _.Identity |> List.tryFind (fun (_, count) -> count > 1) with
            | Some(label, _) -> Error $"'{label}' is named twice: name each loss once."
            | None -> Ok all
        | Error sentence -> Error sentence

    /// A name for files: letters, digits, dots, `+`, `=` and `-` stay, everything else becomes `_`.
    let fileName (contender: Contender) : string =
        contender.Label.Replace(" ", "")
        |> String.map (fun letter ->
            if Char.IsAsciiLetterOrDigit letter || ".+=-".Contains letter then
                letter
            else
                '_')
