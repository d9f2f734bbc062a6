/// What every architecture promises, held against each entry of the catalogue, and closed forms for its parts.
namespace PatFramework.Properties

open System
open System.Collections.Generic
open NUnit.Framework
open FsCheck.FSharp
open TorchSharp
open TorchSharp.Modules
open PatFramework.Core
open PatFramework.Core.Models
open PatFramework.Core.Models.Unet
open PatFramework.Properties.Comparison

module private Make =
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

/// The contract. Small widths where an architecture has one, so that it runs in a blink.
[<TestFixtureSource(typeof<ModelContract>, "Members")>]
type ModelContract(name: string) =
    static member Members = ModelCatalogue.Entries |> Seq.map _.Name |> Seq.toArray

    member private _.Create classes =
        let entry = ModelCatalogue.Find name

        let small =
            if entry.Keys |> Seq.exists (fun key -> key.Name = "width") then
                [ "width", "4" ]
            else
                []

        ModelCatalogue.Create(name, Make.keys small, classes)

    [<TestCase(1, 0, 1)>]
    [<TestCase(1, 17, 2)>]
    [<TestCase(2, 5, 14)>]
    member test.``logits have the input's size and a channel a class``(batch: int, extraRows: int, extraColumns: int) =
        use _scope = torch.NewDisposeScope()
        let model = test.Create 7
        model.eval ()
        let height, width = model.MinimumSize + extraRows, model.MinimumSize + extraColumns
        let logits = model.call (Make.normal [ batch; 3; height; width ])
        Expect.same [| int64 batch; 7L; int64 height; int64 width |] (logits.shape)

    [<Test>]
    member test.``every parameter gets a gradient from an odd size and a batch of one``() =
        use _scope = torch.NewDisposeScope()
        let model = test.Create 5
        let side = 2 * model.Stride + 3
        let logits = model.call (Make.normal [ 1; 3; side; side + 4 ])
        let factor = torch.randn (logits.shape, torch.ScalarType.Float32)

        let named =
            model.named_parameters () |> Seq.map (fun struct (name, p) -> name, p :> torch.Tensor) |> List.ofSeq

        let all = Make.gradients logits factor (List.map snd named)

        let dead =
            List.zip (List.map fst named) all
            |> List.filter (snd >> Array.exists (fun g -> g <> 0.0 && Double.IsFinite g) >> not)
            |> List.map fst

        Expect.sameItems [] dead

    /// Along one random direction in image and parameters together, so that no path may be cut.
    [<Test>]
    member test.``the gradient is the derivative``() =
        use _scope = torch.NewDisposeScope()
        torch.manual_seed 3L |> ignore
        let model = (test.Create 3).``to`` torch.ScalarType.Float64
        model.eval ()
        let image = Make.normal64 [ 2; 3; model.MinimumSize + 3; model.MinimumSize + 6 ] |> Make.variable
        let inputs = image :: [ for p in model.parameters () -> p :> torch.Tensor ]
        let directions = inputs |> List.map (fun x -> torch.randn (x.shape, torch.ScalarType.Float64))
        let factor = torch.randn ((model.call image).shape, torch.ScalarType.Float64)

        let derivative =
            List.map2
                (Array.map2 (*))
                (Make.gradients (model.call image) factor inputs)
                (List.map Make.values directions)
            |> List.sumBy Array.sum

        let step = 1e-7
        use _guard = torch.no_grad ()

        let movedBy (t: float) =
            List.iter2
                (fun (x: torch.Tensor) (d: torch.Tensor) -> x.add_ (d.mul (t.ToScalar())) |> ignore)
                inputs
                directions

            (model.call(image).mul(factor).sum() |> Make.values)[0]

        let after = movedBy step
        let before = movedBy (-2.0 * step)
        equal differences "along the direction" derivative ((after - before) / (2.0 * step))

    [<Test>]
    member test.``in evaluation an image's logits don't depend on its batch``() =
        use _scope = torch.NewDisposeScope()
        let model = test.Create 3
        let side = model.MinimumSize + 3
        let images = Make.normal [ 3; 3; side; side ]

        model.call (Make.normal [ 4; 3; side + model.Stride; side + model.Stride ]) |> ignore

        model.eval ()
        let together = model.call(images).narrow(0L, 1L, 1L)
        let alone = model.call (images.narrow (0L, 1L, 1L))
        within float32 "logits" (Make.values alone) (Make.values together)

    [<Test>]
    member test.``a size, channel count or dimension that it can't take is refused with those it can``() =
        use _scope = torch.NewDisposeScope()
        let model = test.Create 3

        let refused (shape: int list) =
            Expect.refusal (fun () -> model.call (Make.normal shape) |> ignore)

        refused [ 2; 3; model.MinimumSize - 1; 64 ]
        |> Expect.contains $"from {model.MinimumSize}x{model.MinimumSize} up; received {model.MinimumSize - 1}x64"

        refused [ 2; 4; 64; 64 ] |> Expect.contains "[N,3,H,W]; received [2,4,64,64]"
        refused [ 3; 64; 64 ] |> Expect.contains "received [3,64,64]"

    [<Test>]
    member test.``the summary leaves the model as it was``() =
        use _scope = torch.NewDisposeScope()
        let model = test.Create 3

        let before = model.state_dict () |> Seq.map (fun pair -> Make.values pair.Value) |> List.ofSeq

        let summary = ModelSummary.Of(model, [| 1L; 3L; 64L; 64L |])

        let after = model.state_dict () |> Seq.map (fun pair -> Make.values pair.Value) |> List.ofSeq

        Expect.same before after
        Expect.same true (model.training)
        Expect.same (summary.Layers |> Seq.sumBy _.Parameters) (summary.Parameters)

