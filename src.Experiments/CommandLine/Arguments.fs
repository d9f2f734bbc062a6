/// What `pat` accepts, as Argu reads it: one union a verb.
module PatFramework.Experiments.Arguments

open Argu
open PatFramework.Core.Kernels
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
    | [<Unique; CustomCommandLine("--weight-decay")>] WeightDecay of RATE: float
    | [<Unique; CustomCommandLine("--clip-norm")>] ClipNorm of NORM: float
    | [<Unique>] Device of DeviceKind
    | [<Unique>] Precision of Precision
    | [<Unique>] Threads of COUNT: int
    | [<Unique>] Val of SPLIT: string
    | [<Unique>] Flip of PROBABILITY: float
    | [<Unique>] Scale of LOW_HIGH: string
    | [<Unique; CustomCommandLine("--init-encoder")>] InitEncoder of FILE: string
    | [<Unique>] Resume

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Data _ ->
                "the data: camvid:DIR, folder:DIR (images/ masks/ classes.json), synth or synth:count=200,size=240x320,seed=0."
            | Model _ -> "the network, such as unet or unet:width=16 ('pat model list'); default unet."
            | Loss _ -> "the loss, such as ce or pat:temperature=20 ('pat loss list'); default ce."
            | Epochs _ -> "passes over the training data; default 25."
            | Size _ -> "height x width that every image is resized to; default 180x240."
            | Batch _ -> "images a step; default 8."
            | Seed _ -> "seed of weights, order and augmentation; default 0."
            | Out _ -> "the folder of the run: configuration, metrics and weights."
            | LearningRate _ -> "the first learning rate; default 0.001."
            | Optimizer _ -> "default adam."
            | Momentum _ -> "momentum of sgd; default 0.9."
            | Schedule _ -> "the learning rate over the steps; default cosine."
            | WeightDecay _ -> "weight decay; default 0."
            | ClipNorm _ -> "clip the gradient to this norm; default: no clipping."
            | Device _ -> "default cpu."
            | Precision _ -> "arithmetic of the forward pass; default float32."
            | Threads _ -> "threads of libtorch; default: the processor's."
            | Val _ -> "the split to validate on after each epoch; default val."
            | Flip _ -> "probability of a horizontal flip; default 0.5."
            | Scale _ ->
                "random scaling LOW:HIGH with a crop or padding back to the size, such as 0.75:1.5; default: none."
            | InitEncoder _ ->
                "start the model's encoder from these weights (.safetensors, .pt, .pth), such as torchvision's of a ResNet."
            | Resume -> "go on with the run in --out where it ended."

/// What `pat eval` takes.
type EvalArguments =
    | [<Unique>] Run of DIR: string
    | [<Unique>] Data of SPEC: string
    | [<Unique>] Split of NAME: string
    | [<Unique>] Weights of BEST_LAST_OR_FILE: string
    | [<Unique>] Device of DeviceKind
    | [<Unique>] Threads of COUNT: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Run _ -> "the folder that 'pat train --out' wrote."
            | Data _ -> "the data to evaluate on; default: the run's own."
            | Split _ -> "default val."
            | Weights _ -> "best, last or a file of weights; default best."
            | Device _ -> "default cpu."
            | Threads _ -> "threads of libtorch; default: the processor's."

/// What `pat predict` takes.
type PredictArguments =
    | [<Unique>] Run of DIR: string
    | [<Unique>] Image of FILE_OR_DIR: string
    | [<Unique>] Out of FILE_OR_DIR: string
    | [<Unique>] Overlay
    | [<Unique>] Weights of BEST_LAST_OR_FILE: string
    | [<Unique>] Device of DeviceKind
    | [<Unique>] Threads of COUNT: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Run _ -> "the folder that 'pat train --out' wrote."
            | Image _ -> "a JPEG or PNG, or a folder of them."
            | Out _ -> "the PNG to write, or a folder of them when --image is a folder."
            | Overlay -> "draw the classes' colours over the image; without it: a mask of class ids (8-bit grey)."
            | Weights _ -> "best, last or a file of weights; default best."
            | Device _ -> "default cpu."
            | Threads _ -> "threads of libtorch; default: the processor's."

/// What `pat data stats` and `pat data check` take.
type DataSourceArguments =
    | [<MainCommand; ExactlyOnce>] Source of DATA: string
    | [<Unique>] Size of HxW: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Source _ -> "camvid:DIR, folder:DIR, or synth:key=value,…"
            | Size _ -> "count after resizing to this size; default: the images' own."

