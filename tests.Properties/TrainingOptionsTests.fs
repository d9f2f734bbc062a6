/// Accumulation, averaged weights, deferred re-weighting, patience and the range test against what they mean.
namespace PatFramework.Properties

open System
open System.Collections.Generic
open System.IO
open NUnit.Framework
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Core.Kernels
open PatFramework.Core.Training
open PatFramework.Core.Weights
open PatFramework.Experiments
open PatFramework.Losses
open PatFramework.Properties.TrainingRuns

[<TestFixture>]
type TrainingOptionsTests() =

    /// Weights by name.
    let weights (file: string) =
        use content = SafeTensors.Read file

        dict
            [ for entry in content.Tensors do
                  if entry.Value.dtype = torch.ScalarType.Float32 then
                      entry.Key, entry.Value.data<float32>().ToArray() |> Array.map float ]

    let last (folder: string) =
        weights (Path.Combine(folder, "last.safetensors"))

    let best (folder: string) =
        weights (Path.Combine(folder, "best.safetensors"))

    let near tolerance (expected: IDictionary<string, float[]>) (actual: IDictionary<string, float[]>) =
        Expect.sameItems (Seq.sort expected.Keys) (Seq.sort actual.Keys)

        for entry in expected do
            Array.iter2 (Expect.near tolerance) entry.Value actual[entry.Key]

    /// Nothing random, and images that are all there is, so that batches can be joined.
    let still =
        config
        |> altered "augmentation" "{\"flip\": 0, \"scaleMin\": 1, \"scaleMax\": 1}"
        |> altered "optimizer" "\"sgd\""
        |> altered "momentum" "0"
        |> altered "schedule" "\"constant\""

    /// Logits that are a pixel's colours, scaled by weights: no batch normalisation, so that images don't meet.
    let linear () =
        let model = torch.nn.Conv2d(3L, int64 training.Classes.Count, 1L)
        model :> torch.nn.Module<torch.Tensor, torch.Tensor>

    let linearPlan (loss: unit -> torch.nn.Module<_, _, _>) (config: TrainingConfig) =
        TrainingPlan(config, training, validation, (fun () -> linear ()), (fun _ -> loss ()))

    let summed () =
        KernelFactory.Composed(Algebra.ce |> reducedBy sumOverPixels, int64 training.Ignore) :> torch.nn.Module<_, _, _>

    [<Test>]
    member _.``two batches a step are one of twice the size: the mean of a sum over each is half the sum over both``() =
        inFolder (fun two ->
            inFolder (fun one ->
                let rate = 1e-6
                let accumulated = still |> altered "batchSize" "2" |> altered "accumulate" "2"
                run two (linearPlan summed (accumulated |> altered "learningRate" $"{2.0 * rate}")) |> ignore
                run one (linearPlan summed (still |> altered "learningRate" $"{rate}")) |> ignore
                near 1e-6 (last one) (last two)))

    [<Test>]
    member _.``an epoch whose batches don't divide ends with a smaller step``() =
        inFolder (fun folder ->
            let recorder = Recorder()
            let config = still |> altered "accumulate" "3"
            Trainer.Run(plan config, folder, false, recorder) |> ignore
            // 4 batches: a step of 3 and one of 1, in each of 2 epochs.
            Expect.same 4 recorder.Losses.Length)

    [<Test>]
    member _.``averaged weights are the recurrence over the weights of every step, and buffers the model's own``() =
        inFolder (fun averaged ->
            inFolder (fun plain ->
                let every = config |> altered "checkpointSeconds" "0"
                let decay = 0.3
                let followed = List<IDictionary<string, float[]>>()

                let recorder =
                    Recorder(fun event ->
                        match event with
                        | :? TrainingEvent.StepCompleted -> followed.Add(last plain)
                        | _ -> ())

                // The file holds the weights before the step that the event is about.
                Trainer.Run(plan every, plain, false, recorder) |> ignore
                run averaged (plan (every |> altered "averageDecay" $"{decay}")) |> ignore
                let steps = List.ofSeq (Seq.skip 1 followed) @ [ last plain ]
                Expect.same 8 steps.Length

                let isBuffer (name: string) = name.Contains "running"

                let next (average: Dictionary<string, float[]>) (step, (weights: IDictionary<string, float[]>)) =
                    let d = min decay ((1.0 + float step) / (10.0 + float step))

                    let moved =
                        [ for entry in weights do
                              if isBuffer entry.Key then
                                  KeyValuePair(entry.Key, entry.Value)
                              else
                                  let mixed =
                                      Array.map2 (fun a w -> d * a + (1.0 - d) * w) average[entry.Key] entry.Value

                                  KeyValuePair(entry.Key, mixed) ]

                    Dictionary moved

                let expected =
                    List.indexed steps |> List.map (fun (i, w) -> i + 1, w) |> List.fold next (Dictionary followed[0])

                near 1e-5 expected (last averaged)))

    [<Test>]
    member _.``what is validated and kept as best are the averaged weights``() =
        inFolder (fun folder ->
            let config = config |> altered "averageDecay" "0.5"
            run folder (plan config) |> ignore
            let epoch = MetricsLog.Read(Path.Combine(folder, "metrics.jsonl")) |> Seq.findBack _.Best
            use trained = TrainedRun.Load(folder, "best", config, (plan config).CreateModel)
            Expect.same epoch.MeanIoU (Nullable (trained.Evaluate validation).Scores.MeanIoU)

            if epoch.Epoch = 2 then
                near 0.0 (best folder) (last folder))

    [<Test>]
    member _.``with the trained weights validated, they are those of a run without average, which is kept beside them``
        ()
        =
        inFolder (fun plain ->
            inFolder (fun averaged ->
                inFolder (fun raw ->
                    let average = config |> altered "averageDecay" "0.5"
                    // A loss that draws from the default generator: making the average must not move it.
                    let noisy = planWith (fun () -> new NoisyLoss(crossEntropy ()))
                    run plain (noisy config) |> ignore
                    run averaged (noisy average) |> ignore
                    run raw (noisy (average |> altered "validated" "\"raw\"")) |> ignore
                    near 0.0 (last plain) (last raw)
                    near 0.0 (best plain) (best raw)
                    near 0.0 (last averaged) (weights (Path.Combine(raw, "average.safetensors"))))))

    [<Test>]
    member _.``deferred re-weighting trains the plain loss before its epoch and the class-balanced one from it on``() =
        let β = 0.99999

        let kernel (loss: SoftmaxLoss) (statistics: ClassStatistics) : torch.nn.Module<_, _, _> =
            let told = Definition.tell (Given.counts statistics.PixelCounts) (LossDefinition.Softmax loss)
            KernelFactory.Fused(told, int64 training.Ignore)

        let balanced = Algebra.ce |> classBalanced β |> reducedBy weightedMean

        let planOf (loss: ClassStatistics -> torch.nn.Module<_, _, _>) config =
            TrainingPlan(config, training, validation, (plan config).CreateModel, Func<_, _> loss)

        let drw from (config: TrainingConfig) =
            let config = config |> altered "data" "\"synth:count=16,size=48x64\"" |> altered "batchSize" "4"
            config |> altered "reweighting" $"{{\"fromEpoch\": {from}, \"beta\": {β}}}" |> Recipe.plan false

        let losses plan =
            let recorder = Recorder()
            inFolder (fun folder -> Trainer.Run(plan, folder, false, recorder) |> ignore)
            recorder.Losses

        let plain = losses (planOf (kernel Algebra.ce) config)
        let weighted = losses (planOf (kernel balanced) config)
        let deferred = losses (drw 1 config)
        Expect.sameItems plain[..3] deferred[..3]
        Expect.sameItems weighted (losses (drw 0 config))
        Expect.isTrue "the second epoch has another loss" (plain[4] <> deferred[4])

    [<Test>]
    member _.``β = 0 weighs every class alike, and a loss that can't be weighed says so``() =
        let ce = LossDefinition.Softmax Algebra.ce

        match Definition.classReweighted 0.0 ce with
        | Ok(LossDefinition.Softmax loss) ->
            let weights = Softmax.classWeights loss.ClassWeight (Given.counts [| 5L; 70L; 900L |]) 3
            Expect.sameItems [ 1.0; 1.0; 1.0 ] weights
            Expect.same Reduction.WeightedMean loss.Reduction
        | other -> Assert.Fail $"{other}"

        for spelling in [ "dice"; "bce"; "cb" ] do
            match Definition.classReweighted 0.9 (Members.parse spelling).Definition with
            | Error sentence -> sentence |> Expect.contains "nothing to re-weight"
            | Ok _ -> Assert.Fail spelling

        let config = config |> altered "loss" "\"dice\"" |> altered "reweighting" "{\"fromEpoch\": 1}"

        Expect.refusal (fun () -> Recipe.plan false config |> ignore)
        |> Expect.contains "--drw and --loss dice"

    [<TestCase(0.9, true)>]
    [<TestCase(0.99999, false)>]
    member _.``a β that weighs all classes alike is warned of, with one that doesn't``(β: float, warned: bool) =
        inFolder (fun folder ->
            let recorder = Recorder()
            let config = config |> altered "reweighting" $"{{\"fromEpoch\": 1, \"beta\": {β}}}"
            Trainer.Run(plan config, folder, false, recorder) |> ignore
            let total = Array.sum (Array.ofSeq (ClassStatistics.Of(training, config.Size).PixelCounts))
            let fitting = (1.0 - 1.0 / float total).ToString("G15", Globalization.CultureInfo.InvariantCulture)
            Expect.same warned (recorder.Warnings |> List.exists _.Contains($"--drw-beta {fitting}")))

    [<Test>]
    member _.``a run ends when its patience does, and going on with it trains nothing more``() =
        inFolder (fun folder ->
            // Steps of a rate of next to nothing: the first epoch stays the best.
            let config = config |> altered "epochs" "9" |> altered "patience" "2" |> altered "learningRate" "1e-30"

            let frozen = linearPlan (fun () -> crossEntropy ()) config
            let recorder = Recorder()
            let outcome = Trainer.Run(frozen, folder, false, recorder)
            Expect.same true outcome.Completed
            Expect.same 12L outcome.Step
            Expect.isTrue "said" (recorder.Events |> List.contains (TrainingEvent.EndedEarly(3, 1)))
            let again = Recorder()
            Expect.same 12L (resume folder frozen again).Step
            Expect.same 0 again.Losses.Length)

    [<TestCase(1)>]
    [<TestCase(2)>]
    [<TestCase(3)>]
    member _.``with all of them a continued run ends as the undisturbed one``(step: int) =
        let config =
            config
            |> altered "data" "\"synth:count=16,size=48x64\""
            |> altered "loss" "\"seesaw\""
            |> altered "accumulate" "3"
            |> altered "averageDecay" "0.9"
            |> altered "warmUpEpochs" "1"
            |> altered "schedule" "\"step\""
            |> altered "milestones" "[1]"
            |> altered "patience" "5"
            |> altered "reweighting" "{\"fromEpoch\": 1}"

        let plan = Recipe.plan false config

        inFolder (fun undisturbed ->
            run undisturbed plan |> ignore

            inFolder (fun folder ->
                Expect.same false (runUntil (isStep step) folder plan).Completed
                Expect.same true (resume folder plan (Recorder())).Completed
                Expect.same (finalState undisturbed) (finalState folder)))

    [<Test>]
    member _.``the range test raises the rate exponentially and ends where the loss has gone``() =
        let test = LearningRateRangeTest(1e-4, 1e4, 9)
        let samples = test.Run(plan still)

        for step, sample in Seq.indexed samples do
            Expect.near (1e-12 * sample.LearningRate) (10.0 ** (float step - 4.0)) sample.LearningRate

        Expect.isTrue "it ends early" (samples.Count < 9)

        for count in 1 .. samples.Count - 1 do
            let before = samples |> Seq.take count |> Seq.map _.Smoothed |> List.ofSeq
            Expect.isTrue "not before the loss is four times its least" (List.last before <= 4.0 * List.min before)

    [<TestCase(1.8, 1e-2)>]
    [<TestCase(1.95, 1e-3)>]
    member _.``the suggestion is a tenth of the best rate, or where the loss falls fastest if that is less``
        (last: float, expected: float)
        =
        // The fastest fall ends at 1e-2; the least is at 1 or at 1e-2, which a tenth is taken of.
        let samples =
            [| for rate, smoothed in [ 1e-4, 3.0; 1e-3, 2.9; 1e-2, 1.9; 1e-1, 1.92; 1.0, last; 10.0, 5.0 ] ->
                   LearningRateSample(rate, smoothed, smoothed) |]

        Expect.near 1e-12 expected (LearningRateRangeTest.Suggestion samples)

    [<Test>]
    member _.``a range test begins with the weights and batches that the run does``() =
        let recorder = Recorder()
        inFolder (fun folder -> Trainer.Run(plan config, folder, false, recorder) |> ignore)
        let samples = LearningRateRangeTest(config.LearningRate, 1.0, 5).Run(plan config)
        Expect.sameItems recorder.Losses[..1] [ for sample in Seq.take 2 samples -> sample.Loss ]

    [<TestCase("warmUpEpochs", "-1", "--warmup")>]
    [<TestCase("schedule", "\"step\"", "--milestones")>]
    [<TestCase("milestones", "[3]", "--schedule step")>]
    [<TestCase("milestoneFactor", "0", "--lr-factor")>]
    [<TestCase("accumulate", "0", "--accumulate")>]
    [<TestCase("averageDecay", "1", "--ema")>]
    [<TestCase("patience", "0", "--patience")>]
    [<TestCase("reweighting", "{\"fromEpoch\": 2}", "give the epochs before the switch, 0 to 1")>]
    [<TestCase("reweighting", "{\"fromEpoch\": 1, \"beta\": 1}", "--drw-beta")>]
    member _.``a value out of range is refused by its option``(field: string, value: string, expected: string) =
        Expect.refusal (fun () -> (config |> altered field value).Validate()) |> Expect.contains expected