module UpConvolutionTests =
    let private sizes =
        gen {
            let! channels = Gen.choose (1, 6)
            let! outputs = Gen.choose (1, 5)
            let! height = Gen.choose (1, 7)
            let! width = Gen.choose (1, 7)
            return channels, outputs, height, width
        }
        |> Arb.fromGen

    [<Test>]
    let ``it is the transposed convolution, value and gradients`` () =
        Check.cases 50 sizes (fun (channels, outputs, height, width) ->
            use _scope = torch.NewDisposeScope()
            let up = (new UpConvolution(channels, outputs)).``to`` torch.ScalarType.Float64
            let state = up.state_dict ()
            let weight, bias = state["weight"], state["bias"]
            let image = Make.normal64 [ 2; channels; height; width ]
            let factor = Make.normal64 [ 2; outputs; 2 * height; 2 * width ]

            let ours = Make.variable image
            let peers = [ image; weight; bias ] |> List.map Make.variable

            let expected =
                torch.nn.functional.conv_transpose2d (peers[0], peers[1], peers[2], strides = [| 2L; 2L |])

            let actual = up.call ours

            within float64 "value" (Make.values expected) (Make.values actual)

            let terms = float (2 * height * width * max outputs channels)

            List.iter2
                (fun (expected: float[]) actual ->
                    eachWithin float64 (Array.create expected.Length terms) "gradient" expected actual)
                (Make.gradients expected factor peers)
                (Make.gradients actual factor [ ours; weight; bias ]))

    [<Test>]
    let ``it starts inside PyTorch's bounds for a transposed convolution`` () =
        use _scope = torch.NewDisposeScope()
        let state = (new UpConvolution(64, 32)).state_dict()

        for pair in state do
            let bound = 1.0 / sqrt (4.0 * 32.0)
            let largest = pair.Value |> Make.values |> Array.map abs |> Array.max
            between (0.8 * bound) bound pair.Key largest