/// What `pat data synth` takes.
type SynthArguments =
    | [<Unique>] Out of DIR: string
    | [<Unique>] Count of COUNT: int
    | [<Unique>] Seed of NUMBER: int
    | [<Unique>] Size of HxW: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Out _ -> "the folder to write, which folder:DIR then reads; it must be new or empty."
            | Count _ -> "training scenes (a quarter as many for val); default 200."
            | Seed _ -> "default 0."
            | Size _ -> "height x width of the scenes; default 180x240."

/// `pat data …`.
type DataArguments =
    | [<CliPrefix(CliPrefix.None)>] Stats of ParseResults<DataSourceArguments>
    | [<CliPrefix(CliPrefix.None)>] Check of ParseResults<DataSourceArguments>
    | [<CliPrefix(CliPrefix.None)>] Synth of ParseResults<SynthArguments>

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Stats _ -> "pixels and images of every class, per split."
            | Check _ -> "read every image and label, and name each that is wrong."
            | Synth _ -> "write synthetic street scenes as files."

/// What `pat model summary` takes.
type ModelSummaryArguments =
    | [<MainCommand; ExactlyOnce>] Spelling of MODEL: string
    | [<Unique>] Input of NxCxHxW: string
    | [<Unique>] Classes of COUNT: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Spelling _ -> "such as unet or unet:width=16."
            | Input _ -> "the shape of the input; default 1x3x180x240."
            | Classes _ -> "classes that the model tells apart; default 11."

/// What `pat model run` takes.
[<RequireQualifiedAccess>]
type ModelRunArguments =
    | [<MainCommand; ExactlyOnce>] Spelling of MODEL: string
    | [<Mandatory; Unique>] Weights of FILE: string
    | [<Mandatory; Unique>] Input of FILE: string
    | [<Mandatory; Unique>] Out of FILE: string
    | [<Unique; CustomCommandLine("--train-mode")>] TrainMode
    | [<Unique; CustomCommandLine("--non-strict")>] NonStrict

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Spelling _ -> "such as deeplabv3:encoder=resnet50."
            | Weights _ -> "a .safetensors, .pt or .pth file; its head says how many classes there are."
            | Input _ -> "a .npy file, float32 images [N,C,H,W], normalised."
            | Out _ -> "the .npy file of the logits [N,classes,H,W] to write."
            | TrainMode -> "normalise by the batch's statistics, as training does."
            | NonStrict -> "take what fits, and list what doesn't."

/// `pat model …`.
type ModelArguments =
    | [<CliPrefix(CliPrefix.None); SubCommand>] List
    | [<CliPrefix(CliPrefix.None)>] Summary of ParseResults<ModelSummaryArguments>
    | [<CliPrefix(CliPrefix.None)>] Run of ParseResults<ModelRunArguments>

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | List -> "the models with their keys and defaults."
            | Summary _ -> "layers, shapes, parameters and multiply-adds."
            | ModelArguments.Run _ -> "logits of images, both .npy files, from weights."

/// What `pat weights inspect` takes.
[<RequireQualifiedAccess>]
type WeightsInspectArguments =
    | [<MainCommand; ExactlyOnce>] File of FILE: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | File _ -> "a .safetensors, .pt or .pth file."

/// What `pat weights convert` takes.
[<RequireQualifiedAccess>]
type WeightsConvertArguments =
    | [<MainCommand; ExactlyOnce>] Files of IN: string * OUT: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Files _ -> "two files, each .safetensors, .pt or .pth."

/// `pat weights …`.
[<RequireQualifiedAccess>]
type WeightsArguments =
    | [<CliPrefix(CliPrefix.None)>] Inspect of ParseResults<WeightsInspectArguments>
    | [<CliPrefix(CliPrefix.None)>] Convert of ParseResults<WeightsConvertArguments>

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Inspect _ -> "names, types and shapes in a .safetensors, .pt or .pth file."
            | Convert _ -> "write the weights of one file as another, in the format of its extension."

/// What `pat loss prove` takes.
[<RequireQualifiedAccess>]
type LossProveArguments =
    | [<MainCommand; ExactlyOnce>] Spelling of LOSS: string
    | [<Unique>] Classes of COUNT: int
    | [<Unique>] Counts of N0_N1: string
    | [<Unique>] Box of LO_HI: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Spelling _ -> "such as pat:temperature=20."
            | Classes _ -> "classes of statements over boxes of logits, 2 to 6; default 3."
            | Counts _ ->
                "the pixels of each class, as losses are told: N0,N1,…; default a long tail, 1000,100,10 of 3 classes."
            | Box _ -> "where every logit lies: LO,HI; default -10,10."

