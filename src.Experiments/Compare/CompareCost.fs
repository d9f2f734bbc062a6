namespace PatFramework.Experiments

open System
open System.Collections.Generic
open System.IO
open PatFramework.Core.Native
open PatFramework.Core.Training

/// What a step of a contender costs: medians over the rounds, in seconds and MiB.
type ContenderCost =
    {
        Contender: string
        StepSeconds: float
        LossSeconds: float
        /// By which resident memory grows at its peak from before the model is made to after a step.
        PeakMiB: float
    }

/// The costs of a comparison's contenders, measured in turns in one process: the file `cost.json`.
type CompareCost =
    { Format: int
      Processor: string
      Threads: int
      BatchSize: int
      Size: string
      Rounds: int
      Contenders: IReadOnlyList<ContenderCost> }

module CompareCost =

    let private format = 1
    let private file folder = Path.Combine(folder, "cost.json")

    /// What was measured, if anything was.
    let tryRead folder : CompareCost option =
        if File.Exists(file folder) then
            Some(RunJson.ReadFile<CompareCost>(file folder))
        else
            None

    let private probe (found: CompareResults) (run: ComparedRun) =
        let plan = CompareQueue.configOf found.Comparison run |> Recipe.plan false
        new StepProbe(plan.Config, plan.CreateModel, plan.CreateLoss.Invoke found.Statistics, found.Classes.Length)

    let private peakMiB (found: CompareResults) run =
        let grown =
            ResidentMemory.growth (fun () ->
                let probe = probe found run
                probe.Run() |> ignore
                probe :> IDisposable)

        float grown / (1024.0 * 1024.0)

    /// Steps of all contenders in turns, so that what else the machine does meets them alike; the first round is not counted.
    let private timed rounds (probes: StepProbe list) (report: Action<int, int>) =
        let rows =
            [ for round in 0..rounds ->
                  let row =
                      [ for probe in probes ->
                            let seconds = probe.Run()
                            seconds, probe.LastTime.Loss ]

                  report.Invoke(round + 1, rounds + 1)
                  row ]

        List.tail rows |> List.transpose

    /// Measures every contender's training step and writes `cost.json`.
    let measure rounds (found: CompareResults) : CompareCost =
        let runs = [ for result in found.Contenders -> result.Runs.Head.Run ]
        // The first model that a process makes takes what the library keeps for good.
        peakMiB found runs.Head |> ignore
        let peaks = List.map (peakMiB found) runs
        let probes = List.map (probe found) runs

        let times =
            try
                Progress.counted "measuring steps" (timed rounds probes)
            finally
                probes |> List.iter (fun probe -> (probe :> IDisposable).Dispose())

        let config = found.Comparison.Config

        let cost =
            { Format = format
              Processor = MachineInfo.Read().ProcessorName
              Threads = config.Threads
              BatchSize = config.BatchSize
              Size = config.Size.ToString()
              Rounds = rounds
              Contenders =
                [| for run, peak, rows in List.zip3 runs peaks times ->
                       { Contender = run.Contender.Label
                         StepSeconds = Statistics.median (List.map fst rows)
                         LossSeconds = Statistics.median (List.map snd rows)
                         PeakMiB = peak } |] }

        RunJson.WriteFile(file found.Folder, cost)
        cost
