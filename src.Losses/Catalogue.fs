namespace PatFramework.Losses

open System
open System.Globalization

/// What the value of a key may be.
[<RequireQualifiedAccess>]
type KeyKind =
    /// A finite number.
    | Number
    | Integer
    /// One of these words.
    | Choice of string list

/// What happens when a key is left out.
[<RequireQualifiedAccess>]
type KeyDefault =
    | Required
    /// Decided elsewhere (the data set's ignored label, the class statistics).
    | Elsewhere
    | Value of string

/// A parameter of a loss as the command line spells it.
type Key = { Name: string; Kind: KeyKind; Default: KeyDefault; Doc: string }

/// The values of all keys of one spelled loss, checked against their kinds.
type Values(values: Map<string, string>) =
    /// The value as it was spelled, in canonical form; None where it is decided elsewhere.
    member _.Find(key: string) : string option = Map.tryFind key values
    member _.Word(key: string) : string = Map.find key values

    member _.Number(key: string) : float =
        Double.Parse(Map.find key values, CultureInfo.InvariantCulture)

/// A published loss: its spelling, its defaults, its source and how it is composed.
[<ReferenceEquality>]
type Entry =
    {
        Name: string
        Summary: string
        Source: string
        Keys: Key list
        DefaultReduction: Reduction
        /// Spellings to learn from; the tests hold each of them to the loss contract.
        Examples: string list
        /// The loss for these values (reduction and ignored label are set by the catalogue), or why there is none.
        Build: Values -> Result<LossDefinition, string>
    }

