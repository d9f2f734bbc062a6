/// The options of `pat train` where other verbs take them too.
module PatFramework.Experiments.TrainingOptions

open Argu
open PatFramework.Experiments.Arguments

/// Parses what a verb gathered; options that it decides itself are refused with what to do instead.
let parse (verb: string) (options: string list) (refused: ((ParseResults<TrainArguments> -> bool) * string) list) =
    let parsed =
        ArgumentParser.Create<TrainArguments>(programName = verb).Parse(List.toArray options, raiseOnUsage = true)

    for isGiven, sentence in refused do
        if isGiven parsed then
            Outcome.fail $"{verb} does not take {sentence}."

    parsed
