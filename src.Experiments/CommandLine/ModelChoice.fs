/// Models as they are spelled: `unet`, `unet:width=16`.
module PatFramework.Experiments.ModelChoice

open PatFramework.Core.Models
open PatFramework.Losses

/// A model of the catalogue with the keys that were spelled.
type ModelChoice = { Entry: ModelEntry; Keys: Map<string, string>; Spelling: string }

let private entry (spelled: Spelled) =
    match ModelCatalogue.Entries |> Seq.tryFind (fun entry -> entry.Name = spelled.Name) with
    | Some entry -> Ok entry
    | None -> Error(Spelling.unknown "model" spelled.Name (ModelCatalogue.Entries |> Seq.map _.Name))

let private choose (spelled: Spelled) (entry: ModelEntry) =
    spelled
    |> Spelling.onlyKeys (entry.Keys |> Seq.map _.Name)
    |> Result.map (fun spelled ->
        let keys = spelled.Arguments |> List.map (fun argument -> argument.Key, argument.Value)

        { Entry = entry
          Keys = Map.ofList keys
          Spelling = Spelling.print entry.Name keys })

/// The model that the text spells, or one sentence that lists the known models or keys.
let parse (text: string) : Result<ModelChoice, string> =
    Spelling.parse text |> Result.bind (fun spelled -> entry spelled |> Result.bind (choose spelled))

/// Builds the model for images of some channels; its weights are drawn from libtorch's default generator.
let createFor (channels: int) (classes: int) (choice: ModelChoice) : SegmentationModel =
    ModelCatalogue.Create(choice.Entry.Name, choice.Keys, classes, channels)

/// Builds the model for images of three channels.
let create (classes: int) (choice: ModelChoice) : SegmentationModel = createFor 3 classes choice
