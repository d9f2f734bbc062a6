namespace PatFramework.Experiments.Arguments

open Argu

/// `pat …`.
type PatArguments =
    | [<CliPrefix(CliPrefix.None); SubCommand>] Doctor
    | [<CliPrefix(CliPrefix.None)>] Train of ParseResults<TrainArguments>
    | [<CliPrefix(CliPrefix.None)>] Compare of ParseResults<CompareArguments>
    | [<CliPrefix(CliPrefix.None)>] Reproduce of ParseResults<ReproduceArguments>
    | [<CliPrefix(CliPrefix.None)>] Eval of ParseResults<EvalArguments>
    | [<CliPrefix(CliPrefix.None)>] Predict of ParseResults<PredictArguments>
    | [<CliPrefix(CliPrefix.None)>] Data of ParseResults<DataArguments>
    | [<CliPrefix(CliPrefix.None)>] Model of ParseResults<ModelArguments>
    | [<CliPrefix(CliPrefix.None)>] Weights of ParseResults<WeightsArguments>
    | [<CliPrefix(CliPrefix.None)>] Loss of ParseResults<LossArguments>
    | [<CliPrefix(CliPrefix.None)>] Demo of ParseResults<DemoArguments>
    | [<CliPrefix(CliPrefix.None)>] Bench of ParseResults<BenchArguments>
    | [<CliPrefix(CliPrefix.None); SubCommand>] Schema
    | [<Inherit>] Json
    | [<Inherit>] Debug

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Doctor -> "what this machine offers: libtorch, BLAS, threads, CUDA, codecs."
            | Train _ -> "train a model."
            | Compare _ -> "train losses under seeds, one after another, and compare them."
            | Reproduce _ -> "make the tables and figures of the PAT paper again, over any data."
            | Eval _ -> "score a run on a split: IoU of every class, the long tail, the confusion matrix."
            | Predict _ -> "segment images."
            | Data _ -> "look at data, check it, or write synthetic scenes."
            | Model _ -> "the models, what they cost and what they compute."
            | PatArguments.Weights _ -> "look into files of weights, and convert them."
            | Loss _ -> "the losses."
            | Demo _ -> "train cross-entropy and PAT on synthetic streets and write a page that compares them."
            | Bench _ -> "speed and memory against a named peer."
            | Schema -> "the JSON schema of recipes (--config): experiments/schema.json."
            | Json -> "one JSON object on stdout and nothing else there."
            | Debug ->
                "show the stack trace of a failure; train and loss eval name the first logit that is no finite number."
