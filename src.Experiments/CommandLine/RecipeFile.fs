/// Recipes: files of JSON that describe a run, or a comparison, completely. What they leave out is as `pat train` has it.
module PatFramework.Experiments.RecipeFile

open System
open System.IO
open System.Text.Json
open System.Text.Json.Nodes
open PatFramework.Core
open PatFramework.Core.Training
open PatFramework.Losses

/// What a comparison compares beside the configuration that its runs share.
type ComparisonRecipe =
    { Config: TrainingConfig
      Losses: string list
      Seeds: int list
      Weights: string option }

/// The keys that a comparison's recipe has beside `config`.
let private comparisonKeys = [ "config"; "losses"; "seeds"; "weights" ]

let private schemaKey = "$schema"

let private fail (file: string) (place: JsonPlace option) (sentence: string) : 'a =
    let where =
        match place with
        | Some place -> $"{file}, line {place.Line}, column {place.Column}"
        | None -> file

    raise (PatException $"{where}: {sentence}")

/// The message of the parser without the places that it counts from 0.
let private plain (problem: JsonException) =
    problem.Message.Split([| " LineNumber:"; " Path:" |], StringSplitOptions.None)[0]
    |> _.TrimEnd('.', ' ', '|')

let private read (file: string) =
    let text =
        try
            File.ReadAllText file
        with :? IOException as problem ->
            raise (PatException($"The recipe {file} can't be read ({problem.Message}).", problem))

    try
        let struct (value, places) = RecipeJson.Read text
        // What editors look the schema up by.
        value.Remove schemaKey |> ignore
        value, places |> Seq.filter (fun place -> place.Path <> schemaKey) |> List.ofSeq
    with :? JsonException as problem ->
        let line = problem.LineNumber |> Option.ofNullable |> Option.defaultValue 0L
        let column = problem.BytePositionInLine |> Option.ofNullable |> Option.defaultValue 0L
        fail file (Some(JsonPlace("", line + 1L, column + 1L))) $"this is no JSON: {plain problem}."

/// The record behind a key of a configuration, where it is one.
let private recordOf (key: string) : Type option =
    match key with
    | "augmentation" -> Some typeof<Data.AugmentationOptions>
    | "sampling" -> Some typeof<Data.SamplingOptions>
    | "reweighting" -> Some typeof<DeferredReweighting>
    | "classes" -> Some typeof<Data.ClassInfo>
    | _ -> None

/// The keys known below a path.
let private knownBelow (path: string list) : string seq =
    match path with
    | [] -> RecipeJson.KeysOf typeof<TrainingConfig>
    | key :: _ -> recordOf key |> Option.map RecipeJson.KeysOf |> Option.defaultValue [||] :> string seq

let private checkKeys (file: string) (prefix: string) (places: JsonPlace list) =
    for place in places do
        if place.Path.StartsWith(prefix, StringComparison.Ordinal) then
            let parts = place.Path.Substring(prefix.Length).Split '.' |> List.ofArray
            let above, key = parts |> List.take (parts.Length - 1), List.last parts
            let known = knownBelow above

            if not (Seq.contains key known) then
                fail file (Some place) (Spelling.unknown "key" key known + ".")

let rec private merge (below: JsonObject) (above: JsonObject) =
    for entry in List.ofSeq above do
        match below[entry.Key], entry.Value with
        | (:? JsonObject as old), (:? JsonObject as changed) -> merge old changed
        | _, null -> below[entry.Key] <- null
        | _, value -> below[entry.Key] <- value.DeepClone()

let private configured (data: string) (given: JsonObject) =
    let json = RunJson.ToObject(Recipe.defaults data)
    merge json given
    RunJson.Parse<TrainingConfig>(json.ToJsonString())

