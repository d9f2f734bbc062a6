/// `pat bench …`.
module PatFramework.Experiments.BenchVerb

open System
open Argu
open PatFramework.Core.Data
open PatFramework.Core.Training
open PatFramework.Experiments.Arguments

let private threads = Environment.ProcessorCount

let private step output (arguments: ParseResults<BenchStepArguments>) =
    StepBench.run
        output
        { Width = arguments.GetResult(BenchStepArguments.Width, 32)
          Size =
            arguments.TryPostProcessResult(BenchStepArguments.Size, ImageSize.Parse)
            |> Option.defaultValue (ImageSize(180, 240))
          Batch = arguments.GetResult(BenchStepArguments.Batch, 8)
          Threads = arguments.GetResult(BenchStepArguments.Threads, threads)
          Rounds = arguments.GetResult(Rounds, 5)
          Python = arguments.GetResult(BenchStepArguments.Peer, "/usr/bin/python3") }

let private memory output (arguments: ParseResults<BenchMemoryArguments>) =
    MemoryBench.run
        output
        (arguments.GetResult(Steps, 2000))
        (arguments.GetResult(BenchMemoryArguments.Threads, threads))

let private models output (arguments: ParseResults<BenchModelsArguments>) =
    ModelBench.run
        output
        { Size =
            arguments.TryPostProcessResult(BenchModelsArguments.Size, ImageSize.Parse)
            |> Option.defaultValue (ImageSize(180, 240))
          Batch = arguments.GetResult(BenchModelsArguments.Batch, 8)
          Precision = arguments.GetResult(BenchModelsArguments.Precision, Precision.Float32)
          Threads = arguments.GetResult(BenchModelsArguments.Threads, threads)
          Rounds = arguments.GetResult(BenchModelsArguments.Rounds, 3)
          Python = arguments.GetResult(BenchModelsArguments.Peer, "/usr/bin/python3") }
        (arguments.GetResult(BenchModelsArguments.Spellings, []))

/// Runs `pat bench …`.
let run output (arguments: ParseResults<BenchArguments>) =
    match arguments.GetSubCommand() with
    | Step arguments -> step output arguments
    | Memory arguments -> memory output arguments
    | Models arguments -> models output arguments
    | Bridge -> BridgeBench.run output
