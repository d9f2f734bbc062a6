/// What every architecture promises of its gradient, held against each entry of the catalogue and each kind of encoder.
namespace PatFramework.Properties

open System
open NUnit.Framework
open TorchSharp
open PatFramework.Core.Models
open PatFramework.Core.Native
open PatFramework.Properties.Comparison

/// Gradients, in every layout and precision.
[<TestFixtureSource(typeof<ModelGradientContract>, "Members")>]
type ModelGradientContract(spelling: string) =
    static member Members = ModelMembers.all

    [<Test>]
    member _.``every parameter gets a finite gradient that is not zero from an odd size and the smallest batch``() =
        use _scope = torch.NewDisposeScope()
        let model = ModelMembers.create spelling 5
        let logits = model.call (ModelMembers.training model)
        let factor = torch.randn (logits.shape, torch.ScalarType.Float32)
        let all = Make.gradients logits factor (Make.parameters model)

        let sound g =
            Array.forall Double.IsFinite g && Array.exists ((<>) 0.0) g

        let dead =
            Seq.zip (model.named_parameters ()) all
            |> Seq.filter (snd >> sound >> not)
            |> Seq.map (fun (struct (name, _), _) -> name)

        Expect.sameItems [] dead

    /// Along one random direction in image and parameters together, so that no path may be cut. Offsets are moved off 0
    /// first: a ReLU of exact zeros has no derivative.
    [<Test>]
    member _.``the gradient is the derivative``() =
        use _scope = torch.NewDisposeScope()
        let model = (ModelMembers.create spelling 3).``to`` torch.ScalarType.Float64
        model.eval ()

        for vector in Make.parameters model |> List.filter (fun p -> p.ndim = 1L) do
            use _guard = torch.no_grad ()
            vector.add_ (Make.normal64 [ int (vector.numel ()) ], (0.1).ToScalar()) |> ignore

        let image = Make.normal64 [ 2; 3; model.MinimumSize + 3; model.MinimumSize + 6 ] |> Make.variable
        let inputs = image :: Make.parameters model
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
    member _.``it overfits a batch of two images``() =
        use _scope = torch.NewDisposeScope()
        let model = ModelMembers.createWithoutDropout spelling 3
        let side = max 32 (2 * model.Stride)
        let images = Make.normal [ 2; 3; side; side ]
        // The left half and the rest in one image, three bands in the other.
        let label image row column =
            if image = 0 then
                (if column < side / 2 then 0L else 1L)
            else
                int64 (4 * row / side) % 3L

        let labels =
            torch.tensor (
                [| for image in 0..1 do
                       for row in 0 .. side - 1 do
                           for column in 0 .. side - 1 -> label image row column |],
                [| 2L; int64 side; int64 side |]
            )

        use optimizer = torch.optim.Adam(model.parameters (), 0.02)

        let step () =
            use _scope = torch.NewDisposeScope()
            optimizer.zero_grad ()
            let loss = torch.nn.functional.cross_entropy (model.call images, labels)
            loss.backward ()
            optimizer.step () |> ignore
            float (loss.item<float32>())

        let losses = Seq.initInfinite (fun _ -> step ()) |> Seq.truncate 120
        Expect.isTrue "the loss falls below 0.35 within 120 steps" (losses |> Seq.exists (fun loss -> loss < 0.35))

    [<Test>]
    member _.``channels last gives the same logits and gradients``() =
        use _scope = torch.NewDisposeScope()
        let model = ModelMembers.createWithoutDropout spelling 3
        let images = ModelMembers.training model

        let compare tolerance (images: torch.Tensor) =
            let logits = model.call images
            let factor = torch.ones_like logits
            let turned = model.call (Make.channelsLast images)

            let gradients logits =
                Make.gradients logits factor (Make.parameters model)

            for one, other in List.zip (Make.values logits :: gradients logits) (Make.values turned :: gradients turned) do
                let size = one |> Array.map abs |> Array.max
                eachWithin tolerance (Array.create one.Length size) "logits or gradient" one other

        model.eval ()
        compare { Relative = 0.0; Absolute = 1e-4 } images
        model.``to`` torch.ScalarType.Float64 |> ignore
        model.train ()
        compare { Relative = 0.0; Absolute = 1e-9 } (images.``to`` torch.ScalarType.Float64)

    [<Test>]
    member _.``in bf16 every parameter gets a finite gradient``() =
        use _scope = torch.NewDisposeScope()
        let model = ModelMembers.create spelling 3
        let images = ModelMembers.training model |> Make.channelsLast

        let logits =
            use _region = Autocast.BFloat16 torch.CPU
            model.call images

        let sum = logits.``to``(torch.ScalarType.Float32).sum()
        let all = torch.autograd.grad (ResizeArray [ sum ], ResizeArray(Make.parameters model))
        Expect.same true (all |> Seq.forall (Make.values >> Array.forall Double.IsFinite))

    [<Test>]
    member _.``recomputed in the backward pass it has the same gradients and statistics bit for bit``() =
        use _scope = torch.NewDisposeScope()
        let images = ModelMembers.training (ModelMembers.create spelling 3)

        let run spelling (inRegion: unit -> IDisposable) =
            let model = Make.model 5L 3 spelling

            let logits =
                use _region = inRegion ()
                model.call images

            let gradients = Make.gradients logits (torch.ones_like logits) (Make.parameters model)
            Make.values logits, gradients, Make.state model

        let plainly () =
            { new IDisposable with
                member _.Dispose() = () }

        for region in [ plainly; (fun () -> Autocast.BFloat16 torch.CPU) ] do
            let logits, gradients, state = run spelling region
            let logits', gradients', state' = run (ModelMembers.spelled spelling "checkpoint" "true") region
            Expect.same logits logits'
            Expect.same true ((gradients = gradients'))
            Expect.same true ((state = state'))
