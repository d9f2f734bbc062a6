/// From `pat train`'s arguments to a training plan: everything is parsed here, before any work begins.
module PatFramework.Experiments.Recipe

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open Argu
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Core.Kernels
open PatFramework.Core.Models
open PatFramework.Core.Training
open PatFramework.Core.Weights
open PatFramework.Experiments.Arguments
open PatFramework.Losses
open TorchSharp

/// What a run takes where nothing is said.
let defaults data =
    TrainingConfig(
        Data = data,
        Model = "unet",
        Loss = "ce",
        Epochs = 25,
        Size = ImageSize(180, 240),
        BatchSize = 8,
        Augmentation = AugmentationOptions(Flip = 0.5)
    )

let private number (text: string) =
    match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
    | true, value when Double.IsFinite value && value > 0.0 -> Some value
    | _ -> None

/// `LOW:HIGH`, two scales above 0 in order.
let scales (text: string) =
    match text.Split ':' |> Array.map number with
    | [| Some low; Some high |] when low <= high -> low, high
    | _ ->
        raise (PatException $"'{text}' is not a range of scales: give LOW:HIGH with 0 < LOW <= HIGH, such as 0.75:1.5.")

let private augmentation (given: ParseResults<TrainArguments>) (earlier: AugmentationOptions) =
    let low, high =
        given.TryPostProcessResult(Scale, scales)
        |> Option.defaultValue (earlier.ScaleMin, earlier.ScaleMax)

    AugmentationOptions(
        given.GetResult(TrainArguments.Flip, earlier.Flip),
        low,
        high,
        given.GetResult(Rotate, earlier.Rotate),
        given.GetResult(Jitter, earlier.Jitter),
        given.GetResult(Blur, earlier.Blur),
        given.GetResult(CopyPaste, earlier.CopyPaste)
    )

let private sampling (given: ParseResults<TrainArguments>) (earlier: SamplingOptions) =
    SamplingOptions(
        given.GetResult(Sampling, earlier.Kind),
        given.GetResult(RepeatThreshold, earlier.RepeatThreshold),
        given.GetResult(RareTemperature, earlier.RareTemperature)
    )

let private epoch (text: string) =
    match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
    | true, value -> value
    | _ -> raise (PatException $"--milestones has '{text}', which is no epoch: give whole numbers, such as 15,20.")

/// Epochs with commas between them.
let milestones (text: string) : int[] =
    text.Split(',', StringSplitOptions.TrimEntries) |> Array.map epoch

let private reweighting
    (given: ParseResults<TrainArguments>)
    (earlier: DeferredReweighting | null)
    : DeferredReweighting | null =
    let from, beta =
        match earlier with
        | null -> None, DeferredReweighting.PublishedBeta
        | drw -> Some drw.FromEpoch, drw.Beta

    match given.TryGetResult Drw |> Option.orElse from with
    | Some epoch -> DeferredReweighting(epoch, given.GetResult(DrwBeta, beta))
    | None when given.Contains DrwBeta ->
        raise (PatException "--drw-beta belongs to deferred re-weighting: give --drw EPOCH too.")
    | None -> null

let private pathOr (earlier: string | null) (given: string option) : string | null =
    match given with
    | Some path -> Path.GetFullPath path
    | None -> earlier

let private orEarlier (earlier: Nullable<'a>) (given: 'a option) =
    given |> Option.map Nullable |> Option.defaultValue earlier

/// The configuration that the arguments ask for; what they don't mention is as in `earlier`.
let configuration (given: ParseResults<TrainArguments>) (earlier: TrainingConfig) =
    TrainingConfig(
        Data = given.GetResult(TrainArguments.Data, earlier.Data),
        Model = given.GetResult(TrainArguments.Model, earlier.Model),
        InitEncoder = pathOr earlier.InitEncoder (given.TryGetResult InitEncoder),
        Loss = given.GetResult(TrainArguments.Loss, earlier.Loss),
        Epochs = given.GetResult(TrainArguments.Epochs, earlier.Epochs),
        Size = (given.TryPostProcessResult(TrainArguments.Size, ImageSize.Parse) |> Option.defaultValue earlier.Size),
        BatchSize = given.GetResult(TrainArguments.Batch, earlier.BatchSize),
        Seed = given.GetResult(TrainArguments.Seed, earlier.Seed),
        TrainingSplit = given.GetResult(TrainSplit, earlier.TrainingSplit),
        ValidationSplit = given.GetResult(Val, earlier.ValidationSplit),
        Optimizer = given.GetResult(Optimizer, earlier.Optimizer),
        LearningRate = given.GetResult(LearningRate, earlier.LearningRate),
        WeightDecay = given.GetResult(WeightDecay, earlier.WeightDecay),
        Momentum = given.GetResult(Momentum, earlier.Momentum),
        Schedule = given.GetResult(Schedule, earlier.Schedule),
        WarmUpEpochs = given.GetResult(Warmup, earlier.WarmUpEpochs),
        Milestones =
            (given.TryPostProcessResult(Milestones, milestones)
             |> Option.map (fun epochs -> epochs :> IReadOnlyList<int>)
             |> Option.defaultValue earlier.Milestones),
        MilestoneFactor = given.GetResult(LearningRateFactor, earlier.MilestoneFactor),
        Accumulate = given.GetResult(Accumulate, earlier.Accumulate),
        AverageDecay = (given.TryGetResult Ema |> orEarlier earlier.AverageDecay),
        Validated = given.GetResult(Validate, earlier.Validated),
        Reweighting = reweighting given earlier.Reweighting,
        Patience = (given.TryGetResult Patience |> orEarlier earlier.Patience),
        ClipNorm = (given.TryGetResult ClipNorm |> orEarlier earlier.ClipNorm),
        Device = given.GetResult(TrainArguments.Device, earlier.Device),
        Precision = given.GetResult(TrainArguments.Precision, earlier.Precision),
        CudaGraph = (given.Contains CudaGraph || earlier.CudaGraph),
        Deterministic = (given.Contains Deterministic || earlier.Deterministic),
        Threads = given.GetResult(TrainArguments.Threads, earlier.Threads),
        Augmentation = augmentation given earlier.Augmentation,
        Sampling = sampling given earlier.Sampling,
        CheckpointSeconds = given.GetResult(CheckpointSeconds, earlier.CheckpointSeconds),
        CacheFolder = pathOr earlier.CacheFolder (given.TryGetResult Cache),
        SkipBad = given.GetResult(SkipBad, earlier.SkipBad)
    )

