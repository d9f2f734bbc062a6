/// Weights into a model by name: all of them, or a list of what doesn't fit; what fits; an encoder alone.
module PatFramework.Properties.StateDictTests

open System.Collections.Generic
open NUnit.Framework
open TorchSharp
open PatFramework.Core.Models
open PatFramework.Core.Models.Unet
open PatFramework.Core.Weights

let private copies (model: SegmentationModel) =
    Dictionary(model.state_dict () |> Seq.map (fun pair -> KeyValuePair(pair.Key, pair.Value.detach().clone())))

let private one (count: int64) =
    torch.ones ([| count |], torch.ScalarType.Float32)

[<Test>]
let ``weights load by name, all or none`` () =
    use _scope = torch.NewDisposeScope()
    use source = new UNet(2, width = 2, depth = 2)
    use target = new UNet(2, width = 2, depth = 2)
    let weights = copies source
    StateDict.Load(target, weights, "w")
    Expect.same (Make.state source) (Make.state target)

    let before = Make.state target
    weights["encoder.0.conv1.weight"].fill_ 9.0 |> ignore
    weights.Remove "up.0.bias" |> ignore
    weights["extra"] <- one 1L
    weights["head.bias"] <- one 5L

    let message = Expect.refusal (fun () -> StateDict.Load(target, weights, "w.safetensors"))

    message
    |> Expect.startsWith "w.safetensors does not fit the model: it lacks up.0.bias; it has unexpectedly extra;"

    message |> Expect.contains "head.bias ([5] for [2])"
    Expect.same before (Make.state target)

[<Test>]
let ``what fits loads without the rest, and the rest is reported`` () =
    use _scope = torch.NewDisposeScope()
    use source = new UNet(2, width = 2, depth = 2)
    use target = new UNet(3, width = 2, depth = 2)
    let weights = copies source
    let head = target.state_dict()["head.weight"] |> Make.values
    weights.Remove "up.0.bias" |> ignore
    weights["extra"] <- one 1L
    let report = StateDict.LoadMatching(target, weights, "w")
    Expect.sameItems [ "up.0.bias" ] report.Missing
    Expect.sameItems [ "extra" ] report.Unexpected
    Expect.sameItems [ "head.bias"; "head.weight" ] (report.Mismatched |> Seq.map _.Name |> Seq.sort)
    Expect.same head (target.state_dict()["head.weight"] |> Make.values)

    let conv (model: UNet) =
        model.state_dict()["encoder.1.conv2.weight"] |> Make.values

    Expect.same (conv source) (conv target)

    Expect.refusal (fun () -> StateDict.LoadMatching(target, Dictionary(dict [ "extra", one 1L ]), "w") |> ignore)
    |> Expect.contains "does not fit the model at all"

[<Test>]
let ``another number of classes is refused with the way to a new head`` () =
    use _scope = torch.NewDisposeScope()
    use source = new UNet(21, width = 2, depth = 2)
    use target = new UNet(11, width = 2, depth = 2)
    let message = Expect.refusal (fun () -> StateDict.Load(target, copies source, "w"))
    message |> Expect.contains "it tells 21 classes apart and the model 11"
    message |> Expect.contains "--init-encoder"

/// PyTorch before 0.4.1 wrote no counters of batches; torchvision's older files have none.
[<Test>]
let ``counters of batches may be missing and are 0 then`` () =
    use _scope = torch.NewDisposeScope()
    use source = new UNet(2, width = 2, depth = 2)
    use target = new UNet(2, width = 2, depth = 2)
    target.call (Make.normal [ 2; 3; 8; 8 ]) |> ignore
    let weights = copies source

    for name in List.ofSeq weights.Keys do
        if name.EndsWith "num_batches_tracked" then
            weights.Remove name |> ignore

    StateDict.Load(target, weights, "w")
    Expect.same (Make.state source) (Make.state target)

let private encoder (model: SegmentationModel) =
    Make.state model
    |> List.filter (fun (name, _) -> model.IsEncoder name)
    |> List.map (fun (name, values) -> name.Substring(model.EncoderPath.Length + 1), values)
    |> List.sortBy fst

[<TestCase("deeplabv3:encoder=resnet18,width=4,pyramid=8", "unet:encoder=resnet18,width=4")>]
[<TestCase("unet:encoder=resnet18,width=4", "deeplabv3plus:encoder=resnet18,width=4,pyramid=8")>]
[<TestCase("attunet:width=4", "unet:width=4")>]
[<TestCase("unetpp:encoder=resnet18,width=4", "unetpp:encoder=resnet18,width=4")>]
let ``an encoder moves from one model to another`` (from: string, towards: string) =
    use _scope = torch.NewDisposeScope()
    let source, target = Make.model 1L 5 from, Make.model 2L 3 towards

    let rest () =
        Make.state target |> List.filter (fst >> target.IsEncoder >> not)

    let before = rest ()
    StateDict.LoadEncoder(target, copies source, "w")
    Expect.same (encoder source) (encoder target)
    Expect.same before (rest ())

[<Test>]
let ``torchvision's weights of a ResNet with its classifier are an encoder`` () =
    use _scope = torch.NewDisposeScope()
    let source = Make.model 1L 5 "unet:encoder=resnet18,width=4"
    let target = Make.model 2L 3 "deeplabv3:encoder=resnet18,width=4,pyramid=8"

    let weights =
        [ for entry in copies source do
              if source.IsEncoder entry.Key then
                  entry.Key.Substring "encoder.".Length, entry.Value
          "fc.weight", one 1000L ]

    StateDict.LoadEncoder(target, Dictionary(dict weights), "resnet18.pth")
    Expect.same (encoder source) (encoder target)

    let other = Make.model 2L 3 "deeplabv3:encoder=resnet34,width=4,pyramid=8"
    let before = Make.state other

    let message =
        Expect.refusal (fun () -> StateDict.LoadEncoder(other, Dictionary(dict weights), "resnet18.pth"))

    message
    |> Expect.startsWith "resnet18.pth holds no encoder of deeplabv3: it lacks layer1.2.bn1.bias"

    Expect.same before (Make.state other)