/// What `pat loss curve` takes.
[<RequireQualifiedAccess>]
type LossCurveArguments =
    | [<MainCommand; ExactlyOnce>] Spellings of LOSS: string list
    | [<Mandatory; Unique>] Out of FILE: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Spellings _ -> "one or more, such as ce pat:temperature=2 pat:temperature=20."
            | Out _ -> "the file to write: .svg, .html or .csv."

/// What computes a loss.
[<RequireQualifiedAccess>]
type LossKernelKind =
    | Definition
    | Composed
    | Fused

/// In what precision.
[<RequireQualifiedAccess>]
type FloatType =
    | Float32
    | Float64

/// What `pat loss eval` takes.
[<RequireQualifiedAccess>]
type LossEvalArguments =
    | [<MainCommand; ExactlyOnce>] Spelling of LOSS: string
    | [<Mandatory; Unique>] Logits of FILE: string
    | [<Mandatory; Unique>] Labels of FILE: string
    | [<Unique>] Counts of FILE: string
    | [<Unique>] Noise of FILE: string
    | [<Unique>] Kernel of LossKernelKind
    | [<Unique>] Dtype of FloatType
    | [<Unique>] Grad of FILE: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Spelling _ -> "such as pat:temperature=20."
            | Logits _ -> "a .npy file, float32 or float64 [N,C,H,W]."
            | Labels _ -> "a .npy file, integers [N,H,W]."
            | Counts _ ->
                "a .npy file, integers [C]: the pixels of each class in the training set, where the loss needs them."
            | Noise _ -> "a .npy file, floats [N,C,H,W] in [0, 1]: the variation of blv, or what seql draws."
            | Kernel _ -> "definition (the reference, in float64) or composed (tensor operations); default definition."
            | Dtype _ -> "precision of the logits; default: the file's."
            | Grad _ -> "write dL/dz there as .npy, in the type of the logits."

/// `pat loss …`.
type LossArguments =
    | [<CliPrefix(CliPrefix.None); SubCommand>] List
    | [<CliPrefix(CliPrefix.None); SubCommand>] Table1
    | [<CliPrefix(CliPrefix.None)>] Curve of ParseResults<LossCurveArguments>
    | [<CliPrefix(CliPrefix.None)>] Eval of ParseResults<LossEvalArguments>
    | [<CliPrefix(CliPrefix.None)>] Prove of ParseResults<LossProveArguments>

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | List -> "the losses with their keys and defaults."
            | Table1 -> "the paper's Table 1, computed, beside what it prints."
            | Curve _ -> "loss, weight and gain over the label's probability, as a drawing, a page or numbers."
            | Eval _ -> "a loss of logits and labels from .npy files, and its gradient."
            | Prove _ -> "the bounds that a loss promises: proved, or refuted with a point."

/// What `pat demo` takes.
type DemoArguments =
    | [<Unique>] Out of DIR: string
    | [<Unique>] Seed of NUMBER: int
    | [<Unique>] Epochs of COUNT: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Out _ -> "the folder of both runs and the report; default runs/demo."
            | Seed _ -> "default 0."
            | Epochs _ -> "passes over the synthetic scenes, for each loss; default 8."

/// What `pat bench step` takes.
type BenchStepArguments =
    | [<Unique>] Width of CHANNELS: int
    | [<Unique>] Size of HxW: string
    | [<Unique>] Batch of COUNT: int
    | [<Unique>] Threads of COUNT: int
    | [<Unique>] Rounds of COUNT: int
    | [<Unique>] Peer of PYTHON: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Width _ -> "channels of the U-Net's first level; default 32."
            | Size _ -> "height x width; default 180x240."
            | Batch _ -> "images a step; default 8."
            | Threads _ -> "threads of both sides; default: the processor's."
            | Rounds _ -> "turns of each side after one that is not counted; default 5."
            | Peer _ -> "the Python that has torch; default /usr/bin/python3."

/// What `pat bench loss` takes.
type BenchLossArguments =
    | [<Unique>] Shapes of NxCxHxW: string
    | [<Unique>] Losses of LOSSES: string
    | [<Unique>] Rounds of COUNT: int
    | [<Unique>] Threads of COUNT: int
    | [<Unique>] Peer of PYTHON: string
    | [<Unique>] Out of DIR: string
    | [<Hidden; Unique>] Peak of Upsampling

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Shapes _ ->
                "shapes, separated by commas; also with logits an eighth as high and wide, upsampled; default 4x19x256x512,8x12x180x240,1x150x512x512,2x3x256x256."
            | Losses _ -> "losses, separated by semicolons, such as 'ce; pat:temperature=20'; default: the catalogue's."
            | Rounds _ -> "turns of everyone after one that is not counted; default 7."
            | Threads _ -> "threads of both sides; default: the processor's."
            | Peer _ -> "the Python that has torch; default /usr/bin/python3."
            | Out _ -> "a folder for the table, loss.md, and the bars, loss.svg."
            | Peak _ -> "print only the bytes by which one pass of the one loss at the one shape makes memory grow."

