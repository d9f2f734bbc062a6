namespace PatFramework.Experiments.Arguments

open Argu

/// What `pat model summary` takes.
type ModelSummaryArguments =
    | [<MainCommand; ExactlyOnce>] Spelling of MODEL: string
    | [<Unique>] Input of NxCxHxW: string
    | [<Unique>] Classes of COUNT: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Spelling _ -> "such as unet or unet:width=16."
            | Input _ -> "the shape of the input; default 1x3x180x240."
            | Classes _ -> "classes that the model tells apart; default 11."

/// What `pat model run` takes.
[<RequireQualifiedAccess>]
type ModelRunArguments =
    | [<MainCommand; ExactlyOnce>] Spelling of MODEL: string
    | [<Mandatory; Unique>] Weights of FILE: string
    | [<Mandatory; Unique>] Input of FILE: string
    | [<Mandatory; Unique>] Out of FILE: string
    | [<Unique; CustomCommandLine("--train-mode")>] TrainMode
    | [<Unique; CustomCommandLine("--non-strict")>] NonStrict

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Spelling _ -> "such as deeplabv3:encoder=resnet50."
            | Weights _ -> "a .safetensors, .pt or .pth file; its head says how many classes there are."
            | Input _ -> "a .npy file, float32 images [N,C,H,W], normalised."
            | Out _ -> "the .npy file of the logits [N,classes,H,W] to write."
            | TrainMode -> "normalise by the batch's statistics, as training does."
            | NonStrict -> "take what fits, and list what doesn't."

/// `pat model …`.
type ModelArguments =
    | [<CliPrefix(CliPrefix.None); SubCommand>] List
    | [<CliPrefix(CliPrefix.None)>] Summary of ParseResults<ModelSummaryArguments>
    | [<CliPrefix(CliPrefix.None)>] Run of ParseResults<ModelRunArguments>

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | List -> "the models with their keys and defaults."
            | Summary _ -> "layers, shapes, parameters and multiply-adds."
            | ModelArguments.Run _ -> "logits of images, both .npy files, from weights."
