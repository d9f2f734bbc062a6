namespace PatFramework.Experiments.Arguments

open Argu

/// What `pat data stats` takes.
type DataStatsArguments =
    | [<MainCommand; ExactlyOnce>] Source of DATA: string
    | [<Unique>] Size of HxW: string
    | [<Unique>] Html of FILE: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Source _ ->
                "camvid:DIR, cityscapes:DIR, nyuv2:DIR, oxfordpet:DIR, folder:DIR or synth; options: docs/data.md."
            | Size _ -> "count after resizing to this size; default: the images' own."
            | Html _ -> "also write a page with charts, which needs no network."

/// What `pat data check` takes.
type DataCheckArguments =
    | [<MainCommand; ExactlyOnce>] Source of DATA: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Source _ ->
                "camvid:DIR, cityscapes:DIR, nyuv2:DIR, oxfordpet:DIR, folder:DIR or synth; options: docs/data.md."

/// What `pat data synth` takes.
type SynthArguments =
    | [<Unique>] Out of DIR: string
    | [<Unique>] Count of COUNT: int
    | [<Unique>] Seed of NUMBER: int
    | [<Unique>] Size of HxW: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Out _ -> "the folder to write, which folder:DIR then reads; it must be new or empty."
            | Count _ -> "training scenes (a quarter as many for val); default 200."
            | Seed _ -> "default 0."
            | Size _ -> "height x width of the scenes; default 180x240."

/// `pat data …`.
type DataArguments =
    | [<CliPrefix(CliPrefix.None)>] Stats of ParseResults<DataStatsArguments>
    | [<CliPrefix(CliPrefix.None)>] Check of ParseResults<DataCheckArguments>
    | [<CliPrefix(CliPrefix.None)>] Synth of ParseResults<SynthArguments>

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Stats _ -> "pixels, images and masks of every class, and which classes occur together, per split."
            | Check _ -> "read every image and label, and name each that is wrong or there twice."
            | Synth _ -> "write synthetic street scenes as files."
