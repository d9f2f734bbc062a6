/// Data sets as they are spelled: `camvid:DIR`, `folder:DIR`, `synth`, `synth:key=value,…`.
module PatFramework.Experiments.DataSource

open System
open System.Globalization
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Losses

/// A data set whose splits can be opened.
type DataSource =
    | InCamVid of directory: string
    | InFolder of directory: string
    | Synthetic of SynthOptions

let private names = [ "camvid"; "folder"; "synth" ]

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

/// The data that the text spells, or one sentence that lists the known kinds or keys.
let parse (text: string) : Result<DataSource, string> =
    let struct (name, rest) = Spelling.split text

    match name with
    | "camvid" -> directory name InCamVid rest
    | "folder" -> directory name InFolder rest
    | "synth" -> synthetic text
    | _ -> Error(Spelling.unknown "data" name names)

/// Opens a split; stops with one sentence where the directory is of another kind or the split is missing.
let openSplit source (split: string) : ISegmentationDataset =
    match source with
    | InCamVid directory -> CamVid.Open(directory, split)
    | InFolder directory -> Folder.Open(directory, split)
    | Synthetic options -> SynthStreet.Create(options, split)

/// Every split, opened; stops with one sentence where there is none.
let openAll source =
    let splits: string seq =
        match source with
        | InCamVid directory -> CamVid.Splits directory
        | InFolder directory -> Folder.Splits directory
        | Synthetic _ -> SynthStreet.Splits

    // Opening a split that is not there says best what the directory holds instead.
    let splits = if Seq.isEmpty splits then [ "train" ] else List.ofSeq splits
    [ for split in splits -> split, openSplit source split ]
