/// Closed forms, names and counts of the architectures and their parts.
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
