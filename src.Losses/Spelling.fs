namespace PatFramework.Losses

open System

/// One `key=value` of a spelling; `Position` counts characters from 1.
type Argument = { Key: string; Value: string; Position: int }

/// `name:key=value,key=value` taken apart.
type Spelled = { Text: string; Name: string; Arguments: Argument list }

/// How losses, models and data sets are spelled on the command line: `name:key=value,key=value`.
module Spelling =

    /// Insertions, deletions and replacements that lead from one word to the other (Levenshtein 1966).
    let distance (a: string) (b: string) : int =
        let next (above: int[]) letter =
            let cell left j =
                min (min (left + 1) (above[j + 1] + 1)) (above[j] + Convert.ToInt32(b[j] <> letter))

            Array.scan cell (above[0] + 1) [| 0 .. b.Length - 1 |]

        Seq.fold next (Array.init (b.Length + 1) id) a |> Array.last

    /// The known word a reader most likely meant, if any is near: `focl` → `focal`, `temp` → `temperature`.
    let nearest (word: string) (known: string seq) : string option =
        let word = word.ToLowerInvariant()

        let near (other: string) =
            distance word other <= (other.Length + 1) / 2

        let begins (other: string) =
            word <> "" && other.StartsWith(word, StringComparison.Ordinal)

        known
        |> Seq.filter (fun other -> near other || begins other)
        |> Seq.sortBy (distance word)
        |> Seq.tryHead

    /// The sentence for a word that is not among the known ones: says which are, and the nearest.
    let unknown (kind: string) (word: string) (known: string seq) : string =
        let hint =
            match nearest word known with
            | Some other -> $" did you mean '{other}'?"
            | None -> ""

        $"""unknown {kind} '{word}';{hint} known: {String.Join(", ", known)}"""

    /// A sentence with the place in the text that it is about.
    let at (position: int) (text: string) (sentence: string) : string =
        $"{sentence} (at character {position} of '{text}')"

    /// The name before the first colon, and what follows it (empty without a colon): `camvid:/data` → `camvid`, `/data`.
    let split (text: string) : struct (string * string) =
        match text.IndexOf ':' with
        | -1 -> struct (text.Trim(), "")
        | i -> struct (text.Substring(0, i).Trim(), text.Substring(i + 1))

    let private argument text position (part: string) =
        match part.IndexOf '=' with
        | i when i > 0 && part.Substring(0, i).Trim() <> "" && part.Substring(i + 1).Trim() <> "" ->
            Ok
                { Key = part.Substring(0, i).Trim()
                  Value = part.Substring(i + 1).Trim()
                  Position = position }
        | _ -> Error(at position text $"expected key=value, received '{part.Trim()}'")

    let private distinct text (arguments: Argument list) =
        let repeated = arguments |> List.groupBy _.Key |> List.tryFind (fun (_, all) -> all.Length > 1)

        match repeated with
        | Some(key, all) -> Error(at all[1].Position text $"the key '{key}' is given twice: keep one")
        | None -> Ok arguments

    /// Collects the values, or the first error.
    let sequence (results: Result<'a, string> list) : Result<'a list, string> =
        let add result rest =
            result |> Result.bind (fun head -> rest |> Result.map (fun tail -> head :: tail))

        List.foldBack add results (Ok [])

    let private arguments text start (rest: string) =
        let place position (part: string) =
            (position + part.Length - part.TrimStart().Length, part), position + part.Length + 1

        rest.Split ','
        |> List.ofArray
        |> List.mapFold place start
        |> fst
        |> List.map (fun (position, part) -> argument text position part)
        |> sequence
        |> Result.bind (distinct text)

    /// Takes `name:key=value,key=value` apart; an error names the character where the text goes wrong.
    let parse (text: string) : Result<Spelled, string> =
        let struct (name, rest) = split text

        if name = "" then
            Error(at 1 text "expected a name, then optionally :key=value,key=value")
        elif not (text.Contains ':') then
            Ok { Text = text; Name = name; Arguments = [] }
        else
            arguments text (text.IndexOf ':' + 2) rest
            |> Result.map (fun arguments -> { Text = text; Name = name; Arguments = arguments })

    /// Refuses the first key that is not among the known ones, naming its place and the nearest known key.
    let onlyKeys (known: string seq) (spelled: Spelled) : Result<Spelled, string> =
        match spelled.Arguments |> List.tryFind (fun a -> not (Seq.contains a.Key known)) with
        | None -> Ok spelled
        | Some a -> Error(unknown $"{spelled.Name} key" a.Key known |> at a.Position spelled.Text)

    /// `name:key=value,key=value` from its parts.
    let print (name: string) (arguments: (string * string) seq) : string =
        let pairs = arguments |> Seq.map (fun (key, value) -> $"{key}={value}") |> String.concat ","

        if pairs = "" then name else $"{name}:{pairs}"
