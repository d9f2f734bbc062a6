/// Models, images and derivatives for the tests of architectures.
namespace PatFramework.Properties

open System.Collections.Generic
open TorchSharp
open PatFramework.Core.Models
open PatFramework.Experiments

module internal Make =
    let noKeys: IReadOnlyDictionary<string, string> = Dictionary()

    let keys (pairs: (string * string) list) : IReadOnlyDictionary<string, string> = Dictionary(dict pairs)

    let normal (shape: int list) : torch.Tensor =
        torch.randn (shape |> List.map int64 |> List.toArray, torch.ScalarType.Float32)

    let normal64 (shape: int list) : torch.Tensor =
        torch.randn (shape |> List.map int64 |> List.toArray, torch.ScalarType.Float64)

    let values (tensor: torch.Tensor) : float[] =
        tensor.detach().``to``(torch.ScalarType.Float64).contiguous().reshape(-1L).data<float>().ToArray()

    let variable (tensor: torch.Tensor) : torch.Tensor =
        tensor.detach().clone().requires_grad_ true

    /// d(Σ factor · output) by each input.
    let gradients (output: torch.Tensor) (factor: torch.Tensor) (inputs: torch.Tensor list) : float[] list =
        let sum = output.mul(factor).sum()

        torch.autograd.grad (ResizeArray [ sum ], ResizeArray inputs) |> Seq.map values |> List.ofSeq

    /// The model of a spelling, with weights drawn from the seed.
    let model (seed: int64) (classes: int) (spelling: string) : SegmentationModel =
        torch.manual_seed seed |> ignore
        ModelChoice.parse spelling |> Outcome.orFail |> ModelChoice.create classes

    let parameters (model: SegmentationModel) : torch.Tensor list =
        [ for p in model.parameters () -> p :> torch.Tensor ]

    /// Parameters and buffers.
    let state (model: SegmentationModel) : (string * float[]) list =
        [ for entry in model.state_dict () -> entry.Key, values entry.Value ]

    /// The same elements, the channels of a pixel side by side.
    let channelsLast (images: torch.Tensor) : torch.Tensor =
        images.permute(0L, 2L, 3L, 1L).contiguous().permute(0L, 3L, 1L, 2L)

/// What the contract is held against, at widths that run in a blink.
module internal ModelMembers =
    /// An entry's smallest spelling: the width is 4 where it has one.
    let private small (entry: ModelEntry) =
        let has name =
            entry.Keys |> Seq.exists (fun key -> key.Name = name)

        [ if has "width" then
              "width=4"
          if has "pyramid" then
              "pyramid=8" ]
        |> String.concat ","
        |> sprintf "%s:%s" entry.Name

    /// Every entry over every encoder; the deeper of two ResNets with the same kind of block adds nothing.
    let all =
        [| for entry in ModelCatalogue.Entries do
               small entry

               if entry.Keys |> Seq.exists (fun key -> key.Name = "encoder") then
                   small entry + ",encoder=resnet18"

                   if entry.Name.StartsWith "deeplab" then
                       small entry + ",encoder=resnet50" |]

    /// A spelling with one key more.
    let spelled (spelling: string) key value = $"{spelling},{key}={value}"

    let create spelling classes = Make.model 3L classes spelling

    /// Without the randomness of dropout.
    let createWithoutDropout spelling classes =
        create (spelled spelling "dropout" "0") classes

    /// The smallest batch and a size that training takes, odd.
    let training (model: SegmentationModel) =
        let side = 2 * model.Stride + 3
        Make.normal [ model.MinimumTrainingBatch; 3; side; side + 4 ]
