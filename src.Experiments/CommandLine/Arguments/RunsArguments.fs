namespace PatFramework.Experiments.Arguments

open Argu
open PatFramework.Core.Training

/// What `pat eval` takes.
type EvalArguments =
    | [<Unique>] Run of DIR: string
    | [<Unique>] Data of SPEC: string
    | [<Unique>] Split of NAME: string
    | [<Unique>] Weights of BEST_LAST_OR_FILE: string
    | [<Unique>] Device of DeviceKind
    | [<Unique>] Threads of COUNT: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Run _ -> "the folder that 'pat train --out' wrote."
            | Data _ -> "the data to evaluate on; default: the run's own."
            | Split _ -> "default val."
            | Weights _ -> "best, last or a file of weights; default best."
            | Device _ -> "default cpu."
            | Threads _ -> "threads of libtorch; default: the processor's."

/// What `pat predict` takes.
type PredictArguments =
    | [<Unique>] Run of DIR: string
    | [<Unique>] Image of FILE_OR_DIR: string
    | [<Unique>] Out of FILE_OR_DIR: string
    | [<Unique>] Overlay
    | [<Unique>] Weights of BEST_LAST_OR_FILE: string
    | [<Unique>] Device of DeviceKind
    | [<Unique>] Threads of COUNT: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Run _ -> "the folder that 'pat train --out' wrote."
            | Image _ -> "a JPEG or PNG, or a folder of them."
            | Out _ -> "the PNG to write, or a folder of them when --image is a folder."
            | Overlay -> "draw the classes' colours over the image; without it: a mask of class ids (8-bit grey)."
            | Weights _ -> "best, last or a file of weights; default best."
            | Device _ -> "default cpu."
            | Threads _ -> "threads of libtorch; default: the processor's."
