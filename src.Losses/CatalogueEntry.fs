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

    member values.TryNumber(key: string) : float option =
        values.Find key |> Option.map (fun text -> Double.Parse(text, CultureInfo.InvariantCulture))

    member values.Number(key: string) : float = Option.get (values.TryNumber key)

/// A published loss: its spelling, its defaults, its source and how it is composed.
[<ReferenceEquality>]
type Entry =
    {
        Name: string
        Summary: string
        Source: string
        /// Where published code computes something else; empty where it does not matter.
        Differs: string
        Keys: Key list
        /// None where there is nothing to choose: region losses are averaged over classes.
        DefaultReduction: Reduction option
        /// Spellings to learn from; the tests hold each of them to the loss contract.
        Examples: string list
        /// The loss for these values (reduction and ignored label are set by the catalogue), or why there is none.
        Build: Values -> Result<LossDefinition, string>
    }

/// What entries are written with.
module internal Entry =
    let number name value doc : Key =
        { Name = name
          Kind = KeyKind.Number
          Default = KeyDefault.Value value
          Doc = doc }

    /// A number decided elsewhere unless it is given.
    let optional name doc : Key =
        { Name = name
          Kind = KeyKind.Number
          Default = KeyDefault.Elsewhere
          Doc = doc }

    let required name doc : Key =
        { Name = name; Kind = KeyKind.Number; Default = KeyDefault.Required; Doc = doc }

    /// One of some words; the first is the default.
    let choice name (words: string list) doc : Key =
        { Name = name
          Kind = KeyKind.Choice words
          Default = KeyDefault.Value words.Head
          Doc = doc }

    /// The sentence of the first rule that is broken, or the loss.
    let accept (rules: (bool * string) list) (definition: LossDefinition) : Result<LossDefinition, string> =
        match rules |> List.tryFind (fst >> not) with
        | Some(_, sentence) -> Error sentence
        | None -> Ok definition

    let atLeast (least: float) (key: string) (value: float) : bool * string =
        value >= least, $"{key} must be {least} or more, received {value}"

    let positive (key: string) (value: float) : bool * string =
        value > 0.0, $"{key} must be greater than 0, received {value}"

    let between (low: float) (high: float) (key: string) (value: float) : bool * string =
        low <= value && value <= high, $"{key} must lie in [{low}, {high}], received {value}"

    let below (low: float) (high: float) (key: string) (value: float) : bool * string =
        low <= value && value < high, $"{key} must lie in [{low}, {high}), received {value}"
