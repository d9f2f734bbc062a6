/// The training loop: it learns, writes a complete folder, stops at a loss that is not finite, and keeps its memory flat.
namespace PatFramework.Properties

open System
open System.IO
open NUnit.Framework
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Core.Native
open PatFramework.Core.Training
open PatFramework.Properties.TrainingRuns

[<TestFixture>]
type TrainingTests() =

    /// Handles that are in use; what a model's creation left to finalizers is gone.
    let liveAfterCollection () =
        GC.Collect()
        GC.WaitForPendingFinalizers()
        MachineInfo.LiveTensors

    [<Test>]
    member _.``the loss falls and the folder is complete``() =
        inFolder (fun folder ->
            let recorder = Recorder()
            let outcome = Trainer.Run(plan (altered "epochs" "6" config), folder, false, recorder)
            let losses = recorder.Losses
            Expect.same true outcome.Completed
            Expect.same 24 losses.Length
            List.average losses[20..] |> Expect.below (0.8 * List.head losses)

            for file in
                [ "config.json"
                  "metrics.jsonl"
                  "metrics.csv"
                  "class-statistics.json"
                  "last.safetensors"
                  "best.safetensors" ] do
                Expect.isTrue file (File.Exists(Path.Combine(folder, file)))

            Expect.same 1 (Directory.GetFiles(folder, "events.out.tfevents.*").Length)
            Expect.same false (File.Exists(Path.Combine(folder, "run.lock"))))

    [<Test>]
    member _.``config.json repeats the run bit for bit``() =
        inFolder (fun first ->
            inFolder (fun second ->
                let config = altered "precision" "\"bf16\"" config
                run first (plan config) |> ignore
                let read = RunJson.ReadFile<TrainingConfig>(Path.Combine(first, "config.json"))
                Expect.same (RunJson.Line config) (RunJson.Line read)
                run second (plan read) |> ignore
                Expect.same (finalState first) (finalState second)))

    [<Test>]
    member _.``metrics.jsonl holds what evaluating the saved weights gives``() =
        inFolder (fun folder ->
            run folder (plan config) |> ignore
            let lines = MetricsLog.Read(Path.Combine(folder, "metrics.jsonl"))
            Expect.same [ 1; 2 ] [ for line in lines -> line.Epoch ]
            Expect.same [ 4L; 8L ] [ for line in lines -> line.Step ]

            for weights, epoch in [ "last", Seq.last lines; "best", Seq.findBack _.Best lines ] do
                use trained = TrainedRun.Load(folder, weights, config, (plan config).CreateModel)
                let evaluation = trained.Evaluate validation
                Expect.same epoch.MeanIoU (Nullable evaluation.Scores.MeanIoU)
                Expect.same epoch.ValidationCrossEntropy (Nullable evaluation.CrossEntropy))

    [<Test>]
    member _.``metrics.csv has the numbers of metrics.jsonl under both names of what is inside another``() =
        inFolder (fun folder ->
            run folder (plan config) |> ignore
            let lines = File.ReadAllLines(Path.Combine(folder, "metrics.csv")) |> Array.map _.Split(',')
            let column name = Array.findIndex ((=) name) lines[0]

            for row, metrics in Seq.zip lines[1..] (MetricsLog.Read(Path.Combine(folder, "metrics.jsonl"))) do
                let cell name = float row[column name]
                Expect.same (float metrics.Epoch) (cell "epoch")
                Expect.same metrics.TrainingLoss (cell "trainingLoss")
                Expect.same metrics.Time.Value.Backward (cell "time/backward")

                for entry in metrics.IoU do
                    if entry.Value.HasValue then
                        Expect.same entry.Value.Value (cell $"ioU/{entry.Key}"))

    [<Test>]
    member _.``the parts of an epoch's time are within the whole``() =
        inFolder (fun folder ->
            run folder (plan config) |> ignore

            for metrics in MetricsLog.Read(Path.Combine(folder, "metrics.jsonl")) do
                let time = metrics.Time.Value
                let parts = [ time.Data; time.Forward; time.Loss; time.Backward; time.Optimizer ]
                Expect.isTrue "each part takes some" (List.forall (fun part -> part > 0.0) parts)
                List.sum parts + metrics.ValidationSeconds.Value |> Expect.below metrics.Seconds)

    [<Test>]
    member _.``a class that the training split never shows is warned of by its name``() =
        inFolder (fun folder ->
            let recorder = Recorder()
            let classes = [| yield! training.Classes; ClassInfo("unicorn", 1uy, 2uy, 3uy) |]

            let rare =
                { new ISegmentationDataset with
                    member _.Name = training.Name
                    member _.Classes = classes
                    member _.Ignore = training.Ignore
                    member _.Count = training.Count
                    member _.SampleName index = training.SampleName index
                    member _.Read(index, size) = training.Read(index, size) }

            let model () =
                PatFramework.Core.Models.ModelCatalogue.Create(
                    "unet",
                    System.Collections.Generic.Dictionary(dict [ "width", "4"; "depth", "3" ]),
                    classes.Length
                )
                :> torch.nn.Module<_, _>

            let plan = TrainingPlan(config, rare, rare, (fun () -> model ()), (fun _ -> crossEntropy ()))
            Trainer.Run(plan, folder, false, recorder) |> ignore
            let warning = recorder.Warnings |> List.find _.Contains("unicorn")
            warning |> Expect.contains "No pixel of")

    [<Test>]
    member _.``the evaluation does not depend on the batch size``() =
        let model = (plan config).CreateModel.Invoke()

        let evaluate batch =
            Evaluator(torch.CPU, Training.Precision.Float32, config.Size, batch).Run(model, validation)

        let one, all = evaluate 1, evaluate 4
        Expect.same all.Scores.Confusion one.Scores.Confusion
        Expect.near 1e-6 all.CrossEntropy one.CrossEntropy

    [<TestCase(1)>]
    [<TestCase(6)>]
    member _.``a loss that is not a number stops the run, names the step and keeps the weights before it``(step: int) =
        inFolder (fun folder ->
            let loss () =
                new ChangedLoss(
                    crossEntropy (),
                    (fun call value -> if call = step then value * torch.tensor nanf else value)
                )

            let message = Expect.refusal (fun () -> run folder (planWith (fun () -> loss ()) config) |> ignore)

            message |> Expect.contains $"the loss stopped being a finite number at step {step} "
            let kept = if step > 4 then 4 else 0
            message |> Expect.contains $"weights of step {kept}"

            inFolder (fun undisturbed ->
                runUntil (isStep (max 1 kept)) undisturbed (plan config) |> ignore
                use trained = TrainedRun.Load(folder, "last", config, (plan config).CreateModel)
                let finite = trained.Model.parameters () |> Seq.forall _.isfinite().all().item<bool>()
                Expect.isTrue "finite weights" finite

                if kept > 0 then
                    Expect.same (fst (finalState undisturbed)) (fst (finalState folder))))

    [<Test>]
    member _.``a gradient that is not finite stops the run before it reaches the weights``() =
        inFolder (fun folder ->
            // The value is finite; its derivative at 0 is 1/0.
            let infinite (value: torch.Tensor) =
                value + (value - value.detach ()).abs().sqrt()

            let loss () =
                new ChangedLoss(crossEntropy (), (fun call value -> if call = 3 then infinite value else value))

            let message = Expect.refusal (fun () -> run folder (planWith (fun () -> loss ()) config) |> ignore)

            message |> Expect.contains "the gradient stopped being a finite number at step 3 ")

    [<Test>]
    member _.``steps leave no native tensor behind``() =
        inFolder (fun folder ->
            let mutable live = []

            let recorder =
                Recorder(fun event ->
                    match event with
                    | :? TrainingEvent.StepCompleted as step when step.Step % 4L = 3L ->
                        live <- MachineInfo.LiveTensors :: live
                    | _ -> ())

            let before = liveAfterCollection ()
            Trainer.Run(plan (altered "epochs" "6" config), folder, false, recorder) |> ignore
            Expect.same 1 (List.length (List.distinct live))
            Expect.same before (liveAfterCollection ()))

    [<Test>]
    member _.``a schedule's rates have their closed forms``() =
        let at (schedule: LearningRateSchedule) step = schedule.At(0.1, step, 100L)
        at LearningRateSchedule.Cosine 0L |> Expect.same 0.1
        at LearningRateSchedule.Cosine 50L |> Expect.near 1e-15 0.05
        at LearningRateSchedule.Cosine 100L |> Expect.near 1e-15 0.0
        at LearningRateSchedule.Poly 75L |> Expect.near 1e-15 (0.1 * 0.25 ** 0.9)
        at LearningRateSchedule.Constant 99L |> Expect.same 0.1

    [<Test>]
    member _.``a step schedule falls by its factor at each milestone, at the epoch's first step``() =
        let config =
            config
            |> altered "schedule" "\"step\""
            |> altered "milestones" "[2, 3]"
            |> altered "learningRate" "0.1"

        for step, expected in [ 0L, 0.1; 7L, 0.1; 8L, 0.01; 11L, 0.01; 12L, 0.001; 19L, 0.001 ] do
            config.LearningRateAt(step, 4L) |> Expect.near 1e-15 expected

    [<Test>]
    member _.``a warm-up is a straight line from 1/W to the schedule, and then the schedule``() =
        let plain = config |> altered "epochs" "10"
        let warmed = plain |> altered "warmUpEpochs" "2.5"

        for step in 0L .. 39L do
            let expected = plain.LearningRateAt(step, 4L) * min 1.0 (float (step + 1L) / 10.0)
            warmed.LearningRateAt(step, 4L) |> Expect.near 1e-15 expected

    [<Test>]
    member _.``a prediction has the image's size and the overlay the classes' colours``() =
        use model = (plan config).CreateModel.Invoke()
        let predictor = Predictor(model, torch.CPU, Training.Precision.Float32, config.Size)
        let image = RgbImage(ImageSize(31, 50), Array.create (31 * 50 * 3) 100uy)
        let labels = predictor.Predict image
        Expect.same image.Size labels.Size
        Expect.isTrue "known classes" (labels.Labels |> Array.forall (fun label -> int label < training.Classes.Count))
        let opaque = Predictor.Overlay(image, labels, training.Classes, 1.0)
        let colour = training.Classes[int labels.Labels[77]]
        Expect.same [| colour.Red; colour.Green; colour.Blue |] opaque.Pixels[3 * 77 .. 3 * 77 + 2]
