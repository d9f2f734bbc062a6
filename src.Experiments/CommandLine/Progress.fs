/// The progress of a training run on stderr: a bar where there is a terminal, plain lines elsewhere.
module PatFramework.Experiments.Progress

open System
open System.Diagnostics
open Spectre.Console
open PatFramework.Core.Training

/// Reports on the calling thread, in order (System.Progress would post to a pool and reorder).
type private Reporter<'a>(handle: 'a -> unit) =
    interface IProgress<'a> with
        member _.Report value = handle value

/// An IProgress from a function.
let reporter handle : IProgress<'a> = Reporter handle

/// `1:05` or `1:02:05`.
let duration (seconds: float) =
    let span = TimeSpan.FromSeconds(max 0.0 seconds)

    if span.TotalHours >= 1.0 then
        $"{int span.TotalHours}:{span.Minutes:D2}:{span.Seconds:D2}"
    else
        $"{span.Minutes}:{span.Seconds:D2}"

let private score value = Terminal.percent (Terminal.orNaN value)

/// One line for a completed epoch.
let epochLine epochs (metrics: EpochMetrics) =
    String.concat
        "  "
        [ $"epoch {metrics.Epoch}/{epochs}"
          $"loss {Terminal.decimals 4 metrics.TrainingLoss}"
          $"val ce {Terminal.decimals 4 (Terminal.orNaN metrics.ValidationCrossEntropy)}"
          $"mIoU {score metrics.MeanIoU}"
          $"head/medium/tail {score metrics.HeadMeanIoU}/{score metrics.MediumMeanIoU}/{score metrics.TailMeanIoU}"
          $"{Terminal.decimals 1 metrics.ImagesPerSecond} images/s"
          $"{duration metrics.Seconds}"
          if metrics.Best then
              "best" ]

/// What both views count: steps done since this process began, and the clock of that.
type private Clock() =
    let watch = Stopwatch.StartNew()
    let mutable epochs, steps, first, step = 0, 0, 0L, 0L
    member _.Epochs = epochs
    member _.Steps = steps
    member _.Step = step

    member _.Start(started: TrainingEvent.Started) =
        epochs <- started.Epochs
        steps <- started.StepsPerEpoch
        first <- started.FirstStep
        step <- first
        watch.Restart()

    member _.Advance(completed: int64) = step <- completed

    /// Seconds left at the pace so far; validation is in the pace once an epoch is over.
    member _.Left =
        let total = int64 epochs * int64 steps
        watch.Elapsed.TotalSeconds / float (max 1L (step - first)) * float (total - step)

let private stepWords (clock: Clock) (completed: TrainingEvent.StepCompleted) =
    $"loss {Terminal.decimals 4 completed.Loss}  {Terminal.decimals 1 completed.ImagesPerSecond} images/s  {duration clock.Left} left"

let private started (event: TrainingEvent.Started) =
    let from = if event.FirstStep > 0L then $", going on after step {event.FirstStep}" else ""

    let millions = Terminal.decimals 2 (float event.Parameters / 1e6)
    $"{millions} M parameters, {event.Epochs} epochs of {event.StepsPerEpoch} steps{from}"

let private endedEarly (event: TrainingEvent.EndedEarly) =
    $"ended early after epoch {event.Epoch}: none was better than epoch {event.BestEpoch}"

/// Seconds between the lines of a view without a terminal.
let private quiet = TimeSpan.FromSeconds 30.0

/// Plain lines: one an epoch, and one every half a minute between.
let private plain (run: IProgress<TrainingEvent> -> 'a) : 'a =
    let clock = Clock()
    let last = Stopwatch.StartNew()

    let line words =
        last.Restart()
        Terminal.note words

    let handle (event: TrainingEvent) =
        match event with
        | :? TrainingEvent.Started as event ->
            clock.Start event
            line (started event)
        | :? TrainingEvent.StepCompleted as completed ->
            clock.Advance completed.Step

            if last.Elapsed > quiet then
                line $"step {completed.Step}  {stepWords clock completed}"
        | :? TrainingEvent.EpochCompleted as completed ->
            line $"{epochLine clock.Epochs completed.Metrics}  {duration clock.Left} left"
        | :? TrainingEvent.EndedEarly as event -> line (endedEarly event)
        | :? TrainingEvent.Warning as warning -> line $"warning: {warning.Message}"
        | _ -> ()

    run (reporter handle)

/// One bar at a time: counting, an epoch's steps, or validation; a finished epoch leaves its line above.
type private Bars(context: ProgressContext, console: IAnsiConsole) =
    let clock = Clock()
    let task = context.AddTask("starting", maxValue = 1.0)

    let show (description: string) (total: int) (value: float) =
        task.Description <- Markup.Escape description
        task.MaxValue <- float (max 1 total)
        task.Value <- value

    let epochOf (step: int64) =
        let steps = int64 (max 1 clock.Steps)
        int ((step - 1L) / steps) + 1, float ((step - 1L) % steps + 1L)

    member _.Handle(event: TrainingEvent) =
        match event with
        | :? TrainingEvent.CountingClasses as counting -> show "counting classes" counting.Total (float counting.Done)
        | :? TrainingEvent.PackingSamples as packing -> show "caching samples" packing.Total (float packing.Done)
        | :? TrainingEvent.Started as event ->
            clock.Start event
            console.MarkupLineInterpolated $"[grey]{started event}[/]"
        | :? TrainingEvent.EpochStarted as event ->
            show $"epoch {event.Epoch}/{clock.Epochs}" clock.Steps (float event.StepsDone)
        | :? TrainingEvent.StepCompleted as completed ->
            clock.Advance completed.Step
            let epoch, done' = epochOf completed.Step
            show $"epoch {epoch}/{clock.Epochs}  {stepWords clock completed}" clock.Steps done'
        | :? TrainingEvent.ValidationProgress as validation ->
            show "validating" validation.Total (float validation.Done)
        | :? TrainingEvent.EpochCompleted as completed ->
            console.MarkupLineInterpolated $"{epochLine clock.Epochs completed.Metrics}"
        | :? TrainingEvent.EndedEarly as event -> console.MarkupLineInterpolated $"{endedEarly event}"
        | :? TrainingEvent.Warning as warning -> console.MarkupLineInterpolated $"[yellow]warning: {warning.Message}[/]"
        | _ -> ()

/// Draws bars on a console that can be drawn over.
let drawn (console: IAnsiConsole) (run: IProgress<TrainingEvent> -> 'a) : 'a =
    let columns: ProgressColumn[] =
        [| SpinnerColumn()
           ProgressBarColumn()
           PercentageColumn()
           TaskDescriptionColumn(Alignment = Justify.Left) |]

    console
        .Progress()
        .AutoClear(true)
        .Columns(columns)
        .Start(fun context ->
            let bars = Bars(context, console)
            run (reporter bars.Handle))

/// Shows the events of a run while it goes on.
let show (run: IProgress<TrainingEvent> -> 'a) : 'a =
    if Terminal.interactive () then drawn (Terminal.error ()) run else plain run

/// A bar for work that is counted: the work reports how much is done and how much there is. Silent without a terminal.
let counted (description: string) (work: Action<int, int> -> 'a) : 'a =
    if not (Terminal.interactive ()) then
        work (Action<_, _>(fun _ _ -> ()))
    else
        Terminal
            .error()
            .Progress()
            .AutoClear(true)
            .Start(fun context ->
                let task = context.AddTask(Markup.Escape description)

                work (
                    Action<_, _>(fun (counted: int) (total: int) ->
                        task.MaxValue <- float (max 1 total)
                        task.Value <- float counted)
                ))
