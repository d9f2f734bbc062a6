namespace PatFramework.Experiments.Arguments

open Argu
open PatFramework.Core.Training

/// What `pat eval` takes.
type EvalArguments =
    | [<Unique>] Run of DIR: string
    | [<Unique>] Data of SPEC: string
    | [<Unique>] Split of NAME: string
    | [<Unique>] Weights of BEST_LAST_OR_FILE: string
    | [<Unique>] Size of HxW: string
    | [<Unique>] Window of HxW: string
    | [<Unique>] Stride of HxW: string
    | [<Unique>] Scales of LIST: string
    | [<Unique>] Flip
    | [<Unique>] Device of DeviceKind
    | [<Unique>] Threads of COUNT: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Run _ -> "the folder that 'pat train --out' wrote."
            | Data _ -> "the data to evaluate on; default: the run's own."
            | Split _ -> "default val."
            | Weights _ -> "best, last or a file of weights; default best."
            | Size _ -> "height x width that images and labels are resized to; default: the size of the training."
            | Window _ -> "slide a window of this size over the image and average the logits where windows overlap."
            | Stride _ -> "how far the window moves; default: two thirds of it."
            | Scales _ -> "average the probabilities over these factors of the size, such as 0.75,1,1.25; default 1."
            | Flip -> "average over the image and its mirror image."
            | Device _ -> "default cpu."
            | Threads _ -> "threads of libtorch; default: the processor's."

/// What `pat predict` takes.
type PredictArguments =
    | [<Unique>] Run of DIR: string
    | [<Unique>] Image of FILE_OR_DIR: string
    | [<Unique>] Out of FILE_OR_DIR: string
    | [<Unique>] Overlay
    | [<Unique>] Weights of BEST_LAST_OR_FILE: string
    | [<Unique>] Size of HxW: string
    | [<Unique>] Window of HxW: string
    | [<Unique>] Stride of HxW: string
    | [<Unique>] Scales of LIST: string
    | [<Unique>] Flip
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
            | Size _ -> "height x width that images are resized to; default: the size of the training."
            | Window _ -> "slide a window of this size over the image and average the logits where windows overlap."
            | Stride _ -> "how far the window moves; default: two thirds of it."
            | Scales _ -> "average the probabilities over these factors of the size, such as 0.75,1,1.25; default 1."
            | Flip -> "average over the image and its mirror image."
            | Device _ -> "default cpu."
            | Threads _ -> "threads of libtorch; default: the processor's."