/// What `pat bench memory` takes.
type BenchMemoryArguments =
    | [<Unique>] Steps of COUNT: int
    | [<Unique>] Threads of COUNT: int

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Steps _ -> "training steps; default 2000."
            | Threads _ -> "threads of libtorch; default: the processor's."

/// What `pat bench models` takes.
[<RequireQualifiedAccess>]
type BenchModelsArguments =
    | [<MainCommand>] Spellings of MODEL: string list
    | [<Unique>] Size of HxW: string
    | [<Unique>] Batch of COUNT: int
    | [<Unique>] Precision of Precision
    | [<Unique>] Threads of COUNT: int
    | [<Unique>] Rounds of COUNT: int
    | [<Unique>] Peer of PYTHON: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Spellings _ -> "the models; default: each of the catalogue, and DeepLabV3 over ResNet-50."
            | Size _ -> "height x width; default 180x240."
            | Batch _ -> "images a step; default 8."
            | Precision _ -> "arithmetic of the forward pass; default float32."
            | Threads _ -> "threads of both sides; default: the processor's."
            | Rounds _ -> "turns of each side after one that is not counted; default 3."
            | Peer _ -> "the Python that has torch and torchvision; default /usr/bin/python3."

/// `pat bench …`.
type BenchArguments =
    | [<CliPrefix(CliPrefix.None)>] Step of ParseResults<BenchStepArguments>
    | [<CliPrefix(CliPrefix.None)>] Loss of ParseResults<BenchLossArguments>
    | [<CliPrefix(CliPrefix.None)>] Memory of ParseResults<BenchMemoryArguments>
    | [<CliPrefix(CliPrefix.None)>] Models of ParseResults<BenchModelsArguments>
    | [<CliPrefix(CliPrefix.None); SubCommand>] Bridge

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Step _ -> "a training step against PyTorch's, in turns, in float32 and bf16."
            | Loss _ ->
                "every loss, fused and composed, against PyTorch's cross-entropy and tensor operations, in turns."
            | Models _ -> "step time, memory and images a second of each model; DeepLabV3 against torchvision's."
            | Memory _ -> "native tensors and resident memory over many training steps."
            | Bridge -> "a call from .NET to libtorch against the same call from C++."

/// `pat …`.
type PatArguments =
    | [<CliPrefix(CliPrefix.None); SubCommand>] Doctor
    | [<CliPrefix(CliPrefix.None)>] Train of ParseResults<TrainArguments>
    | [<CliPrefix(CliPrefix.None)>] Eval of ParseResults<EvalArguments>
    | [<CliPrefix(CliPrefix.None)>] Predict of ParseResults<PredictArguments>
    | [<CliPrefix(CliPrefix.None)>] Data of ParseResults<DataArguments>
    | [<CliPrefix(CliPrefix.None)>] Model of ParseResults<ModelArguments>
    | [<CliPrefix(CliPrefix.None)>] Weights of ParseResults<WeightsArguments>
    | [<CliPrefix(CliPrefix.None)>] Loss of ParseResults<LossArguments>
    | [<CliPrefix(CliPrefix.None)>] Demo of ParseResults<DemoArguments>
    | [<CliPrefix(CliPrefix.None)>] Bench of ParseResults<BenchArguments>
    | [<Inherit>] Json
    | [<Inherit>] Debug

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Doctor -> "what this machine offers: libtorch, BLAS, threads, CUDA, codecs."
            | Train _ -> "train a model."
            | Eval _ -> "score a run on a split: IoU of every class, the long tail, the confusion matrix."
            | Predict _ -> "segment images."
            | Data _ -> "look at data, check it, or write synthetic scenes."
            | Model _ -> "the models, what they cost and what they compute."
            | PatArguments.Weights _ -> "look into files of weights, and convert them."
            | Loss _ -> "the losses."
            | Demo _ -> "train cross-entropy and PAT on synthetic streets and write a page that compares them."
            | Bench _ -> "speed and memory against a named peer."
            | Json -> "one JSON object on stdout and nothing else there."
            | Debug ->
                "show the stack trace of a failure; train and loss eval name the first logit that is no finite number."
