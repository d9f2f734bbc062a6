/// `pat model run`, `pat weights …` and `pat train --init-encoder` as a user meets them.
namespace PatFramework.Properties

open System
open System.Collections.Generic
open System.IO
open NUnit.Framework
open TorchSharp
open PatFramework.Core.Models
open PatFramework.Core.Training
open PatFramework.Core.Weights
open PatFramework.Experiments

[<TestFixture; NonParallelizable>]
type WeightsVerbTests() =

    let mutable folder = ""
    let inFolder name = Path.Combine(folder, name)

    let pat = Ran.pat
    let json = Ran.json

    let refused (code: int) (expected: string) arguments =
        let ran = pat arguments
        Assert.That(ran.Code, Is.EqualTo code, ran.Error)
        Assert.That(ran.Error, Does.Contain expected)

    let save (model: SegmentationModel) name =
        WeightsFile.Write(inFolder name, model.state_dict ())
        inFolder name

    let saveImages name (images: torch.Tensor) =
        let shape = images.shape |> Array.map int |> List.ofArray
        Npy.writeFloats (inFolder name) "<f4" shape (Make.values images)
        inFolder name

    let read (path: string) =
        match (Npy.read path).Values with
        | Npy.Floats values -> values
        | Npy.Integers _ -> failwith "logits are no integers"

    [<SetUp>]
    member _.MakeFolder() =
        folder <- Directory.CreateTempSubdirectory("pat-weights-").FullName

    [<TearDown>]
    member _.DeleteFolder() = Directory.Delete(folder, true)

    [<TestCase("unet:width=4,depth=3")>]
    [<TestCase("deeplabv3:encoder=resnet18,aux=true,width=4,pyramid=8,dropout=0")>]
    member _.``a model runs from its weights, in both modes``(spelling: string) =
        use _scope = torch.NewDisposeScope()
        let model = Make.model 3L 5 spelling
        let images = Make.normal [ 2; 3; 19; 26 ]
        let weights = save model "w.pth"
        let input = saveImages "x.npy" images
        let out = inFolder "y.npy"
        let run = [ "model"; "run"; spelling; "--weights"; weights; "--input"; input; "--out"; out ]
        use _guard = torch.no_grad ()

        for mode in [ []; [ "--train-mode" ] ] do
            let result = json (run @ mode)
            model.train (not mode.IsEmpty)
            Expect.same (Make.values (model.call images)) (read out)
            let sides = [ for side in result.GetProperty("output").EnumerateArray() -> side.GetInt64() ]
            Expect.same [ 2L; 5L; 19L; 26L ] sides

    [<Test>]
    member _.``weights of another model are refused, or what fits is taken``() =
        use _scope = torch.NewDisposeScope()
        let weights = save (Make.model 3L 5 "unet:width=4,depth=3") "w.safetensors"
        let input = saveImages "x.npy" (Make.normal [ 1; 3; 16; 16 ])
        let out = inFolder "y.npy"

        let run spelling =
            [ "model"; "run"; spelling; "--weights"; weights; "--input"; input; "--out"; out ]

        run "unet:width=4,depth=2" |> refused 1 "has unexpectedly"
        run "deeplabv3" |> refused 1 "has no head of deeplabv3"
        let notes = json (run "unet:width=4,depth=2" @ [ "--non-strict" ])
        Expect.contains "has unexpectedly" (notes.GetProperty("notes").GetRawText())

        [ "model"; "run"; "unet"; "--weights"; weights; "--input"; weights; "--out"; out ]
        |> refused 1 "no .npy file"

    [<Test>]
    member _.``files are inspected and converted``() =
        use _scope = torch.NewDisposeScope()
        let model = Make.model 3L 5 "unet:width=4,depth=2"
        let source = save model "w.safetensors"
        let target = inFolder "w.pt"
        json [ "weights"; "convert"; source; target ] |> ignore
        use back = WeightsFile.Read target
        let values (tensors: IReadOnlyDictionary<string, torch.Tensor>) name = Make.values tensors[name]

        for entry in model.state_dict () do
            Expect.same (Make.values entry.Value) (values back.Tensors entry.Key)

        let inspected = json [ "weights"; "inspect"; target ]

        let elements = model.state_dict () |> Seq.sumBy (fun entry -> entry.Value.numel ())

        Expect.same elements (inspected.GetProperty("elements").GetInt64())
        Expect.same (model.state_dict().Count) (inspected.GetProperty("tensors").GetArrayLength())
        [ "weights"; "inspect"; inFolder "missing.pt" ] |> refused 1 "could not be read"
        [ "weights"; "convert"; source; inFolder "w.bin" ] |> refused 1 "has no extension of weights"
        [ "weights"; "convert"; source ] |> refused 2 "weights convert --help"

    [<Test>]
    member _.``training starts from a pretrained encoder``() =
        use _scope = torch.NewDisposeScope()
        let spelling = "unet:encoder=resnet18,width=4"
        let source = Make.model 3L 5 spelling
        let weights = save source "w.pth"
        let out = inFolder "run"

        let train more =
            [ "train"; "--data"; "synth:count=4"; "--out"; out; "--epochs"; "1"; "--size"; "32x48" ]
            @ [ "--batch"; "2"; "--lr"; "1e-9"; "--model"; spelling ]
            @ more

        train [ "--init-encoder"; weights ] |> json |> ignore
        use trained = WeightsFile.Read(RunFolder.Open(out).LastWeights)

        for entry in source.state_dict () do
            let found = trained.Tensors[entry.Key]

            if entry.Key.EndsWith "conv1.weight" && source.IsEncoder entry.Key then
                Expect.near 1e-6 0.0 (Array.map2 (-) (Make.values entry.Value) (Make.values found) |> Array.maxBy abs)

        train [ "--init-encoder"; weights; "--model"; "unet" ] |> refused 2 "--model"

        [ "train"; "--data"; "synth:count=4"; "--out"; inFolder "other"; "--init-encoder"; weights ]
        |> refused 1 "holds no encoder of unet"

        Expect.same false (Directory.Exists(inFolder "other"))
