/// `pat bench …`.
module PatFramework.Experiments.BenchVerb

open System
open Argu
open PatFramework.Core.Data
open PatFramework.Core.Training
open PatFramework.Experiments.Arguments

let private threads = Environment.ProcessorCount

let private step output (arguments: ParseResults<BenchStepArguments>) =
    let device = arguments.GetResult(BenchStepArguments.Device, DeviceKind.Cpu)

    StepBench.run
        output
        { Width = arguments.GetResult(BenchStepArguments.Width, 32)
          Size =
            arguments.TryPostProcessResult(BenchStepArguments.Size, ImageSize.Parse)
            |> Option.defaultValue (ImageSize(180, 240))
          Batch = arguments.GetResult(BenchStepArguments.Batch, 8)
          Threads = arguments.GetResult(BenchStepArguments.Threads, threads)
          Clock = DeviceClock.create device (arguments.TryGetResult BenchStepArguments.Repetitions) 10
          Compile = arguments.Contains BenchStepArguments.Compile
          Rounds = arguments.GetResult(BenchStepArguments.Rounds, 5)
          Python = arguments.GetResult(BenchStepArguments.Peer, "/usr/bin/python3") }

let private losses output (arguments: ParseResults<BenchLossArguments>) =
    let device = arguments.GetResult(BenchLossArguments.Device, DeviceKind.Cpu)

    let usualShapes, usualTypes =
        if device = DeviceKind.Cuda then
            LossRow.LargeShape, "float32,bfloat16"
        else
            LossRow.DefaultShapes, "float32"

    let setting: LossBench.Setting =
        { Shapes =
            arguments.TryPostProcessResult(BenchLossArguments.Shapes, LossRow.shapes)
            |> Option.defaultWith (fun () -> LossRow.shapes usualShapes)
          Types =
            arguments.TryPostProcessResult(BenchLossArguments.Types, LossRow.types)
            |> Option.defaultWith (fun () -> LossRow.types usualTypes)
          Losses =
            arguments.TryGetResult BenchLossArguments.Losses
            |> Option.map LossBench.losses
            |> Option.defaultWith LossBench.catalogue
          Clock = DeviceClock.create device (arguments.TryGetResult BenchLossArguments.Repetitions) 20
          Compile = arguments.Contains BenchLossArguments.Compile
          Plain = arguments.Contains BenchLossArguments.Plain
          Rounds = arguments.GetResult(BenchLossArguments.Rounds, 7)
          Threads = arguments.GetResult(BenchLossArguments.Threads, threads)
          Python = arguments.GetResult(BenchLossArguments.Peer, "/usr/bin/python3")
          Out = arguments.TryGetResult BenchLossArguments.Out }

    if setting.Rounds < 1 then
        Outcome.fail $"--rounds is {setting.Rounds}: a median needs 1 or more."

    match arguments.TryGetResult BenchLossArguments.Peak with
    | Some way -> LossBench.printPeak setting way
    | None -> LossBench.run output setting

let private memory output (arguments: ParseResults<BenchMemoryArguments>) =
    MemoryBench.run
        output
        (arguments.GetResult(Steps, 2000))
        (arguments.GetResult(BenchMemoryArguments.Threads, threads))

let private models output (arguments: ParseResults<BenchModelsArguments>) =
    let device = arguments.GetResult(BenchModelsArguments.Device, DeviceKind.Cpu)

    ModelBench.run
        output
        { Size =
            arguments.TryPostProcessResult(BenchModelsArguments.Size, ImageSize.Parse)
            |> Option.defaultValue (ImageSize(180, 240))
          Batch = arguments.GetResult(BenchModelsArguments.Batch, 8)
          Precision = arguments.GetResult(BenchModelsArguments.Precision, Precision.Float32)
          Threads = arguments.GetResult(BenchModelsArguments.Threads, threads)
          Clock = DeviceClock.create device (arguments.TryGetResult BenchModelsArguments.Repetitions) 5
          Rounds = arguments.GetResult(BenchModelsArguments.Rounds, 3)
          Python = arguments.GetResult(BenchModelsArguments.Peer, "/usr/bin/python3") }
        (arguments.GetResult(BenchModelsArguments.Spellings, []))

let private data output (arguments: ParseResults<BenchDataArguments>) =
    DataBench.run
        output
        { Data = arguments.GetResult BenchDataArguments.Data
          Split = arguments.GetResult(BenchDataArguments.Split, "train")
          Size =
            arguments.TryPostProcessResult(BenchDataArguments.Size, ImageSize.Parse)
            |> Option.defaultValue (ImageSize(180, 240))
          Batch = arguments.GetResult(BenchDataArguments.Batch, 8)
          Workers = arguments.GetResult(BenchDataArguments.Workers, threads)
          Rounds = arguments.GetResult(BenchDataArguments.Rounds, 5)
          Python = arguments.GetResult(BenchDataArguments.Peer, "/usr/bin/python3") }

/// Runs `pat bench …`.
let run output (arguments: ParseResults<BenchArguments>) =
    match arguments.GetSubCommand() with
    | Step arguments -> step output arguments
    | BenchArguments.Loss arguments -> losses output arguments
    | Memory arguments -> memory output arguments
    | Models arguments -> models output arguments
    | BenchArguments.Data arguments -> data output arguments
    | Bridge -> BridgeBench.run output
