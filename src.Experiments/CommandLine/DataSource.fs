/// Data sets as they are spelled: `camvid:DIR`, `cityscapes:DIR,labels=coarse`, `synth`, `synth:key=value,…`.
module PatFramework.Experiments.DataSource

open System
open System.Globalization
open System.IO
open System.Text.RegularExpressions
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Losses

/// A data set whose splits can be opened.
type DataSource =
    | InCamVid of directory: string
    | InFolder of directory: string
    | InCityscapes of directory: string * CityscapesOptions
    | InNyu of directory: string * NyuLayout
    | InPets of directory: string * OxfordPetOptions
    | Synthetic of SynthOptions

let private names = [ "camvid"; "cityscapes"; "nyuv2"; "oxfordpet"; "folder"; "synth" ]

let private directory name wrap (rest: string) =
    if rest.Trim() = "" then
        Error $"'{name}' needs a directory: write {name}:DIR"
    else
        Ok(wrap rest)

let private whole (spelled: Spelled) (argument: Argument) =
    match UInt64.TryParse(argument.Value, NumberStyles.None, CultureInfo.InvariantCulture) with
    | true, value when value <= uint64 Int32.MaxValue -> Ok value
    | _ ->
        Spelling.at
            argument.Position
            spelled.Text
            $"{argument.Key}: expected a whole number, received '{argument.Value}'"
        |> Error

let private size (argument: Argument) =
    try
        Ok(ImageSize.Parse argument.Value)
    with :? PatException as problem ->
        Error problem.Message

/// One key more of `synth`.
let private set (spelled: Spelled) (options: Result<SynthOptions, string>) (argument: Argument) =
    options
    |> Result.bind (fun options ->
        match argument.Key with
        | "count" ->
            whole spelled argument
            |> Result.map (fun count -> SynthOptions(int count, options.Height, options.Width, options.Seed))
        | "seed" ->
            whole spelled argument
            |> Result.map (fun seed -> SynthOptions(options.Count, options.Height, options.Width, seed))
        | _ ->
            size argument
            |> Result.map (fun size -> SynthOptions(options.Count, size.Height, size.Width, options.Seed)))

let private synthetic text =
    Spelling.parse text
    |> Result.bind (Spelling.onlyKeys [ "count"; "size"; "seed" ])
    |> Result.bind (fun spelled -> spelled.Arguments |> List.fold (set spelled) (Ok(SynthOptions())))
    |> Result.map Synthetic

let private lastOption = Regex(@"^(.*),([A-Za-z-]+=[^,=/\\]*)$", RegexOptions.Singleline)

/// A directory and the options after it. A directory may hold commas, colons and equals signs: what names an existing one is it as
/// a whole; otherwise `,key=value` is taken off its end as long as there is one.
let rec private withOptions (rest: string) (options: string list) =
    let found = lastOption.Match rest

    if found.Success && not (Directory.Exists rest) then
        withOptions found.Groups[1].Value (found.Groups[2].Value :: options)
    else
        rest, options

/// The value of a key among the choices, the first of which is the default.
let private choice (spelled: Spelled) key (choices: (string * 'a) list) =
    match spelled.Arguments |> List.tryFind (fun argument -> argument.Key = key) with
    | None -> Ok(snd choices.Head)
    | Some argument ->
        match choices |> List.tryFind (fun (name, _) -> name = argument.Value) with
        | Some(_, value) -> Ok value
        | None ->
            let known = choices |> List.map fst |> String.concat " or "
            Error $"{spelled.Name}: {key} is {known}, received '{argument.Value}'"

/// A directory with options: its keys, and what they make of it.
let private optioned name keys (wrap: string -> Spelled -> Result<DataSource, string>) rest =
    let path, options = withOptions rest []

    let spelled =
        if options.IsEmpty then
            Ok { Text = name; Name = name; Arguments = [] }
        else
            Spelling.parse (name + ":" + String.concat "," options)

    directory name id path
    |> Result.bind (fun path -> spelled |> Result.bind (Spelling.onlyKeys keys) |> Result.bind (wrap path))

let private cityscapes path spelled =
    choice spelled "labels" [ "fine", CityscapesLabels.Fine; "coarse", CityscapesLabels.Coarse ]
    |> Result.bind (fun labels ->
        choice spelled "classes" [ "19", false; "20", true ]
        |> Result.map (fun voidIsClass -> InCityscapes(path, CityscapesOptions(labels, voidIsClass))))

let private nyu path spelled =
    choice spelled "classes" [ "13", NyuLayout.Arrays; "40", NyuLayout.Pictures ]
    |> Result.map (fun layout -> InNyu(path, layout))

let private pets path spelled =
    let seed =
        match spelled.Arguments |> List.tryFind (fun argument -> argument.Key = "seed") with
        | Some argument -> whole spelled argument
        | None -> Ok 0UL

    let rules = [ "official", PetSplits.Official; "paper", PetSplits.Paper; "authors", PetSplits.Authors ]

    choice spelled "splits" rules
    |> Result.bind (fun splits -> seed |> Result.map (fun seed -> InPets(path, OxfordPetOptions(splits, seed))))

/// The data that the text spells, or one sentence that lists the known kinds or keys.
let parse (text: string) : Result<DataSource, string> =
    let struct (name, rest) = Spelling.split text

    match name with
    | "camvid" -> directory name InCamVid rest
    | "folder" -> directory name InFolder rest
    | "cityscapes" -> optioned name [ "labels"; "classes" ] cityscapes rest
    | "nyuv2" -> optioned name [ "classes" ] nyu rest
    | "oxfordpet" -> optioned name [ "splits"; "seed" ] pets rest
    | "synth" -> synthetic text
    | _ -> Error(Spelling.unknown "data" name names)

/// Opens a split; stops with one sentence where the directory is of another kind or the split is missing.
let openSplit source (split: string) : ISegmentationDataset =
    match source with
    | InCamVid directory -> CamVid.Open(directory, split)
    | InFolder directory -> Folder.Open(directory, split)
    | InCityscapes(directory, options) -> Cityscapes.Open(directory, options, split)
    | InNyu(directory, layout) -> NyuV2.Open(directory, layout, split)
    | InPets(directory, options) -> OxfordPet.Open(directory, options, split)
    | Synthetic options -> SynthStreet.Create(options, split)

/// The names of the splits; `train` where there are none, as opening it says best what the directory holds instead.
let splits source : string list =
    let there: string seq =
        match source with
        | InCamVid directory -> CamVid.Splits directory
        | InFolder directory -> Folder.Splits directory
        | InCityscapes(directory, options) -> Cityscapes.Splits(directory, options)
        | InNyu(directory, layout) -> NyuV2.Splits(directory, layout)
        | InPets(_, options) -> OxfordPet.Splits options
        | Synthetic _ -> SynthStreet.Splits

    if Seq.isEmpty there then [ "train" ] else List.ofSeq there

/// Every split, opened; stops with one sentence where there is none.
let openAll source =
    [ for split in splits source -> split, openSplit source split ]
