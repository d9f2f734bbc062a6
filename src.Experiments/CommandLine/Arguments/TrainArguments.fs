namespace PatFramework.Experiments.Arguments

open Argu
open PatFramework.Core.Data
open PatFramework.Core.Training

/// What `pat train` takes.
type TrainArguments =
    | [<Unique>] Data of SPEC: string
    | [<Unique>] Model of SPEC: string
    | [<Unique>] Loss of SPEC: string
    | [<Unique>] Epochs of COUNT: int
    | [<Unique>] Size of HxW: string
    | [<Unique>] Batch of COUNT: int
    | [<Unique>] Seed of NUMBER: int
    | [<Unique>] Out of DIR: string
    | [<Unique; CustomCommandLine("--lr")>] LearningRate of RATE: float
    | [<Unique>] Optimizer of OptimizerKind
    | [<Unique>] Momentum of FACTOR: float
    | [<Unique>] Schedule of LearningRateSchedule
    | [<Unique>] Warmup of EPOCHS: float
    | [<Unique>] Milestones of EPOCHS: string
    | [<Unique; CustomCommandLine("--lr-factor")>] LearningRateFactor of FACTOR: float
    | [<Unique>] Accumulate of BATCHES: int
    | [<Unique>] Ema of DECAY: float
    | [<Unique>] Validate of ValidatedWeights
    | [<Unique>] Drw of EPOCH: int
    | [<Unique; CustomCommandLine("--drw-beta")>] DrwBeta of BETA: float
    | [<Unique>] Patience of EPOCHS: int
    | [<Unique; CustomCommandLine("--find-lr")>] FindLearningRate
    | [<Unique; CustomCommandLine("--weight-decay")>] WeightDecay of RATE: float
    | [<Unique; CustomCommandLine("--clip-norm")>] ClipNorm of NORM: float
    | [<Unique>] Device of DeviceKind
    | [<Unique>] Precision of Precision
    | [<Unique; CustomCommandLine("--cuda-graph")>] CudaGraph
    | [<Unique>] Deterministic
    | [<Unique>] Threads of COUNT: int
    | [<Unique; CustomCommandLine("--train-split")>] TrainSplit of SPLIT: string
    | [<Unique>] Val of SPLIT: string
    | [<Unique>] Flip of PROBABILITY: float
    | [<Unique>] Scale of LOW_HIGH: string
    | [<Unique>] Rotate of DEGREES: float
    | [<Unique>] Jitter of STRENGTH: float
    | [<Unique>] Blur of PROBABILITY: float
    | [<Unique; CustomCommandLine("--copy-paste")>] CopyPaste of PROBABILITY: float
    | [<Unique>] Sampling of SamplingKind
    | [<Unique; CustomCommandLine("--repeat-threshold")>] RepeatThreshold of SHARE: float
    | [<Unique; CustomCommandLine("--rare-temperature")>] RareTemperature of T: float
    | [<Unique; CustomCommandLine("--checkpoint-seconds")>] CheckpointSeconds of SECONDS: float
    | [<Unique; CustomCommandLine("--init-encoder")>] InitEncoder of FILE: string
    | [<Unique>] Cache of DIR: string
    | [<Unique; CustomCommandLine("--skip-bad")>] SkipBad of COUNT: int
    | [<Unique>] Config of FILE: string
    | [<Unique>] Resume

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Data _ ->
                "the data: camvid:DIR, cityscapes:DIR, nyuv2:DIR, oxfordpet:DIR, folder:DIR (images/ masks/ classes.json), synth or synth:count=200,size=240x320,seed=0 (docs/data.md)."
            | Model _ -> "the network, such as unet or unet:width=16 ('pat model list'); default unet."
            | Loss _ -> "the loss, such as ce or pat:temperature=20 ('pat loss list'); default ce."
            | Epochs _ -> "passes over the training data; default 25."
            | Size _ -> "height x width that every image is resized to; default 180x240."
            | Batch _ -> "images a batch; default 8."
            | Seed _ -> "seed of weights, order and augmentation; default 0."
            | Out _ -> "the folder of the run: configuration, metrics and weights."
            | LearningRate _ -> "the first learning rate; default 0.001."
            | Optimizer _ -> "default adam."
            | Momentum _ -> "momentum of sgd; default 0.9."
            | Schedule _ -> "the learning rate over the steps; default cosine."
            | Warmup _ -> "epochs over which the learning rate rises to that of the schedule; default 0."
            | Milestones _ -> "the epochs at which --schedule step lowers the learning rate, such as 15,20."
            | LearningRateFactor _ -> "what it multiplies the learning rate by each time; default 0.1."
            | Accumulate _ -> "batches a step, whose gradients are averaged before the update; default 1."
            | Ema _ ->
                "keep a moving average of the weights with this decay, such as 0.999; it is what is validated and saved."
            | Validate _ ->
                "with --ema: raw validates and saves the trained weights, and keeps the average in average.safetensors; default average."
            | Drw _ ->
                "deferred re-weighting: after this many epochs the softmax terms of the loss get class-balanced weights."
            | DrwBeta _ ->
                "beta of those weights; default 0.9999, as published for counts of images: counts of pixels want one nearer to 1."
            | Patience _ -> "end after this many epochs without a better mIoU; default: never."
            | FindLearningRate ->
                "instead of training, raise the learning rate step by step and write the loss over it to lr-range.csv and lr-range.html in --out."
            | WeightDecay _ -> "weight decay; default 0."
            | ClipNorm _ -> "clip the gradient to this norm; default: no clipping."
            | Device _ -> "default cpu."
            | Precision _ -> "arithmetic of the forward pass; default float32."
            | CudaGraph ->
                "with --device cuda: capture a step once and replay it, which spares the time to start its kernels one by one (docs/gpu.md); off unless given, with --resume too."
            | Deterministic ->
                "with --device cuda: cuDNN's deterministic algorithms instead of its fastest (docs/gpu.md)."
            | Threads _ -> "threads of libtorch; default: the processor's."
            | TrainSplit _ -> "the split to train on; default train."
            | Val _ -> "the split to validate on after each epoch; default val."
            | Flip _ -> "probability of a horizontal flip; default 0.5."
            | Scale _ ->
                "random scaling LOW:HIGH with a crop or padding back to the size, such as 0.75:1.5; default: none."
            | Rotate _ -> "random rotation by up to this angle either way; default 0."
            | Jitter _ ->
                "random brightness, contrast and saturation by factors within 1 - S to 1 + S and hue by up to S/4 of a turn; default 0."
            | Blur _ -> "probability of a Gaussian blur with sigma 0.1 to 2; default 0."
            | CopyPaste _ ->
                "probability that an image gets a segment of a rare class from another image of the batch; default 0."
            | Sampling _ ->
                "repeatfactor visits images with rare classes more often (LVIS), rareclass draws a rare class, then an image with it (DAFormer); default uniform."
            | RepeatThreshold _ -> "a class in less than this share of the images is repeated; default 0.001."
            | RareTemperature _ -> "the smaller, the rarer the classes drawn; default 0.01."
            | CheckpointSeconds _ -> "seconds between checkpoints within an epoch; default 60."
            | InitEncoder _ ->
                "start the model's encoder from these weights (.safetensors, .pt, .pth), such as torchvision's of a ResNet."
            | Cache _ ->
                "keep decoded and resized samples in this folder, for the epochs and runs to come; made anew when a source file changes."
            | SkipBad _ -> "let up to this many training samples be unreadable; each is named and replaced. Default 0."
            | Config _ ->
                "a recipe, such as the config.json of a run (experiments/schema.json says what it may hold); other options change it."
            | Resume -> "go on with the run in --out where it ended."
