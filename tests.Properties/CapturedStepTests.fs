/// `--cuda-graph` on the processor: a graph that does its work again, beside the plain step; and what can't be captured.
namespace PatFramework.Properties

open System
open System.IO
open System.Threading
open NUnit.Framework
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Core.Kernels
open PatFramework.Core.Models
open PatFramework.Core.Native
open PatFramework.Core.Training
open PatFramework.Core.Weights
open PatFramework.Losses
open PatFramework.Properties.Comparison
open PatFramework.Properties.TrainingRuns

/// Does what it was given when it is replayed, not when it captures it, and only between `Enter` and its end.
type internal RepeatedGraph() =
    let mutable work: Action option = None
    let mutable isEntered = false
    member val Replays = 0 with get, set

    interface IStepGraph with
        member _.Enter() =
            Expect.same false isEntered
            isEntered <- true

            { new IDisposable with
                member _.Dispose() = isEntered <- false }

        member _.Capture captured =
            Expect.isTrue "captured once, on the graph's stream" (isEntered && work.IsNone)
            work <- Some captured

        member this.Replay() =
            Expect.isTrue "replayed on the graph's stream" isEntered
            this.Replays <- this.Replays + 1
            work.Value.Invoke()

        member _.Dispose() = ()

[<TestFixture; NonParallelizable>]
type CapturedStepTests() =

    /// 8 steps apart, float32.
    let rounding = { Relative = 1e-4; Absolute = 2e-5 }

    let fused =
        planWith (fun () -> KernelFactory.Fused(LossDefinition.Softmax Algebra.ce, int64 training.Ignore))

    let captured = altered "cudaGraph" "true"

    /// Runs a plan with a graph, where the configuration asks for one; gives the graph.
    let runWith resume folder (config: TrainingConfig) (recorder: Recorder) token =
        let graph = new RepeatedGraph()
        use opened = if resume then RunFolder.Resume folder else RunFolder.Create folder
        let report = (recorder :> IProgress<TrainingEvent>).Report
        let given: IStepGraph | null = if config.CudaGraph then graph else null

        use session =
            new TrainingSession(fused config, opened, resume, Action<_> report, token, Nullable 1, given)

        session.Run token |> ignore
        graph

    let trained folder config =
        let recorder = Recorder()
        let graph = runWith false folder config recorder CancellationToken.None
        use content = SafeTensors.Read(Path.Combine(folder, "last.safetensors"))

        let weights = [ for entry in content.Tensors |> Seq.sortBy _.Key -> entry.Key, Make.values entry.Value ]

        recorder.Losses |> Array.ofList, weights, graph.Replays

    let sameWeights expected actual =
        for (name, right), (name', found) in List.zip expected actual do
            Expect.same name name'
            within rounding name right found

    [<TestCase("adam", 0.0)>]
    [<TestCase("adam", 0.1)>]
    [<TestCase("adamW", 0.1)>]
    [<TestCase("sgd", 0.01)>]
    member _.``a captured training is the plain one but for rounding``(kind: string, decay: float) =
        let config =
            config
            |> altered "optimizer" $"\"{kind}\""
            |> altered "weightDecay" (string decay)
            |> altered "clipNorm" "0.5"
            |> altered "learningRate" "1e-3"
            |> altered "warmUpEpochs" "1"

        inFolder (fun plain ->
            inFolder (fun folder ->
                let losses, weights, _ = trained plain config
                let losses', weights', replays = trained folder (captured config)
                Expect.same (losses.Length - CapturedStep.WarmUp) replays
                within rounding "losses" losses losses'
                sameWeights weights weights'))

    [<TestCase(2)>]
    [<TestCase(5)>]
    member _.``one that is continued ends with the same bits``(step: int) =
        inFolder (fun whole ->
            inFolder (fun stopped ->
                let config = captured config
                runWith false whole config (Recorder()) CancellationToken.None |> ignore
                use source = new CancellationTokenSource()

                let recorder =
                    Recorder(fun event ->
                        if isStep step event then
                            source.Cancel())

                runWith false stopped config recorder source.Token |> ignore
                runWith true stopped config (Recorder()) CancellationToken.None |> ignore
                // The checkpoint's hash: weights, optimizer, generator.
                Expect.same (finalState whole) (finalState stopped)))

    [<Test>]
    member _.``batches of another size go beside the graph, with the same optimizer``() =
        use _scope = torch.NewDisposeScope()
        let config = config |> altered "optimizer" "\"adamW\"" |> altered "learningRate" "1e-3"

        let batch images seed =
            torch.manual_seed seed |> ignore

            new Batch(
                torch.randint (0L, 256L, [| images; 3L; 16L; 16L |], torch.ScalarType.Byte),
                torch.randint (0L, 3L, [| images; 16L; 16L |]),
                Array.create (int images) ""
            )

        let states (wrap: TrainingConfig -> TrainingState -> TrainingStep -> ITrainingStep) config =
            let model = Make.model 5L 3 "unet:width=4,depth=3"
            let loss = KernelFactory.Fused(LossDefinition.Softmax Algebra.ce, 255L)
            use state = new TrainingState(model, loss, Optimizers.OverLists(config, model))
            let augmentation = Augmentation(config.Augmentation, 1UL, 255L)
            let forward = ForwardPass(torch.CPU, Precision.Float32)
            let rate number = 1e-3 / float (1L + number)
            let plain = TrainingStep(config, state, augmentation, forward, rate, false)
            let step = wrap config state plain

            for number, images in List.indexed [ 2L; 2L; 3L; 2L; 2L; 3L; 1L; 2L ] do
                use pending = step.Run([| batch images number |], TrainingPosition().Ahead number)
                Expect.isTrue "the step is finite" (isNull (pending.Result().Failure))

            Make.state model

        let graph = new RepeatedGraph()
        let expected = states (fun _ _ plain -> plain) config

        let actual =
            states (fun config state plain -> new CapturedStep(config, state, plain, graph)) (captured config)

        Expect.same 2 graph.Replays
        sameWeights expected actual

    [<Test>]
    member _.``gradients stay where they are``() =
        use _scope = torch.NewDisposeScope()
        let model = Make.model 5L 3 "unet:width=4,depth=3"
        use optimizer = Optimizers.OverLists(captured config, model)
        let parameters = model.parameters () |> Array.ofSeq

        let backward factor =
            let images = torch.ones [| 2L; 3L; 16L; 16L |]
            let logits = model.call images
            ((logits * logits).mean() * (factor: float).ToScalar()).backward()

        let gradients () =
            [ for parameter in parameters -> Gradients.Of parameter |> nonNull ]

        backward 1.0
        let held = gradients ()
        optimizer.ClearGradients()
        Expect.same 0.0 (held |> List.sumBy (fun gradient -> gradient.abs().sum().item<float32>() |> float))
        backward 3.0

        for seen, now in List.zip held (gradients ()) do
            Expect.sameItems (Make.values now) (Make.values seen)

    [<TestCase("device", "\"cpu\"", "--cuda-graph belongs to --device cuda")>]
    [<TestCase("accumulate", "2", "leave --accumulate out")>]
    [<TestCase("averageDecay", "0.9", "leave --ema out")>]
    [<TestCase("reweighting", "{\"fromEpoch\":1,\"beta\":0.9}", "leave --drw out")>]
    member _.``options that are not captured are refused by name``(field: string, value: string, sentence: string) =
        let config = config |> altered "device" "\"cuda\"" |> captured
        config.Validate()
        Expect.refusal (altered field value config).Validate |> Expect.contains sentence

    [<TestCase("unet:width=4,depth=3", "ce", "")>]
    [<TestCase("unet:width=4,depth=3", "pat:temperature=20", "")>]
    [<TestCase("unet:width=4,depth=3", "0.5*balanced-softmax + 0.5*lovasz", "")>]
    [<TestCase("unet:width=4,depth=3", "balanced-sigmoid", "")>]
    [<TestCase("unet:width=4,depth=3,dropout=0.1", "ce", "dropout=0")>]
    [<TestCase("unet:width=4,depth=3,checkpoint=true", "ce", "checkpoint=true")>]
    [<TestCase("unet:width=4,depth=3", "blv", "draws or remembers")>]
    [<TestCase("unet:width=4,depth=3", "seql:lambda=0.9", "draws or remembers")>]
    [<TestCase("unet:width=4,depth=3", "seesaw", "draws or remembers")>]
    [<TestCase("unet:width=4,depth=3", "dice + eqlv2", "draws or remembers")>]
    member _.``models and losses that change from step to step are refused``
        (architecture: string, spelling: string, sentence: string)
        =
        use _scope = torch.NewDisposeScope()
        let model = Make.model 5L 3 architecture
        let counts = Given.counts [| 900L; 90L; 10L |]
        let definition = Definition.tell counts (Members.parse spelling).Definition
        use loss = KernelFactory.Fused(definition, 255L)
        let check () = Capturable.Check(model, loss)

        if sentence = "" then
            check ()
            use composed = KernelFactory.Composed(definition, 255L)

            Expect.refusal (fun () -> Capturable.Check(model, composed)) |> Expect.contains "device code"

            loss.RefusesNonFinite <- true
            Expect.refusal check |> Expect.contains "--debug"
        else
            Expect.refusal check |> Expect.contains sentence

    [<Test>]
    member _.``pat train says so before anything is written``() =
        inFolder (fun folder ->
            let train more =
                Ran.pat ([ "train"; "--data"; "synth:count=8"; "--cuda-graph"; "--out"; folder ] @ more)

            for more, sentence in
                [ [], "--cuda-graph belongs to --device cuda"
                  [ "--device"; "cuda"; "--loss"; "blv" ], "--cuda-graph captures a loss that is the same in each step"
                  [ "--device"; "cuda"; "--model"; "unet:dropout=0.5" ], "--cuda-graph captures no dropout" ] do
                let ran = train more
                Expect.same 1 ran.Code
                ran.Error |> Expect.contains sentence
                Expect.same false (Directory.Exists folder))

    [<Test>]
    member _.``a libpat_torch without CUDA's headers says so``() =
        if PatTorch.pat_cuda_version () <> 0 then
            Assert.Ignore "this libtorch has CUDA"

        Expect.refusal (fun () -> (new CudaGraph() :> IDisposable).Dispose())
        |> Expect.contains
            "this libpat_torch was built without CUDA's headers: install them and build again, or leave --cuda-graph out"

    [<Test>]
    member _.``a run goes on with or without it, and elsewhere without``() =
        let config = config |> altered "device" "\"cuda\"" |> captured
        Expect.same false (config.Continued().CudaGraph)
        Expect.same false (config.On(DeviceKind.Cpu, 1).CudaGraph)
        Expect.same true (config.On(DeviceKind.Cuda, 1).CudaGraph)
        Expect.sameItems [] (config.DifferencesFrom(config.Continued()))

    [<Test>]
    member _.``--deterministic changes nothing on the processor``() =
        inFolder (fun one ->
            inFolder (fun other ->
                run one (fused config) |> ignore
                let deterministic = altered "deterministic" "true" config
                run other (fused deterministic) |> ignore

                let weights folder =
                    File.ReadAllBytes(Path.Combine(folder, "last.safetensors"))

                Expect.same (weights one) (weights other)))