/// The model, its encoder from the file that the configuration names.
let private model (config: TrainingConfig) classes choice : SegmentationModel =
    let model = ModelChoice.create classes choice

    match config.InitEncoder with
    | null -> ()
    | file ->
        use weights = WeightsFile.Read file
        StateDict.LoadEncoder(model, weights.Tensors, file)

    model

/// Refuses a batch or an encoder that the model can't take, before anything is written.
let private checkModel (config: TrainingConfig) classes choice =
    use model = model config classes choice
    model.train ()
    model.CheckInput [| int64 config.BatchSize; 3L; int64 config.Size.Height; int64 config.Size.Width |]

/// Seesaw counts the pixels that it has seen, so a training begins with none; the number of classes stays.
let rec private unseen (definition: LossDefinition) : LossDefinition =
    match definition with
    | LossDefinition.Softmax({ Adjustment = LogitAdjustment.Seesaw _ } as loss) ->
        let zeros = loss.Given.Counts |> Option.map (Array.map (fun _ -> 0L))
        LossDefinition.Softmax { loss with Given = { loss.Given with Counts = zeros } }
    | LossDefinition.WeightedSum terms -> LossDefinition.WeightedSum [ for a, term in terms -> a, unseen term ]
    | _ -> definition

/// The loss as a kernel that begins to train, from the pixels of each class in the training split.
let kernel (loss: Loss) (device: DeviceType) (ignored: byte) (seed: int) (counts: int64[]) : LossKernel =
    let definition = Definition.tell (Given.counts counts) loss.Definition |> unseen
    KernelFactory.For(definition, device, int64 ignored, int64 seed)

/// What deferred re-weighting makes of the loss, if the configuration has it and there is something to weigh.
let private reweighted (config: TrainingConfig) (loss: Loss) =
    match config.Reweighting with
    | null -> None
    | drw ->
        match Definition.classReweighted drw.Beta loss.Definition with
        | Ok definition -> Some(drw, { loss with Definition = definition })
        | Error sentence -> raise (PatException $"--drw and --loss {config.Loss}: {sentence}.")

/// The loss of a run from the counts of its training split, deferred re-weighting included; with `debug`, a logit that is no
/// finite number ends the run by its name.
let private createLoss debug (config: TrainingConfig) device ignored (loss: Loss) =
    let later = reweighted config loss

    fun (statistics: ClassStatistics) ->
        let kernel loss =
            let kernel = kernel loss device ignored config.Seed statistics.PixelCounts
            kernel.RefusesNonFinite <- debug
            kernel

        match later with
        | None -> kernel loss :> torch.nn.Module<_, _, _>
        | Some(drw, reweighted) -> new DeferredLoss(kernel loss, kernel reweighted, drw.FromEpoch)

/// Refuses a model or a loss that `--cuda-graph` can't capture, before anything is counted or written.
let private checkCapture (config: TrainingConfig) classes choice createLoss =
    if config.CudaGraph then
        use model = model config classes choice

        use loss: torch.nn.Module<_, _, _> =
            createLoss (ClassStatistics(Array.create classes 1L, Array.create classes 1L, 0L, 1))

        Capturable.Check(model, loss)

/// Takes the spellings of a configuration for what they stand for.
let plan debug (config: TrainingConfig) =
    let loss = Catalogue.parse config.Loss |> Outcome.orFail
    let choice = ModelChoice.parse config.Model |> Outcome.orFail
    let source = DataSource.parse config.Data |> Outcome.orFail
    let training = DataSource.openSplit source config.TrainingSplit
    let validation = DataSource.openSplit source config.ValidationSplit
    let classes = training.Classes.Count

    let device = if config.Device = DeviceKind.Cpu then DeviceType.CPU else DeviceType.CUDA

    config.Validate()
    checkModel config classes choice
    let createLoss = createLoss debug config device training.Ignore loss
    checkCapture config classes choice createLoss
    TrainingPlan(config, training, validation, (fun () -> model config classes choice), createLoss)
