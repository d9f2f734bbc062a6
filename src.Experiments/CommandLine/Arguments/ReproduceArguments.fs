namespace PatFramework.Experiments.Arguments

open Argu
open PatFramework.Experiments

/// What each table and figure of `pat reproduce` takes beside the options of `pat train`.
[<RequireQualifiedAccess>]
type ReproduceOptions =
    | Data of SPEC: string
    | [<Unique>] Budget of Budget
    | [<Unique>] Seeds of NUMBERS: string
    | [<Unique>] Out of DIR: string
    | [<Unique; CustomCommandLine("--no-images")>] NoImages
    | [<Hidden; GatherUnrecognized>] Training of OPTION: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Data _ -> "the data, such as camvid:DIR; may be given more than once. Default: drawn streets."
            | Budget _ -> "small ends in minutes and shows that everything works; full is for numbers. Default small."
            | Seeds _ -> "seeds separated by commas; default 0."
            | Out _ ->
                "the folder of the comparisons and the table; what is finished there is kept. Default runs/reproduce."
            | NoImages -> "leave images of the data out of the reports."
            | Training _ -> "every option of pat train but --loss, --model, --seed, --config and --resume."

/// `pat reproduce …`: the tables and figures of Do et al. 2024 (PAT).
[<RequireQualifiedAccess>]
type ReproduceArguments =
    | [<CliPrefix(CliPrefix.None)>] Table1 of ParseResults<ReproduceOptions>
    | [<CliPrefix(CliPrefix.None)>] Table3 of ParseResults<ReproduceOptions>
    | [<CliPrefix(CliPrefix.None)>] Table4 of ParseResults<ReproduceOptions>
    | [<CliPrefix(CliPrefix.None)>] Table5 of ParseResults<ReproduceOptions>
    | [<CliPrefix(CliPrefix.None)>] Table6 of ParseResults<ReproduceOptions>
    | [<CustomCommandLine("fig3c"); AltCommandLine("figure3c")>] Figure3c of ParseResults<ReproduceOptions>
    | [<CustomCommandLine("fig4"); AltCommandLine("figure4")>] Figure4 of ParseResults<ReproduceOptions>
    | [<CustomCommandLine("fig5"); AltCommandLine("figure5")>] Figure5 of ParseResults<ReproduceOptions>

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Table1 _ -> "the loss of a pixel by its label's probability; nothing is trained."
            | Table3 _ -> "losses on data sets: mIoU, pixel accuracy, cross-entropy."
            | Table4 _ -> "losses over five models."
            | Table5 _ -> "temperatures of PAT over five models."
            | Table6 _ -> "the IoU of each class by loss, DeepLabV3+."
            | Figure3c _ -> "the curves of the losses; nothing is trained."
            | Figure4 _ -> "images, labels and predictions of cross-entropy, focal loss and PAT."
            | Figure5 _ -> "what a training step of each loss costs: time, the loss's share, memory."
