/// `pat eval`.
module PatFramework.Experiments.EvalVerb

open System
open Argu
open PatFramework.Core.Training
open PatFramework.Experiments.Arguments

let private way (given: ParseResults<EvalArguments>) : TrainedRuns.Use =
    { Weights = given.GetResult(EvalArguments.Weights, "best")
      Device = given.GetResult(EvalArguments.Device, DeviceKind.Cpu)
      Threads = given.GetResult(EvalArguments.Threads, Environment.ProcessorCount) }

let private inference (given: ParseResults<EvalArguments>) =
    InferenceChoice.parse
        { Size = given.TryGetResult EvalArguments.Size
          Window = given.TryGetResult EvalArguments.Window
          Stride = given.TryGetResult EvalArguments.Stride
          Scales = given.TryGetResult EvalArguments.Scales
          Flip = given.Contains EvalArguments.Flip }

/// Scores a run on a split; `data` None takes the run's own.
let evaluate folder way inference (data: string option) split =
    use run = TrainedRuns.load folder way
    let source = defaultArg data run.Config.Data |> DataSource.parse |> Outcome.orFail
    let dataset = DataSource.openSplit source split
    TrainedRuns.requireSameClasses run.Config dataset

    let evaluation =
        Progress.counted $"evaluating {dataset.Name}" (fun report -> run.Evaluate(dataset, report, inference))

    Scores.scored evaluation dataset.Classes (TrainedRuns.statistics folder)

/// Runs `pat eval`.
let run output (given: ParseResults<EvalArguments>) =
    let folder = given.GetResult EvalArguments.Run
    let split = given.GetResult(Split, "val")
    let way = way given
    let data = given.TryGetResult EvalArguments.Data
    let inference = inference given
    let scored = evaluate folder way inference data split

    let json () =
        Terminal.json (
            [ "run", Terminal.jsonText folder
              "weights", Terminal.jsonText way.Weights
              "split", Terminal.jsonText split
              "inference", InferenceChoice.json inference ]
            @ Scores.json scored
        )

    Terminal.emit output json (Scores.show scored)
    0
