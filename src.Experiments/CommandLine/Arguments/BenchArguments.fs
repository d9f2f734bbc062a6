namespace PatFramework.Experiments.Arguments

open Argu
open PatFramework.Core.Kernels
open PatFramework.Core.Training

/// What `pat bench step` takes.
[<RequireQualifiedAccess>]
type BenchStepArguments =
    | [<Unique>] Width of CHANNELS: int
    | [<Unique>] Size of HxW: string
    | [<Unique>] Batch of COUNT: int
    | [<Unique>] Threads of COUNT: int
    | [<Unique>] Device of DeviceKind
    | [<Unique>] Repetitions of COUNT: int
    | [<Unique>] Compile
    | [<Unique>] Rounds of COUNT: int
    | [<Unique>] Peer of PYTHON: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Width _ -> "channels of the U-Net's first level; default 32."
            | Size _ -> "height x width; default 180x240."
            | Batch _ -> "images a step; default 8."
            | Threads _ -> "threads of both sides; default: the processor's."
            | Device _ -> "where both sides compute: cpu or cuda; default cpu."
            | Repetitions _ -> "steps in a row that a turn is the mean of; default 1, on a GPU 10."
            | Compile -> "also against torch.compile's form of the peer's step, in bf16."
            | Rounds _ -> "turns of each side after one that is not counted; default 5."
            | Peer _ -> "the Python that has torch; default /usr/bin/python3."

/// What `pat bench loss` takes.
[<RequireQualifiedAccess>]
type BenchLossArguments =
    | [<Unique>] Shapes of NxCxHxW: string
    | [<Unique>] Types of TYPES: string
    | [<Unique>] Losses of LOSSES: string
    | [<Unique>] Rounds of COUNT: int
    | [<Unique>] Threads of COUNT: int
    | [<Unique>] Device of DeviceKind
    | [<Unique>] Repetitions of COUNT: int
    | [<Unique>] Compile
    | [<Unique>] Plain
    | [<Unique>] Peer of PYTHON: string
    | [<Unique>] Out of DIR: string
    | [<Hidden; Unique>] Peak of Upsampling

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Shapes _ ->
                "shapes, separated by commas; also with logits an eighth as high and wide, upsampled; default 4x19x256x512,8x12x180x240,1x150x512x512,2x3x256x256, on a GPU 8x19x512x1024."
            | Types _ ->
                "the types of the logits: float32, bfloat16 or both with a comma between; default float32, on a GPU both."
            | Losses _ -> "losses, separated by semicolons, such as 'ce; pat:temperature=20'; default: the catalogue's."
            | Device _ -> "where everyone computes: cpu or cuda; default cpu."
            | Repetitions _ -> "passes in a row that a turn is the mean of; default 1, on a GPU 20."
            | Compile -> "also against torch.compile's form of the peer's tensor operations."
            | Plain -> "no upsampled logits."
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
    | [<Unique>] Device of DeviceKind
    | [<Unique>] Repetitions of COUNT: int
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
            | Device _ -> "where both sides compute: cpu or cuda; default cpu."
            | Repetitions _ -> "steps in a row that a turn is the mean of; default 1, on a GPU 5."
            | Rounds _ -> "turns of each side after one that is not counted; default 3."
            | Peer _ -> "the Python that has torch and torchvision; default /usr/bin/python3."

/// What `pat bench data` takes.
[<RequireQualifiedAccess>]
type BenchDataArguments =
    | [<Mandatory; Unique>] Data of SPEC: string
    | [<Unique>] Split of NAME: string
    | [<Unique>] Size of HxW: string
    | [<Unique>] Batch of COUNT: int
    | [<Unique>] Workers of COUNT: int
    | [<Unique>] Rounds of COUNT: int
    | [<Unique>] Peer of PYTHON: string

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Data _ -> "a data set of files, such as camvid:DIR."
            | Split _ -> "default train."
            | Size _ -> "height x width; default 180x240."
            | Batch _ -> "images a batch; default 8."
            | Workers _ -> "threads of our loader, processes of PyTorch's; default: the processor's threads."
            | Rounds _ -> "turns of each way after one that is not counted; default 5."
            | Peer _ -> "the Python that has torch and torchvision; default /usr/bin/python3."

/// `pat bench …`.
type BenchArguments =
    | [<CliPrefix(CliPrefix.None)>] Step of ParseResults<BenchStepArguments>
    | [<CliPrefix(CliPrefix.None)>] Loss of ParseResults<BenchLossArguments>
    | [<CliPrefix(CliPrefix.None)>] Memory of ParseResults<BenchMemoryArguments>
    | [<CliPrefix(CliPrefix.None)>] Models of ParseResults<BenchModelsArguments>
    | [<CliPrefix(CliPrefix.None)>] Data of ParseResults<BenchDataArguments>
    | [<CliPrefix(CliPrefix.None); SubCommand>] Bridge

    interface IArgParserTemplate with
        member argument.Usage =
            match argument with
            | Step _ -> "a training step against PyTorch's, in turns, in float32 and bf16."
            | Loss _ ->
                "every loss, fused and composed, against PyTorch's cross-entropy and tensor operations, in turns."
            | Models _ -> "step time, memory and images a second of each model; DeepLabV3 against torchvision's."
            | Memory _ -> "native tensors and resident memory over many training steps."
            | Data _ -> "images a second of the loader, decoded and cached, against torchvision's, in turns."
            | Bridge -> "a call from .NET to libtorch against the same call from C++."