module UNetTests =
    [<Test>]
    let ``parameters are those of the published layout`` () =
        use model = new UNet(11)

        let block input output =
            9 * input * output + 9 * output * output + 4 * output

        let encoder = block 3 32 + block 32 64 + block 64 128 + block 128 256 + block 256 512

        let up channels =
            4 * channels * channels / 2 + channels / 2

        let decoder = [ 512; 256; 128; 64 ] |> List.sumBy (fun c -> up c + block c (c / 2))
        let head = 32 * 11 + 11

        Expect.same (int64 (encoder + decoder + head)) (model.parameters () |> Seq.sumBy (fun p -> p.numel ()))

    [<Test>]
    let ``names are stable, because weight files hold them`` () =
        use model = new UNet(2, width = 1, depth = 2)

        let block name =
            [ for i in 1..2 do
                  $"{name}.conv{i}.weight"

                  yield!
                      [ "weight"; "bias"; "running_mean"; "running_var"; "num_batches_tracked" ]
                      |> List.map (fun part -> $"{name}.norm{i}.{part}") ]

        let expected =
            block "encoder.0"
            @ block "encoder.1"
            @ block "decoder.0"
            @ [ "up.0.weight"; "up.0.bias"; "head.weight"; "head.bias" ]

        Expect.sameItems (Seq.sort expected) (Seq.sort (model.state_dict().Keys))

    [<Test>]
    let ``a summary counts multiply-adds of every layer once`` () =
        use model = new UNet(3, width = 2, depth = 2)
        let summary = ModelSummary.Of(model, [| 2L; 3L; 5L; 6L |])

        let work = summary.Layers |> Seq.map (fun layer -> layer.Name, layer.MultiplyAdds) |> dict

        let full, half = 2L * 5L * 6L, 2L * 2L * 3L
        Expect.same (full * 9L * 3L * 2L) (work["encoder.0.conv1"])
        Expect.same (half * 9L * 4L * 4L) (work["encoder.1.conv2"])
        Expect.same (half * 4L * 4L * 2L) (work["up.0"])
        Expect.same (full * 9L * 4L * 2L) (work["decoder.0.conv1"])
        Expect.same (full * 2L * 3L) (work["head"])
        Expect.same (Seq.sum work.Values) (summary.MultiplyAdds)

        let shapes = summary.Layers |> Seq.map (fun layer -> layer.Name, layer.Output) |> dict

        Expect.same [| 2L; 2L; 2L; 3L |] (shapes["pool"])
        Expect.same [| 2L; 2L; 4L; 6L |] (shapes["up.0"])

    [<Test>]
    let ``training on a single coarsest pixel is refused, evaluating it is not`` () =
        use _scope = torch.NewDisposeScope()
        use model = new UNet(2, width = 2)
        let image = Make.normal [ 1; 3; 16; 31 ]
        let error = Expect.refusal (fun () -> model.call image |> ignore)
        error |> Expect.contains "at least 2 images, or a side of 32 pixels"
        model.eval ()
        Expect.same true (Make.values (model.call image) |> Array.forall Double.IsFinite)

    [<TestCase("unett", "", "did you mean 'unet'")>]
    [<TestCase("unet", "widht", "did you mean 'width'")>]
    let ``an unknown name says the known ones`` (name: string, key: string, expected: string) =
        let keys = if key = "" then Make.noKeys else Make.keys [ key, "1" ]

        let error = Expect.refusal (fun () -> ModelCatalogue.Create(name, keys, 2) |> ignore)

        error |> Expect.contains expected

    [<TestCase("width", "0")>]
    [<TestCase("depth", "13")>]
    [<TestCase("width", "3.5")>]
    let ``a value outside its range is refused`` (key: string, value: string) =
        let error =
            Expect.refusal (fun () -> ModelCatalogue.Create("unet", Make.keys [ key, value ], 2) |> ignore)

        error |> Expect.contains $"{key}={value} is not a whole number from 1 to"
