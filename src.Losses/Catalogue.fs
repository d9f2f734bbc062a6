namespace PatFramework.Losses

open System
open System.Globalization
open System.Text.RegularExpressions

/// Every loss that has a name. A new one is a new entry of its family's list; kernels, command line, tests and docs iterate
/// this one.
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

    /// All losses.
    let entries: Entry list = CatalogueSoftmax.entries @ CatalogueSigmoid.entries @ CatalogueRegion.entries

    let names: string list = entries |> List.map _.Name

    let private reductionKey (reduction: Reduction) : Key =
        { Name = "reduction"
          Kind = KeyKind.Choice(List.map fst reductions)
          Default = KeyDefault.Value(reductionName reduction)
          Doc = "how the pixels become one number" }

    let private ignoreKey: Key =
        { Name = "ignore"
          Kind = KeyKind.Integer
          Default = KeyDefault.Elsewhere
          Doc = "the label that counts for nothing; without it the data set's own, or 255" }

    /// The keys of an entry and the common ones, in the order in which they are printed.
    let keys (entry: Entry) : Key list =
        entry.Keys @ (entry.DefaultReduction |> Option.map reductionKey |> Option.toList) @ [ ignoreKey ]

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
        let ignore = values.Find "ignore" |> Option.map int64

        let reduction () =
            List.find (fst >> (=) (values.Word "reduction")) reductions |> snd

        match definition with
        | LossDefinition.Softmax loss -> LossDefinition.Softmax { loss with Reduction = reduction (); Ignore = ignore }
        | LossDefinition.Sigmoid loss -> LossDefinition.Sigmoid { loss with Reduction = reduction (); Ignore = ignore }
        | LossDefinition.Region loss -> LossDefinition.Region { loss with Ignore = ignore }
        | LossDefinition.WeightedSum _ -> definition

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

    let private single (text: string) =
        Spelling.parse text |> Result.bind (fun spelled -> find spelled |> Result.bind (interpret spelled))

    /// The shortest spelling: what differs from the defaults, in the catalogue's order. `parse (print loss)` is `loss`.
    let print (loss: Loss) : string = Spelling.print loss.Name loss.Keys

    /// `a*loss`, or `loss` alone with a = 1.
    let private term (text: string) : Result<float * Loss, string> =
        let factor = Regex.Match(text, @"^\s*([^*:]*)\*(.*)$", RegexOptions.Singleline)

        if not factor.Success then
            single text |> Result.map (fun loss -> 1.0, loss)
        else
            match number (factor.Groups[1].Value.Trim()) |> Result.map (fun text -> float text) with
            | Ok a when a > 0.0 -> single (factor.Groups[2].Value.Trim()) |> Result.map (fun loss -> a, loss)
            | _ ->
                Error
                    $"a factor must be a number greater than 0, received '{factor.Groups[1].Value.Trim()}' in '{text.Trim()}': write 0.5*ce + 0.5*dice"

    let private sum (terms: (float * Loss) list) : Loss =
        let spelled (a: float, loss) =
            a.ToString CultureInfo.InvariantCulture + "*" + print loss

        { Name = terms |> List.map spelled |> String.concat " + "
          Keys = []
          Definition = LossDefinition.WeightedSum [ for a, loss in terms -> a, loss.Definition ] }

    /// The loss that `name:key=value,key=value` or a sum such as `0.5*ce + 0.5*dice` spells, or one sentence that says what is
    /// wrong and what to write.
    let parse (text: string) : Result<Loss, string> =
        // a plus between terms, not that of an exponent such as 1E+20
        match Regex.Split(text, @"(?<![0-9.][eE])\+") with
        | [| one |] when not (one.Contains '*') -> single one
        | terms -> terms |> List.ofArray |> List.map term |> Spelling.sequence |> Result.map sum
