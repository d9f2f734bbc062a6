/// Trains and evaluates the runs of a comparison one after another; what is done is never done again.
module PatFramework.Experiments.CompareQueue

open System.IO
open System.Threading
open PatFramework.Core
open PatFramework.Core.Training

/// How a run of the queue ended this time.
[<RequireQualifiedAccess>]
type State =
    | Done
    /// Ctrl-C: the queue ends.
    | Stopped
    /// Another process trains it.
    | Elsewhere
    /// It failed, with the sentence that says why; the queue goes on.
    | Failed of string

/// The configuration of one run: the comparison's with the contender's loss and model, and the seed.
let configOf (comparison: ComparisonRecord) (run: ComparedRun) =
    // Parsed anew: C#'s init-only properties can't be changed from F#.
    let json = RunJson.ToObject comparison.Config
    json["loss"] <- run.Contender.Loss
    json["model"] <- defaultArg run.Contender.Model comparison.Config.Model
    json["seed"] <- run.Seed
    RunJson.Parse<TrainingConfig>(json.ToJsonString())

let private hasBegun (run: ComparedRun) =
    File.Exists(Path.Combine(run.Folder, "config.json"))

/// Whether the run is trained and evaluated.
let isDone (run: ComparedRun) =
    hasBegun run && File.Exists(RunFolder.Open(run.Folder).Evaluation)

/// Scores the weights on the validation split, image by image, and keeps the result beside them.
let private evaluate (plan: TrainingPlan) weights (run: ComparedRun) =
    let way: TrainedRuns.Use =
        { Weights = weights
          Device = plan.Config.Device
          Threads = plan.Config.Threads }

    use trained = TrainedRuns.load run.Folder way

    let struct (whole, images) =
        Progress.counted $"evaluating {run.Contender.Label}, seed {run.Seed}" (fun report ->
            trained.EvaluatePerImage(plan.Validation, report))

    RunJson.WriteFile(
        RunFolder.Open(run.Folder).Evaluation,
        RunEvaluation(
            Format = RunEvaluation.CurrentFormat,
            Weights = weights,
            Split = plan.Config.ValidationSplit,
            Classes = [| for item in plan.Validation.Classes -> item.Name |],
            CrossEntropy = Terminal.finiteOrNull whole.CrossEntropy,
            Images = images
        )
    )

let private train debug (comparison: ComparisonRecord) (token: CancellationToken) (run: ComparedRun) =
    let plan = configOf comparison run |> Recipe.plan debug
    let resume = hasBegun run

    let outcome = Progress.show (fun progress -> Trainer.Run(plan, run.Folder, resume, progress, token))

    if outcome.Completed then
        evaluate plan comparison.Weights run
        State.Done
    else
        State.Stopped

/// Does one run, or says why not.
let private attempt debug comparison token (run: ComparedRun) =
    try
        if RunFolder.IsInUse run.Folder then
            State.Elsewhere
        else
            train debug comparison token run
    with :? PatException as problem ->
        State.Failed problem.Message

/// Does the runs that are not done yet, in order, until all are tried or Ctrl-C; gives each with its state.
let run debug (comparison: ComparisonRecord) (runs: ComparedRun list) : (ComparedRun * State) list =
    let total = runs.Length

    let step (token: CancellationToken) (stopped, states) (index, run: ComparedRun) =
        let state =
            if isDone run then
                State.Done
            elif stopped then
                State.Stopped
            else
                Terminal.note $"run {index + 1} of {total}: {run.Contender.Label}, seed {run.Seed}"
                attempt debug comparison token run

        match state with
        | State.Failed sentence -> Terminal.note $"failed, and the queue goes on: {sentence}"
        | State.Elsewhere -> Terminal.note $"another process trains it; the queue goes on"
        | _ -> ()

        (stopped || state = State.Stopped), (run, state) :: states

    Cancellation.run "ending after this step; Ctrl-C again ends at once" (fun token ->
        runs |> List.indexed |> List.fold (step token) (false, []) |> snd |> List.rev)
