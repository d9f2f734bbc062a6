/// `pat model run`: what a model computes from given weights, to hold against another framework.
module PatFramework.Experiments.ModelRunVerb

open System
open Argu
open Spectre.Console
open TorchSharp
open PatFramework.Core.Models
open PatFramework.Core.Weights
open PatFramework.Experiments.Arguments

/// The images in a file, [N,C,H,W] float32.
let private images path =
    let array = Npy.read path

    match array.Values, array.Shape with
    | Npy.Floats values, [ _; _; _; _ ] ->
        torch.tensor (Array.map float32 values, array.Shape |> List.map int64 |> List.toArray)
    | _ ->
        let shape = array.Shape |> List.map string |> String.concat ","
        Outcome.fail $"{path} holds [{shape}] of '{array.Descriptor}': give images [N,C,H,W] of float32."

/// How many classes the head in the weights tells apart.
let private classes choice channels (weights: WeightsContent) file =
    use model = ModelChoice.createFor channels 1 choice

    let isHead (name: string) =
        model.IsHead name && name.EndsWith(".weight", StringComparison.Ordinal)

    match weights.Tensors |> Seq.tryFind (fun entry -> isHead entry.Key) with
    | Some head -> int head.Value.shape[0]
    | None ->
        let heads = String.Join(" or ", model.Heads)
        Outcome.fail $"{file} has no head of {choice.Spelling} ({heads}): give weights of that model."

let private load strict (model: SegmentationModel) (weights: WeightsContent) file : string list =
    if strict then
        StateDict.Load(model, weights.Tensors, file)
        []
    else
        let report = StateDict.LoadMatching(model, weights.Tensors, file)
        [ for fault in report.Faults -> $"{file} {fault}" ]

let private logits (model: SegmentationModel) (input: torch.Tensor) trainMode =
    use _guard = torch.no_grad ()
    model.train trainMode
    model.call input

let private json spelling (shape: int64[]) (notes: string list) () =
    Terminal.json
        [ "model", Terminal.jsonText spelling
          "output", Terminal.jsonArray [ for side in shape -> Terminal.jsonCount side ]
          "notes", Terminal.jsonArray [ for note in notes -> Terminal.jsonText note ] ]

/// Runs `pat model run`.
let run output (arguments: ParseResults<ModelRunArguments>) =
    use _scope = torch.NewDisposeScope()
    let file = arguments.GetResult ModelRunArguments.Weights
    let out = arguments.GetResult ModelRunArguments.Out

    let choice = arguments.GetResult ModelRunArguments.Spelling |> ModelChoice.parse |> Outcome.orFail

    use weights = WeightsFile.Read file
    let input = arguments.GetResult ModelRunArguments.Input |> images
    let channels = int input.shape[1]
    use model = ModelChoice.createFor channels (classes choice channels weights file) choice
    let notes = load (not (arguments.Contains ModelRunArguments.NonStrict)) model weights file
    let result = logits model input (arguments.Contains ModelRunArguments.TrainMode)
    let values = result.contiguous().data<float32>().ToArray() |> Array.map float
    Npy.writeFloats out "<f4" (result.shape |> Array.map int |> List.ofArray) values

    Terminal.emit output (json choice.Spelling result.shape notes) (fun (console: IAnsiConsole) ->
        notes |> List.iter console.WriteLine
        let shape = result.shape |> Array.map string |> String.concat "x"
        console.WriteLine $"{choice.Spelling}: logits {shape} in {out}")

    0
