/// Runs that `pat train` wrote, opened again.
module PatFramework.Experiments.TrainedRuns

open System
open PatFramework.Core.Data
open PatFramework.Core.Training

/// What `--weights`, `--device` and `--threads` ask for.
type Use = { Weights: string; Device: DeviceKind; Threads: int }

/// A run's model with the classes it tells apart.
let load folder (way: Use) =
    let config = TrainedRun.ReadConfig(folder).On(way.Device, way.Threads)
    let model = ModelChoice.parse config.Model |> Outcome.orFail
    TrainedRun.Load(folder, way.Weights, config, (fun () -> ModelChoice.create config.Classes.Count model))

/// How often each class occurs in the run's training split.
let statistics folder =
    RunFolder.Open(folder).ClassStatistics |> RunJson.ReadFile<ClassStatistics>

let private names (classes: ClassInfo seq) = classes |> Seq.map _.Name |> List.ofSeq

/// Refuses data whose classes are not the run's, in number or order.
let requireSameClasses (config: TrainingConfig) (data: ISegmentationDataset) =
    let here, there = names config.Classes, names data.Classes
    let trained = String.Join(", ", here)

    if here.Length <> there.Length then
        Outcome.fail
            $"The run tells {here.Length} classes apart and {data.Name} has {there.Length}: evaluate it on data with the classes it was trained on ({trained})."

    match List.zip here there |> List.tryFindIndex (fun (a, b) -> a <> b) with
    | Some index ->
        Outcome.fail
            $"Class {index} is '{here[index]}' in the run and '{there[index]}' in {data.Name}: evaluate it on data with the classes it was trained on."
    | None -> ()
