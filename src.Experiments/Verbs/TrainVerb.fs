/// `pat train`.
module PatFramework.Experiments.TrainVerb

open System
open Argu
open Spectre.Console
open PatFramework.Core.Training
open PatFramework.Experiments.Arguments

let private configuration (given: ParseResults<TrainArguments>) out =
    match given.Contains Resume, given.TryGetResult Config with
    | true, Some _ ->
        Outcome.fail "--resume goes on with the configuration that the run has already: leave --config out."
    | true, None ->
        RunJson.ReadFile<TrainingConfig>(RunFolder.Open(out).Config).Continued()
        |> Recipe.configuration given
    | false, Some file -> RecipeFile.readRun file |> Recipe.configuration given
    | false, None -> given.GetResult TrainArguments.Data |> Recipe.defaults |> Recipe.configuration given

let private epochJson (metrics: EpochMetrics | null) : Terminal.Json =
    match metrics with
    | null -> null
    | metrics -> RunJson.ToObject metrics

let private json out (outcome: TrainingOutcome) () =
    Terminal.json
        [ "run", Terminal.jsonText out
          "completed", Terminal.jsonFlag outcome.Completed
          "step", Terminal.jsonCount outcome.Step
          "last", epochJson outcome.Last
          "best", epochJson outcome.Best ]

let private score value = Terminal.percent (Terminal.orNaN value)

let private show out (outcome: TrainingOutcome) (console: IAnsiConsole) =
    match outcome.Best with
    | null -> ()
    | best ->
        let rows = [ for entry in best.IoU -> [ entry.Key; score entry.Value ] ]

        let means =
            [ "mean", best.MeanIoU
              "head", best.HeadMeanIoU
              "medium", best.MediumMeanIoU
              "tail", best.TailMeanIoU ]

        let columns = [ "class", Justify.Left; $"IoU, %% (epoch {best.Epoch})", Justify.Right ]
        console.Write(Terminal.table columns (rows @ [ for name, mean in means -> [ name; score mean ] ]))
        console.WriteLine $"weights: {out}/best.safetensors (epoch {best.Epoch}), {out}/last.safetensors"

/// Trains with progress on stderr; Ctrl-C ends after the current step with everything saved.
let train (plan: TrainingPlan) out resume =
    Cancellation.run "ending after this step; Ctrl-C again ends at once" (fun token ->
        Progress.show (fun progress -> Trainer.Run(plan, out, resume, progress, token)))

let private findLearningRate output debug (given: ParseResults<TrainArguments>) =
    let out = given.GetResult TrainArguments.Out

    if given.Contains Resume then
        Outcome.fail "--find-lr trains nothing that could be continued: leave --resume out."

    let plan = configuration given out |> Recipe.plan debug

    let samples =
        Cancellation.run "ending after this step; Ctrl-C again ends at once" (fun token ->
            Progress.counted "raising the learning rate" (fun report ->
                LearningRateRangeTest().Run(plan, report, token)))

    LearningRatePage.write out samples
    let suggestion = LearningRateRangeTest.Suggestion samples

    let json () =
        Terminal.json
            [ "suggestion", Terminal.jsonNumber suggestion
              "steps", Terminal.jsonArray [ for sample in samples -> RunJson.ToObject sample ] ]

    Terminal.emit output json (fun console ->
        console.WriteLine
            $"try --lr {Terminal.significant 2 suggestion}: a tenth of the rate with the least smoothed loss, or where it falls fastest if that is less"

        console.WriteLine $"the loss over the rate: {out}/lr-range.html, {out}/lr-range.csv")

    0

let private trainOrResume output debug (given: ParseResults<TrainArguments>) =
    let out = given.GetResult TrainArguments.Out
    let resume = given.Contains Resume
    let plan = configuration given out |> Recipe.plan debug
    let outcome = train plan out resume
    Terminal.emit output (json out outcome) (show out outcome)

    if outcome.Completed then
        0
    else
        Outcome.fail
            $"stopped after step {outcome.Step} with everything saved: go on with pat train --resume --out {out}"

/// Runs `pat train`.
let run output debug (given: ParseResults<TrainArguments>) =
    if given.Contains FindLearningRate then
        findLearningRate output debug given
    else
        trainOrResume output debug given
