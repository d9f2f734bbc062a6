namespace PatFramework.Experiments.Arguments

open Argu

/// What `pat weights inspect` takes.
[<RequireQualifiedAccess>]
type WeightsInspectArguments =
    | [<MainCommand; ExactlyOnce>] File of FILE: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | File _ -> "a .safetensors, .pt or .pth file."

/// What `pat weights convert` takes.
[<RequireQualifiedAccess>]
type WeightsConvertArguments =
    | [<MainCommand; ExactlyOnce>] Files of IN: string * OUT: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Files _ -> "two files, each .safetensors, .pt or .pth."

/// `pat weights …`.
[<RequireQualifiedAccess>]
type WeightsArguments =
    | [<CliPrefix(CliPrefix.None)>] Inspect of ParseResults<WeightsInspectArguments>
    | [<CliPrefix(CliPrefix.None)>] Convert of ParseResults<WeightsConvertArguments>

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Inspect _ -> "names, types and shapes in a .safetensors, .pt or .pth file."
            | Convert _ -> "write the weights of one file as another, in the format of its extension."
