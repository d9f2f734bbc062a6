/// What a GPU does differently, on the processor: steps enqueued before results are read, updates over lists, memory that runs out.
namespace PatFramework.Properties

open System
open System.IO
open System.Threading
open NUnit.Framework
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Core.Kernels
open PatFramework.Core.Training
open PatFramework.Losses
open PatFramework.Properties.TrainingRuns

[<TestFixture>]
type StepsAheadTests() =

    let runAhead (ahead: int) (resume: bool) (output: string) (plan: TrainingPlan) (recorder: Recorder) token =
        use folder = if resume then RunFolder.Resume output else RunFolder.Create output

        let report = (recorder :> IProgress<TrainingEvent>).Report
        use session = new TrainingSession(plan, folder, resume, Action<_> report, token, Nullable ahead)
        session.Run token

    let steps (recorder: Recorder) =
        [ for event in recorder.Events do
              match event with
              | :? TrainingEvent.StepCompleted as step -> step.Step, step.Loss, step.LearningRate
              | _ -> () ]

    let busy =
        config |> altered "accumulate" "2" |> altered "clipNorm" "0.5" |> altered "averageDecay" "0.9"

    let spelled loss (config: TrainingConfig) =
        let counts = ClassStatistics.Of(training, config.Size).PixelCounts |> Seq.toArray
        let definition = Definition.tell (Given.counts counts) (Members.parse loss).Definition
        planWith (fun () -> KernelFactory.Composed(definition, int64 training.Ignore)) config

    /// A loss that changes neither weights nor anything else once it is not finite: the step before is what is kept.
    let divergesAt call value =
        let change calls (loss: torch.Tensor) =
            if calls >= call then loss * (value: float).ToScalar() else loss

        planWith (fun () -> new ChangedLoss(crossEntropy (), change))

    [<TestCase(1)>]
    [<TestCase(3)>]
    member _.``how many steps are read late changes no weight, no loss and no order``(ahead: int) =
        for make in [ plan; spelled "blv" ] do
            inFolder (fun atOnce ->
                inFolder (fun late ->
                    let expected, actual = Recorder(), Recorder()
                    runAhead 0 false atOnce (make busy) expected CancellationToken.None |> ignore
                    runAhead ahead false late (make busy) actual CancellationToken.None |> ignore
                    Expect.sameItems (steps expected) (steps actual)
                    Expect.same (finalState atOnce) (finalState late)))

    [<Test>]
    member _.``a run stopped while a step is under way goes on to the same weights``() =
        inFolder (fun whole ->
            inFolder (fun stopped ->
                let run = plan (altered "checkpointSeconds" "0" config)
                runAhead 1 false whole run (Recorder()) CancellationToken.None |> ignore
                use source = new CancellationTokenSource()

                let recorder =
                    Recorder(fun event ->
                        if isStep 2 event then
                            source.Cancel())

                let outcome = runAhead 1 false stopped run recorder source.Token
                Expect.same false outcome.Completed
                runAhead 1 true stopped run (Recorder()) CancellationToken.None |> ignore
                Expect.same (finalState whole) (finalState stopped)))

    [<TestCase(Double.NaN)>]
    [<TestCase(Double.PositiveInfinity)>]
    member _.``a loss that is not finite ends the run with the same sentence and the same files, read late``
        (value: float)
        =
        inFolder (fun atOnce ->
            inFolder (fun late ->
                let run ahead folder =
                    Expect.refusal (fun () ->
                        runAhead ahead false folder (divergesAt 3 value config) (Recorder()) CancellationToken.None
                        |> ignore)

                let sentence = run 0 atOnce
                sentence |> Expect.contains "the loss stopped being a finite number at step 3"
                Expect.same (sentence.Replace(atOnce, late)) (run 1 late)

                let weights folder =
                    File.ReadAllBytes(Path.Combine(folder, "last.safetensors"))

                Expect.same (weights atOnce) (weights late)))

    [<Test>]
    member _.``a gradient that is not finite is told as such, read late``() =
        inFolder (fun late ->
            // √0 has the value 0 and an infinite derivative, times 0.
            let change calls (loss: torch.Tensor) =
                if calls < 3 then loss else loss + (loss - loss).sqrt()

            let plan = planWith (fun () -> new ChangedLoss(crossEntropy (), change)) config

            Expect.refusal (fun () -> runAhead 1 false late plan (Recorder()) CancellationToken.None |> ignore)
            |> Expect.contains "the gradient stopped being a finite number at step 3")

    [<TestCase("adam", 0.0)>]
    [<TestCase("adam", 0.1)>]
    [<TestCase("adamW", 0.1)>]
    [<TestCase("sgd", 0.1)>]
    member _.``updates over lists are TorchSharp's, and each goes on from the other's state``
        (kind: string, decay: float)
        =
        use _scope = torch.NewDisposeScope()

        let config = config |> altered "optimizer" $"\"{kind}\"" |> altered "weightDecay" (string decay)

        let models = [ for _ in 1..2 -> Make.model 5L 3 "unet:width=4,depth=3" ]
        let make = [ Optimizers.OverTensors; Optimizers.OverLists ]
        let optimizers = List.map2 (fun create model -> create (config, model)) make models
        let images, labels = Make.normal [ 2; 3; 16; 16 ], torch.randint (0L, 3L, [| 2L; 16L; 16L |])
        let loss = crossEntropy ()

        let step rate (model: PatFramework.Core.Models.SegmentationModel) (optimizer: IStepOptimizer) =
            optimizer.ClearGradients()
            loss.call(model.call images, labels).backward()
            optimizer.LearningRate <- rate
            optimizer.Step()

        let saved (optimizer: IStepOptimizer) =
            use bytes = new MemoryStream()
            use writer = new BinaryWriter(bytes)
            optimizer.Save writer
            bytes.ToArray()

        for rate in [ 1e-2; 3e-3 ] do
            List.iter2 (step rate) models optimizers

        Expect.same (saved optimizers[0]) (saved optimizers[1])
        Expect.same (Make.state models[0]) (Make.state models[1])
        // Each goes on from what the other wrote.
        let crossed = List.map2 (fun create model -> create (config, model)) (List.rev make) models

        for optimizer, other in List.zip crossed (List.rev optimizers) do
            optimizer.Load(new BinaryReader(new MemoryStream(saved other)))

        List.iter2 (step 1e-2) models crossed
        Expect.same (Make.state models[0]) (Make.state models[1])

    [<TestCase("CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 23.70 GiB total capacity; 22.01 GiB already allocated; 10.69 MiB free; 22.50 GiB reserved in total by PyTorch)",
               "The GPU has too little memory for this run (20.00 MiB more were asked for, 22.01 GiB were held)")>]
    [<TestCase("CUDA out of memory. Tried to allocate 1.50 GiB. GPU 0 has a total capacity of 79.10 GiB of which 1.00 GiB is free. Of the allocated memory 70.20 GiB is allocated by PyTorch, and 1 GiB is reserved",
               "(1.50 GiB more were asked for, 70.20 GiB were held)")>]
    [<TestCase("cuDNN error: CUDNN_STATUS_ALLOC_FAILED", "The GPU has too little memory for this run: lower")>]
    [<TestCase("[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes. Error code 12",
               "The processor has too little memory for this run (99 bytes more were asked for)")>]
    member _.``memory that runs out is told with what helps, and the run goes on``(message: string, expected: string) =
        inFolder (fun whole ->
            inFolder (fun folder ->
                let exhausted calls (loss: torch.Tensor) =
                    if calls = 3 then
                        raise (System.Runtime.InteropServices.ExternalException message)

                    loss

                let plan =
                    planWith
                        (fun () -> new ChangedLoss(crossEntropy (), exhausted))
                        (altered "checkpointSeconds" "0" config)

                let sentence = Expect.refusal (fun () -> run folder plan |> ignore)
                sentence |> Expect.contains expected

                sentence
                |> Expect.contains
                    "lower --batch (4) and raise --accumulate (1) as much, or lower --size (48x64), or take --precision bf16"

                sentence
                |> Expect.contains
                    $"{folder} is whole: where more memory is free, the same options go on with --resume."

                let harmless = planWith (fun () -> new ChangedLoss(crossEntropy (), (fun _ loss -> loss))) plan.Config
                resume folder harmless (Recorder()) |> ignore
                run whole harmless |> ignore
                Expect.same (finalState whole) (finalState folder)))
