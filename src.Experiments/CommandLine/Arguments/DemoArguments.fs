namespace PatFramework.Experiments.Arguments

open Argu

/// What `pat demo` takes.
type DemoArguments =
    | [<Unique>] Out of DIR: string
    | [<Unique>] Seed of NUMBER: int
    | [<Unique>] Epochs of COUNT: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Out _ -> "the folder of both runs and the report; default runs/demo."
            | Seed _ -> "default 0."
            | Epochs _ -> "passes over the synthetic scenes, for each loss; default 8."
