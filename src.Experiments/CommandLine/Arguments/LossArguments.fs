namespace PatFramework.Experiments.Arguments

open Argu
open PatFramework.Core.Training

/// What `pat loss prove` takes.
[<RequireQualifiedAccess>]
type LossProveArguments =
    | [<MainCommand; ExactlyOnce>] Spelling of LOSS: string
    | [<Unique>] Classes of COUNT: int
    | [<Unique>] Counts of N0_N1: string
    | [<Unique>] Box of LO_HI: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Spelling _ -> "such as pat:temperature=20."
            | Classes _ -> "classes of statements over boxes of logits, 2 to 6; default 3."
            | Counts _ ->
                "the pixels of each class, as losses are told: N0,N1,…; default a long tail, 1000,100,10 of 3 classes."
            | Box _ -> "where every logit lies: LO,HI; default -10,10."

/// What `pat loss curve` takes.
[<RequireQualifiedAccess>]
type LossCurveArguments =
    | [<MainCommand; ExactlyOnce>] Spellings of LOSS: string list
    | [<Mandatory; Unique>] Out of FILE: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Spellings _ -> "one or more, such as ce pat:temperature=2 pat:temperature=20."
            | Out _ -> "the file to write: .svg, .html or .csv."

/// What computes a loss.
[<RequireQualifiedAccess>]
type LossKernelKind =
    | Definition
    | Composed
    | Fused

/// In what precision.
[<RequireQualifiedAccess>]
type FloatType =
    | Float32
    | Float64

/// What `pat loss eval` takes.
[<RequireQualifiedAccess>]
type LossEvalArguments =
    | [<MainCommand; ExactlyOnce>] Spelling of LOSS: string
    | [<Mandatory; Unique>] Logits of FILE: string
    | [<Mandatory; Unique>] Labels of FILE: string
    | [<Unique>] Counts of FILE: string
    | [<Unique>] Noise of FILE: string
    | [<Unique>] Kernel of LossKernelKind
    | [<Unique>] Dtype of FloatType
    | [<Unique>] Grad of FILE: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Spelling _ -> "such as pat:temperature=20."
            | Logits _ -> "a .npy file, float32 or float64 [N,C,H,W]."
            | Labels _ -> "a .npy file, integers [N,H,W]."
            | Counts _ ->
                "a .npy file, integers [C]: the pixels of each class in the training set, where the loss needs them."
            | Noise _ -> "a .npy file, floats [N,C,H,W] in [0, 1]: the variation of blv, or what seql draws."
            | Kernel _ -> "definition (the reference, in float64) or composed (tensor operations); default definition."
            | Dtype _ -> "precision of the logits; default: the file's."
            | Grad _ -> "write dL/dz there as .npy, in the type of the logits."

/// What `pat loss check` takes.
[<RequireQualifiedAccess>]
type LossCheckArguments =
    | [<MainCommand; Unique>] Losses of LOSSES: string
    | [<Unique>] Device of DeviceKind
    | [<Unique>] Kernel of LossKernelKind
    | [<Unique>] Small

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Losses _ -> "losses, separated by semicolons, such as 'ce; pat:temperature=20'; default: the catalogue's."
            | Device _ -> "where the kernels compute: cpu or cuda; default cpu."
            | Kernel _ -> "fused or composed; default fused."
            | Small -> "fewer and smaller batches."

/// `pat loss …`.
type LossArguments =
    | [<CliPrefix(CliPrefix.None); SubCommand>] List
    | [<CliPrefix(CliPrefix.None); SubCommand>] Table1
    | [<CliPrefix(CliPrefix.None)>] Curve of ParseResults<LossCurveArguments>
    | [<CliPrefix(CliPrefix.None)>] Eval of ParseResults<LossEvalArguments>
    | [<CliPrefix(CliPrefix.None)>] Check of ParseResults<LossCheckArguments>
    | [<CliPrefix(CliPrefix.None)>] Prove of ParseResults<LossProveArguments>

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | List -> "the losses with their keys and defaults."
            | Table1 -> "the paper's Table 1, computed, beside what it prints."
            | Curve _ -> "loss, weight and gain over the label's probability, as a drawing, a page or numbers."
            | Eval _ -> "a loss of logits and labels from .npy files, and its gradient."
            | Check _ -> "the kernels of a device against the definitions, value, gradient and bits."
            | Prove _ -> "the bounds that a loss promises: proved, or refuted with a point."
