/// `pat loss eval`: a loss of logits and labels from files, by its definition or by a kernel, and its gradient.
module PatFramework.Experiments.LossEvalVerb

open Argu
open Spectre.Console
open PatFramework.Core.Kernels
open PatFramework.Experiments.Arguments
open PatFramework.Experiments.Npy
open PatFramework.Losses
open TorchSharp

let private sides (shape: int list) =
    shape |> List.map string |> String.concat "×"

/// z [N,C,H,W] with the type that the gradient gets too.
let private logits path =
    match read path with
    | { Values = Floats values; Shape = [ n; c; h; w ] } as array ->
        let shape = { Images = n; Classes = c; Height = h; Width = w }
        values, shape, array.Descriptor
    | { Shape = shape; Descriptor = descriptor } ->
        Outcome.fail
            $"{path}: logits are float32 or float64 of shape N×C×H×W; received '{descriptor}' of shape {sides shape}."

/// y [N,H,W].
let private labels path (shape: BatchShape) =
    match read path with
    | { Values = Integers values; Shape = [ n; h; w ] } when (n, h, w) = (shape.Images, shape.Height, shape.Width) ->
        values
    | { Shape = received; Descriptor = descriptor } ->
        Outcome.fail
            $"{path}: labels for these logits are integers of shape {shape.Images}×{shape.Height}×{shape.Width}; received '{descriptor}' of shape {sides received}."

/// n [C].
let private counts path =
    match read path with
    | { Values = Integers values; Shape = [ _ ] } -> values
    | { Shape = shape; Descriptor = descriptor } ->
        Outcome.fail $"{path}: class counts are integers of shape C; received '{descriptor}' of shape {sides shape}."

/// v [N,C,H,W].
let private noise path =
    match read path with
    | { Values = Floats values; Shape = [ _; _; _; _ ] } -> values
    | { Shape = shape; Descriptor = descriptor } ->
        Outcome.fail
            $"{path}: the variation is of floats of shape N×C×H×W, like the logits; received '{descriptor}' of shape {sides shape}."

/// The loss with --counts and --noise.
let private told (arguments: ParseResults<LossEvalArguments>) (loss: Loss) =
    let given =
        { Given.nothing with
            Counts = arguments.TryGetResult LossEvalArguments.Counts |> Option.map counts
            Variation = arguments.TryGetResult LossEvalArguments.Noise |> Option.map noise }

    if given.Counts.IsNone && Definition.needsCounts loss.Definition then
        Outcome.fail
            $"{Catalogue.print loss} needs the pixels of each class in the training set: give --counts FILE.npy."

    Definition.bind given loss.Definition |> Outcome.orFail

let private rounded descriptor (values: float[]) =
    if descriptor = "<f4" then Array.map (float32 >> float) values else values

let private byDefinition definition (batch: LogitBatch) =
    let struct (loss, gradient) =
        try
            Definition.valueAndGradient definition batch
        with :? System.ArgumentException as problem ->
            Outcome.fail (problem.Message.Split(" (Parameter")[0])

    loss, gradient

/// z [N,C,H,W] as a tensor.
let private tensorOf descriptor (batch: LogitBatch) : torch.Tensor =
    let s = batch.Shape
    let images, classes, height, width = int64 s.Images, int64 s.Classes, int64 s.Height, int64 s.Width

    let dtype =
        if descriptor = "<f4" then
            torch.ScalarType.Float32
        else
            torch.ScalarType.Float64

    torch.tensor(batch.Logits).reshape(images, classes, height, width).``to`` dtype

/// The elements of a tensor in row-major order. (TorchSharp refuses to copy those of an empty tensor.)
let private elements (tensor: torch.Tensor) : float[] =
    if tensor.numel () = 0L then
        [||]
    else
        tensor.``to``(torch.ScalarType.Float64).contiguous().data<float>().ToArray()

/// A kernel in the logits' own precision, with autograd's gradient; its state stays as it was given.
let private byKernel (kernel: LossKernel) descriptor (batch: LogitBatch) =
    let s = batch.Shape
    use _scope = torch.NewDisposeScope()
    kernel.eval ()
    let z = (tensorOf descriptor batch).requires_grad_()
    let y = torch.tensor(batch.Labels).reshape(int64 s.Images, int64 s.Height, int64 s.Width)
    let loss = kernel.forward (z, y)
    let gradients = torch.autograd.grad ([| loss |], [| z |])
    loss.``to``(torch.ScalarType.Float64).item<float>(), elements gradients[0]

let private descriptorOf (arguments: ParseResults<LossEvalArguments>) own =
    match arguments.TryGetResult LossEvalArguments.Dtype with
    | Some FloatType.Float32 -> "<f4"
    | Some FloatType.Float64 -> "<f8"
    | None -> own

let private refuseNonFinite descriptor batch =
    use _scope = torch.NewDisposeScope()
    NonFinite.Refuse(tensorOf descriptor batch)

/// Evaluates and, with --grad, writes dL/dz in the logits' own type.
let run output debug (arguments: ParseResults<LossEvalArguments>) =
    let loss = arguments.GetResult LossEvalArguments.Spelling |> Catalogue.parse |> Outcome.orFail

    let z, shape, own = arguments.GetResult LossEvalArguments.Logits |> logits
    let descriptor = descriptorOf arguments own
    let kernel = arguments.GetResult(LossEvalArguments.Kernel, LossKernelKind.Definition)

    let batch =
        { Shape = shape
          Logits = rounded descriptor z
          Labels = labels (arguments.GetResult LossEvalArguments.Labels) shape }

    let definition = told arguments loss

    if debug then
        refuseNonFinite descriptor batch

    let value, gradient =
        match kernel with
        | LossKernelKind.Definition -> byDefinition definition batch
        | LossKernelKind.Composed ->
            use kernel = KernelFactory.Composed definition
            byKernel kernel descriptor batch
        | LossKernelKind.Fused ->
            use kernel = KernelFactory.Fused definition
            byKernel kernel descriptor batch

    arguments.TryGetResult LossEvalArguments.Grad
    |> Option.iter (fun path ->
        writeFloats path own [ shape.Images; shape.Classes; shape.Height; shape.Width ] gradient)

    let name = (string kernel).ToLowerInvariant()

    let json () =
        Terminal.json
            [ "loss", Terminal.jsonNumber value
              "kernel", Terminal.jsonText name
              "spelling", Terminal.jsonText (Catalogue.print loss) ]

    Terminal.emit output json (fun console ->
        console.WriteLine $"{Catalogue.print loss}: {value:R} ({name}, logits {descriptor})")

    0
