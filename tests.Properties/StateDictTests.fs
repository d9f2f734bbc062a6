/// Weights into a model by name: all of them, or a list of what doesn't fit.
module PatFramework.Properties.StateDictTests

open System.Collections.Generic
open NUnit.Framework
open TorchSharp
open PatFramework.Core.Models.Unet
open PatFramework.Core.Training

let private copies (model: UNet) =
    Dictionary(model.state_dict () |> Seq.map (fun pair -> KeyValuePair(pair.Key, pair.Value.detach().clone())))

[<Test>]
let ``weights load by name, all or none`` () =
    use _scope = torch.NewDisposeScope()
    use source = new UNet(2, width = 2, depth = 2)
    use target = new UNet(2, width = 2, depth = 2)
    let weights = copies source
    StateDict.Load(target, weights, "w")

    let bytes (model: UNet) =
        model.state_dict () |> Seq.map (fun pair -> pair.Value.bytes.ToArray()) |> List.ofSeq

    Expect.same (bytes source) (bytes target)

    let before = bytes target
    weights["encoder.0.conv1.weight"].fill_ 9.0 |> ignore
    weights.Remove "up.0.bias" |> ignore
    weights["extra"] <- torch.ones ([| 1L |], torch.ScalarType.Float32)
    weights["head.bias"] <- torch.ones ([| 5L |], torch.ScalarType.Float32)

    let message = Expect.refusal (fun () -> StateDict.Load(target, weights, "w.safetensors"))

    message
    |> Expect.startsWith "w.safetensors does not fit the model: it lacks up.0.bias; it has unexpectedly extra;"

    message |> Expect.contains "head.bias ([5] for [2])"
    Expect.same before (bytes target)
