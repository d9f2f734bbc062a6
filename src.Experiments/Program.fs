/// The `pat` command line.
module PatFramework.Experiments.Program

open Argu
open PatFramework.Experiments.Arguments

let private dispatch output debug (verb: PatArguments) =
    match verb with
    | Doctor -> DoctorVerb.run output
    | Train arguments -> TrainVerb.run output debug arguments
    | Compare arguments -> CompareVerb.run output debug arguments
    | Reproduce arguments -> ReproduceVerb.run output debug arguments
    | Eval arguments -> EvalVerb.run output arguments
    | Predict arguments -> PredictVerb.run output arguments
    | PatArguments.Data arguments -> DataVerb.run output arguments
    | PatArguments.Model arguments -> ModelVerb.run output arguments
    | PatArguments.Weights arguments -> WeightsVerb.run output arguments
    | PatArguments.Loss arguments -> LossVerb.run output debug arguments
    | Demo arguments -> DemoVerb.run output arguments
    | Bench arguments -> BenchVerb.run output arguments
    | Schema ->
        Terminal.emit Terminal.Output.Json RecipeFile.schema ignore
        0
    | Json
    | Debug -> failwith "unreachable: flags are no verbs"

/// Runs `pat` with these arguments and gives its exit code.
let run (arguments: string array) =
    Outcome.guard arguments (fun () ->
        let parser = ArgumentParser.Create<PatArguments>(programName = "pat")
        let results = parser.ParseCommandLine(arguments, raiseOnUsage = true)
        let output = if results.Contains Json then Terminal.Output.Json else Terminal.Output.Text
        results.GetSubCommand() |> dispatch output (results.Contains Debug))

/// Where the program starts.
[<EntryPoint>]
let main arguments = run arguments