let private spelled (value: string) (parse: string -> Result<'a, string>) =
    match parse value with
    | Ok _ -> ()
    | Error sentence -> raise (PatException sentence)

/// Everything that can be said without opening the data.
let private check (config: TrainingConfig) =
    config.Validate()
    spelled config.Data DataSource.parse
    spelled config.Model ModelChoice.parse
    spelled config.Loss Catalogue.parse

/// Whether the object is a configuration; else the sentence about what is wrong.
let private problemOf data (given: JsonObject) =
    try
        configured data given |> check
        None
    with
    | :? PatException as problem -> Some problem.Message
    | :? JsonException as problem -> Some("a value has the wrong type (" + plain problem + ").")

let private without (key: string) (given: JsonObject) =
    let rest = given.DeepClone().AsObject()
    rest.Remove key |> ignore
    rest

/// The configuration of an object at `prefix` of a file. A value that can't be is told with the place of its key: the one
/// without which the rest would be in order.
let private configuration (file: string) (prefix: string) (given: JsonObject) (places: JsonPlace list) =
    checkKeys file prefix places

    let data =
        match given["data"] with
        | null -> fail file None $"'data' is missing: say what to train on, such as \"data\": \"camvid:DIR\"."
        | value -> value.ToString()

    match problemOf data given with
    | None -> configured data given
    | Some sentence ->
        let blamed =
            given
            |> Seq.map _.Key
            |> Seq.tryFind (fun key -> (problemOf (if key = "data" then "synth" else data) (without key given)).IsNone)
            |> Option.bind (fun key -> places |> List.tryFind (fun place -> place.Path = prefix + key))

        fail file blamed sentence

/// The configuration of a run's recipe, such as a run's own `config.json`.
let readRun (file: string) : TrainingConfig =
    let value, places = read file

    if value.ContainsKey "losses" then
        fail file None "this is the recipe of a comparison: give it to pat compare."

    configuration file "" value places

let private listOf (file: string) (places: JsonPlace list) (value: JsonObject) key (convert: JsonNode -> 'a) : 'a list =
    let place () =
        places |> List.tryFind (fun place -> place.Path = key)

    match value[key] with
    | null -> []
    | :? JsonArray as items ->
        try
            [ for item in items -> convert (nonNull item) ]
        with
        | :? InvalidOperationException
        | :? FormatException
        | :? NullReferenceException -> fail file (place ()) $"'{key}' has an item of the wrong type."
    | _ -> fail file (place ()) $"'{key}' is a list in brackets."

/// What a comparison's recipe says.
let readComparison (file: string) : ComparisonRecipe =
    let value, places = read file

    for place in places do
        if not (place.Path.Contains '.') && not (List.contains place.Path comparisonKeys) then
            fail file (Some place) (Spelling.unknown "key" place.Path comparisonKeys + ".")

    let config =
        match value["config"] with
        | :? JsonObject as given ->
            configuration file "config." given (places |> List.filter (fun place -> place.Path.StartsWith "config."))
        | _ -> fail file None "'config' is missing: the configuration that all runs share, an object in braces."

    { Config = config
      Losses = listOf file places value "losses" (fun item -> item.GetValue<string>())
      Seeds = listOf file places value "seeds" (fun item -> item.GetValue<int>())
      Weights = value["weights"] |> Option.ofObj |> Option.map string }

/// The words of a summary; a reference is the name that it ends in.
let private oneLine (summary: Xml.Linq.XElement) =
    let words (node: Xml.Linq.XNode) =
        match node with
        | :? Xml.Linq.XElement as element when not (isNull (element.Attribute(Xml.Linq.XName.Get "cref"))) ->
            (nonNull (element.Attribute(Xml.Linq.XName.Get "cref"))).Value.Split '.' |> Array.last
        | :? Xml.Linq.XElement as element -> element.Value
        | node -> node.ToString()

    let text = summary.Nodes() |> Seq.map words |> String.concat ""

    text.Split([| ' '; '\n'; '\r'; '\t' |], StringSplitOptions.RemoveEmptyEntries) |> String.concat " "

/// The sentences of PatFramework.Core.xml, which lies beside the program.
let private descriptions =
    lazy
        let file = Path.Combine(AppContext.BaseDirectory, "PatFramework.Core.xml")
        let document = Xml.Linq.XDocument.Load file

        Map
            [ for item in document.Descendants(Xml.Linq.XName.Get "member") do
                  match item.Attribute(Xml.Linq.XName.Get "name"), item.Element(Xml.Linq.XName.Get "summary") with
                  | null, _
                  | _, null -> ()
                  | name, summary -> name.Value, oneLine summary ]

let private describe (record: Type) (property: string) : string | null =
    descriptions.Value |> Map.tryFind $"P:{record.FullName}.{property}" |> Option.toObj

/// The schema of recipes: a run's configuration, or a comparison's.
let schema () =
    let run = RecipeJson.Schema<TrainingConfig>(Func<_, _, _> describe)
    (nonNull run["properties"]).AsObject()[schemaKey] <- JsonNode.Parse "{\"type\": \"string\"}"
    // Everything but the data has a default.
    run["required"] <- JsonArray(JsonValue.Create "data")

    let list (items: string) (description: string) : JsonNode =
        JsonObject(
            [ Collections.Generic.KeyValuePair("type", JsonValue.Create "array" :> JsonNode | null)
              Collections.Generic.KeyValuePair("items", JsonNode.Parse $"{{\"type\": \"{items}\"}}")
              Collections.Generic.KeyValuePair("description", JsonValue.Create description :> JsonNode | null) ]
        )

    Terminal.json
        [ "$schema", Terminal.jsonText "https://json-schema.org/draft/2020-12/schema"
          "title", Terminal.jsonText "A recipe of pat train or pat compare"
          "anyOf",
          Terminal.jsonArray
              [ JsonNode.Parse "{\"$ref\": \"#/$defs/run\"}"
                JsonNode.Parse "{\"$ref\": \"#/$defs/comparison\"}" ]
          "$defs",
          Terminal.json
              [ "run", run
                "comparison",
                Terminal.json
                    [ "type", Terminal.jsonText "object"
                      "additionalProperties", Terminal.jsonFlag false
                      "required", Terminal.jsonArray [ Terminal.jsonText "config"; Terminal.jsonText "losses" ]
                      "properties",
                      Terminal.json
                          [ schemaKey, JsonNode.Parse "{\"type\": \"string\"}"
                            "config", JsonNode.Parse "{\"$ref\": \"#/$defs/run\"}"
                            "losses", list "string" "The losses, LOSS or LOSS @ MODEL; the first is the baseline."
                            "seeds", list "integer" "The seeds that each loss is trained under; 0 where none is given."
                            "weights",
                            JsonNode.Parse
                                "{\"enum\": [\"best\", \"last\"], \"description\": \"The weights that are compared.\"}" ] ] ] ]