/// Every loss that has a name. A new one is a new entry here; kernels, command line, tests and docs iterate this list.
module Catalogue =

    /// The spellings of the reductions.
    let reductions: (string * Reduction) list =
        [ "pixel-mean", Reduction.PixelMean
          "all-pixel-mean", Reduction.AllPixelMean
          "element-mean", Reduction.ElementMean
          "weighted-mean", Reduction.WeightedMean
          "weighted-sum-mean", Reduction.WeightedSumMean
          "mask-mean", Reduction.MaskMean
          "image-mask-mean", Reduction.ImageMaskMean
          "mask-sum", Reduction.MaskSum
          "class-mean", Reduction.ClassMean
          "sum", Reduction.Sum ]

    /// The spelling of a reduction: `PixelMean` → `pixel-mean`.
    let reductionName (reduction: Reduction) : string =
        reductions |> List.find (fun (_, r) -> r = reduction) |> fst

    let private require condition sentence value =
        if condition then Ok value else Error sentence

    let private crossEntropy: Entry =
        { Name = "ce"
          Summary = "cross-entropy: −ln p"
          Source = "PyTorch's cross_entropy; smoothing: Szegedy et al. 2016, arXiv 1512.00567"
          Keys =
            [ { Name = "smoothing"
                Kind = KeyKind.Number
                Default = KeyDefault.Value "0"
                Doc = "ε in [0, 1): (1 − ε)(−ln p_y) + ε/C Σ_c −ln p_c" } ]
          DefaultReduction = Reduction.PixelMean
          Examples = [ "ce"; "ce:smoothing=0.1" ]
          Build =
            fun values ->
                let ε = values.Number "smoothing"

                LossDefinition.Softmax(ce |> smoothed ε)
                |> require (0.0 <= ε && ε < 1.0) $"smoothing must lie in [0, 1), received {ε}" }

    let private patWeight T (gradient: WeightGradient) =
        let steep = gradient = WeightGradient.Attached && T < exp -1.0

        if T <= 0.0 then
            Error $"temperature must be greater than 0, received {T} (the paper's Table 1 uses 2 and 5; try 20)"
        elif steep then
            Error
                $"temperature {T} is below 1/e ≈ 0.3679, where the loss rises with p once its weight is differentiated, so that training would push correct pixels away: pass temperature=0.37 or more, or weight=detached"
        else
            Ok(PixelWeight.ExponentialConfidence(T, gradient))

    let private pat: Entry =
        { Name = "pat"
          Summary = "pixel-wise adaptive training with temperature: −ln p · exp((p − 1)/T), each mask counted once"
          Source = "Do et al. 2024, arXiv 2404.05393, Table 1 and Eq. 4"
          Keys =
            [ { Name = "temperature"
                Kind = KeyKind.Number
                Default = KeyDefault.Required
                Doc = "T > 0; T → ∞ is cross-entropy; 1/e or more unless weight=detached" }
              { Name = "weight"
                Kind = KeyKind.Choice [ "attached"; "detached" ]
                Default = KeyDefault.Value "attached"
                Doc = "whether the gradient flows through the weight" } ]
          DefaultReduction = Reduction.MaskMean
          Examples = [ "pat:temperature=20"; "pat:temperature=2"; "pat:temperature=5,weight=detached" ]
          Build =
            fun values ->
                let gradient =
                    match values.Word "weight" with
                    | "detached" -> WeightGradient.Detached
                    | _ -> WeightGradient.Attached

                patWeight (values.Number "temperature") gradient
                |> Result.map (fun weight -> LossDefinition.Softmax(ce |> weighted weight)) }

    /// All losses.
    let entries: Entry list = [ crossEntropy; pat ]

    let names: string list = entries |> List.map _.Name

    let private reductionKey (entry: Entry) : Key =
        { Name = "reduction"
          Kind = KeyKind.Choice(List.map fst reductions)
          Default = KeyDefault.Value(reductionName entry.DefaultReduction)
          Doc = "how the pixels become one number" }

    let private ignoreKey: Key =
        { Name = "ignore"
          Kind = KeyKind.Integer
          Default = KeyDefault.Elsewhere
          Doc = "the label that counts for nothing; without it the data set's own, or 255" }

    /// The keys of an entry and the common ones, in the order in which they are printed.
    let keys (entry: Entry) : Key list =
        entry.Keys @ [ reductionKey entry; ignoreKey ]

    let private number (text: string) =
        match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, x when Double.IsFinite x -> Ok(x.ToString CultureInfo.InvariantCulture)
        | _ -> Error $"expected a finite number, received '{text}'"

    let private integer (text: string) =
        match Int64.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
        | true, x -> Ok(x.ToString CultureInfo.InvariantCulture)
        | _ -> Error $"expected an integer, received '{text}'"

    let private canonical (key: Key) (text: string) =
        match key.Kind with
        | KeyKind.Number -> number text
        | KeyKind.Integer -> integer text
        | KeyKind.Choice words when List.contains text words -> Ok text
        | KeyKind.Choice words -> Error(Spelling.unknown "value" text words)

    let private value (spelled: Spelled) (key: Key) =
        match spelled.Arguments |> List.tryFind (fun a -> a.Key = key.Name), key.Default with
        | Some a, _ ->
            canonical key a.Value
            |> Result.map (fun text -> Some(key.Name, text))
            |> Result.mapError (fun sentence -> Spelling.at a.Position spelled.Text $"{key.Name}: {sentence}")
        | None, KeyDefault.Value text -> Ok(Some(key.Name, text))
        | None, KeyDefault.Elsewhere -> Ok None
        | None, KeyDefault.Required ->
            Error $"{spelled.Name} needs {key.Name}: write {spelled.Name}:{key.Name}=VALUE ({key.Doc})"

    let private common (values: Values) (definition: LossDefinition) =
        match definition with
        | LossDefinition.Softmax loss ->
            LossDefinition.Softmax
                { loss with
                    Reduction = List.find (fst >> (=) (values.Word "reduction")) reductions |> snd
                    Ignore = values.Find "ignore" |> Option.map int64 }

    let private build (entry: Entry) (pairs: (string * string) list) =
        let values = Values(Map.ofList pairs)

        let isDefault (name, text) =
            (keys entry |> List.find (fun k -> k.Name = name)).Default = KeyDefault.Value text

        entry.Build values
        |> Result.mapError (fun sentence -> $"{entry.Name}: {sentence}")
        |> Result.map (fun definition ->
            { Name = entry.Name
              Keys = List.filter (isDefault >> not) pairs
              Definition = common values definition })

    let private find (spelled: Spelled) =
        match entries |> List.tryFind (fun entry -> entry.Name = spelled.Name) with
        | Some entry -> Ok entry
        | None -> Error(Spelling.unknown "loss" spelled.Name names)

    let private interpret (spelled: Spelled) (entry: Entry) =
        spelled
        |> Spelling.onlyKeys (keys entry |> List.map _.Name)
        |> Result.bind (fun spelled -> keys entry |> List.map (value spelled) |> Spelling.sequence)
        |> Result.bind (List.choose id >> build entry)

    /// The loss that `name:key=value,key=value` spells, or one sentence that says what is wrong and what to write.
    let parse (text: string) : Result<Loss, string> =
        Spelling.parse text |> Result.bind (fun spelled -> find spelled |> Result.bind (interpret spelled))

    /// The shortest spelling: what differs from the defaults, in the catalogue's order. `parse (print loss)` is `loss`.
    let print (loss: Loss) : string = Spelling.print loss.Name loss.Keys
