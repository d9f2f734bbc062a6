namespace PatFramework.Experiments

open System.Collections.Generic
open System.IO
open PatFramework.Core.Training

/// A run of a comparison: a contender under a seed, and the folder of its own.
type ComparedRun = { Contender: Contender; Seed: int; Folder: string }

/// What `comparison.json` holds: the configuration that all runs share (loss and seed are replaced, the model where a loss has its own) and the runs.
/// Spelled runs keep their order; the first one's contender is the baseline.
type ComparisonRecord =
    { Format: int
      Config: TrainingConfig
      Weights: string
      Runs: IReadOnlyList<ComparedRunRecord> }

/// A run as `comparison.json` spells it.
and ComparedRunRecord = { Contender: string; Seed: int }

/// The folder of a comparison: `comparison.json`, a run folder for each contender and seed, and the reports.
module CompareFolder =

    let private format = 1

    let private record folder = Path.Combine(folder, "comparison.json")

    /// Whether the folder holds a comparison.
    let exists folder = File.Exists(record folder)

    /// What the folder holds.
    let read folder : ComparisonRecord =
        if not (exists folder) then
            Outcome.fail
                $"{folder} holds no comparison (it has no comparison.json): begin one with pat compare --losses 'ce; …' --data SPEC --out {folder}."

        let found = RunJson.ReadFile<ComparisonRecord>(record folder)

        if found.Format <> format then
            Outcome.fail
                $"{record folder} has format {found.Format} and this build reads {format}: begin anew with another --out."

        found

    /// The runs of a record, in its order.
    let runs folder (comparison: ComparisonRecord) : ComparedRun list =
        [ for run in comparison.Runs ->
              let contender = Contender.parse run.Contender |> Outcome.orFail

              { Contender = contender
                Seed = run.Seed
                Folder = Path.Combine(folder, "runs", Contender.fileName contender, $"seed-{run.Seed}") } ]

    let private requireSame folder (earlier: ComparisonRecord) (config: TrainingConfig) weights =
        let there =
            [ yield! config.DifferencesFrom earlier.Config
              if earlier.Weights <> weights then
                  $"weights is {earlier.Weights} there and {weights} here" ]

        if not there.IsEmpty then
            let differences = String.concat "; " there

            Outcome.fail
                $"{folder} compares runs that were configured otherwise: {differences}. Give the same options, or another --out."

    /// The contenders under the seeds, joined to what the folder compares already; runs that are there stay as they are.
    let extend
        folder
        (config: TrainingConfig)
        weights
        (contenders: Contender list)
        (seeds: int list)
        : ComparisonRecord =
        let earlier =
            if exists folder then
                let earlier = read folder
                requireSame folder earlier config weights
                List.ofSeq earlier.Runs
            else
                []

        let asked =
            [ for seed in seeds do
                  for contender in contenders -> { Contender = contender.Label; Seed = seed } ]

        // A loss keeps the spelling that it came with first.
        let identity run =
            (Contender.parse run.Contender |> Outcome.orFail).Identity

        let first =
            earlier @ asked
            |> List.distinctBy identity
            |> List.map (fun run -> identity run, run.Contender)
            |> Map.ofList

        let runs = [ for run in earlier @ asked -> { run with Contender = first[identity run] } ]

        let joined =
            { Format = format
              Config = config
              Weights = weights
              Runs = List.distinct runs |> List.toArray }

        RunJson.WriteFile(record folder, joined)
        joined
