namespace PatFramework.Experiments.Arguments

open Argu

/// What `pat compare` takes beside the options of `pat train`.
[<RequireQualifiedAccess>]
type CompareArguments =
    | [<Unique>] Losses of LOSSES: string
    | [<Unique>] Seeds of NUMBERS: string
    | [<Mandatory; Unique>] Out of DIR: string
    | [<Unique>] Weights of BEST_OR_LAST: string
    | [<Unique; CustomCommandLine("--cost")>] Cost of ROUNDS: int
    | [<Unique; CustomCommandLine("--no-images")>] NoImages
    | [<Unique; CustomCommandLine("--report-only")>] ReportOnly
    | [<Hidden; GatherUnrecognized>] Training of OPTION: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Losses _ ->
                "losses separated by semicolons, each over the model or as LOSS @ MODEL over its own: 'ce; pat:temperature=20; ldam @ unet:head=cosine'; the first is the baseline. Without it: go on with what --out compares. Takes every option of pat train too, but --loss, --seed and --resume."
            | Seeds _ -> "seeds separated by commas; default 0. Each loss is trained once under each."
            | Out _ ->
                "the folder of the comparison: its runs and report. What is finished there is kept, what is new is added."
            | Weights _ -> "best or last: the weights that are compared; default last, which no validation score chose."
            | Cost _ ->
                "measure what a training step of each loss costs, in turns over this many rounds, and report it; kept in cost.json."
            | NoImages -> "leave images of the data out of the report, where they may not be passed on."
            | ReportOnly -> "train nothing: write the reports of what is finished."
            | Training _ -> "every option of pat train but --loss, --seed and --resume."
