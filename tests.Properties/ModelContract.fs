/// What every architecture promises, held against each entry of the catalogue and each kind of encoder.
namespace PatFramework.Properties

open System
open System.Linq
open System.Threading.Tasks
open NUnit.Framework
open TorchSharp
open TorchSharp.Modules
open PatFramework.Core.Models
open PatFramework.Core.Weights
open PatFramework.Properties.Comparison

/// Shapes, states and names.
[<TestFixtureSource(typeof<ModelContract>, "Members")>]
type ModelContract(spelling: string) =
    static member Members = ModelMembers.all

    [<TestCase(1, 0, 1)>]
    [<TestCase(1, 17, 2)>]
    [<TestCase(2, 5, 14)>]
    member _.``logits have the input's size and a channel a class``(batch: int, extraRows: int, extraColumns: int) =
        use _scope = torch.NewDisposeScope()
        let model = ModelMembers.create spelling 7
        model.eval ()
        let height, width = model.MinimumSize + extraRows, model.MinimumSize + extraColumns
        let logits = model.call (Make.normal [ batch; 3; height; width ])
        Expect.same [| int64 batch; 7L; int64 height; int64 width |] logits.shape

    [<Test>]
    member _.``in evaluation an image's logits don't depend on its batch``() =
        use _scope = torch.NewDisposeScope()
        let model = ModelMembers.create spelling 3
        let side = model.MinimumSize + 3
        let images = Make.normal [ 3; 3; side; side ]

        model.call (Make.normal [ 4; 3; side + model.Stride; side + model.Stride ]) |> ignore

        model.eval ()
        let together = model.call(images).narrow(0L, 1L, 1L)
        let alone = model.call (images.narrow (0L, 1L, 1L))
        within float32 "logits" (Make.values alone) (Make.values together)

    [<Test>]
    member _.``training and evaluation differ in dropout and in the statistics of normalisation only``() =
        use _scope = torch.NewDisposeScope()
        let model = ModelMembers.create spelling 3
        let images = ModelMembers.training model
        let before = Make.state model
        model.eval ()
        let evaluated = model.call images |> Make.values
        Expect.same before (Make.state model)
        model.train ()

        for part in model.modules () do
            if part :? BatchNorm2d || part :? Dropout || part :? Dropout2d then
                part.eval ()

        Expect.same evaluated (model.call images |> Make.values)
        model.train ()
        model.call images |> ignore

        let changed =
            List.zip before (Make.state model)
            |> List.filter (fun (was, is) -> was <> is)
            |> List.map (fun ((name, _), _) -> name)

        let statistics = [ for struct (name, _) in model.named_buffers () -> name ]
        Expect.sameItems (List.sort statistics) (List.sort changed)

    [<Test>]
    member _.``saved and loaded it gives the same logits``() =
        use _scope = torch.NewDisposeScope()
        let model = ModelMembers.create spelling 3
        let images = ModelMembers.training model
        model.call images |> ignore
        let file = IO.Path.GetTempFileName()

        try
            SafeTensors.Write(file, model.state_dict ())
            let other = Make.model 4L 3 spelling
            use content = SafeTensors.Read file
            StateDict.Load(other, content.Tensors, file)
            model.eval ()
            other.eval ()
            Expect.same (Make.values (model.call images)) (Make.values (other.call images))
        finally
            IO.File.Delete file

    [<Test>]
    member _.``a seed decides weights, logits and gradients``() =
        use _scope = torch.NewDisposeScope()

        let once () =
            let model = ModelMembers.create spelling 3
            let images = ModelMembers.training model
            let logits = model.call images
            let gradients = Make.gradients logits (torch.ones_like logits) (Make.parameters model)
            Make.state model, Make.values logits, gradients

        Expect.same (once ()) (once ())

    [<Test>]
    member _.``two threads can use it at once``() =
        use _scope = torch.NewDisposeScope()
        let model = ModelMembers.create spelling 3
        model.eval ()
        let images = [| for _ in 1..2 -> ModelMembers.training model |]

        let run (image: torch.Tensor) =
            use _scope = torch.NewDisposeScope()
            use _guard = torch.no_grad ()
            model.call image |> Make.values

        let expected = images |> Array.map run

        let repeated (image: torch.Tensor) =
            Task.Run(fun () -> [ for _ in 1..3 -> run image ])

        let all = images |> Array.map repeated |> Array.map _.Result

        for one, others in Array.zip expected all do
            others |> List.iter (within float32 "logits" one)

    [<Test>]
    member _.``a cosine head's logits lie within its scale and ignore the lengths of its weights``() =
        use _scope = torch.NewDisposeScope()
        let model = Make.model 3L 5 (ModelMembers.spelled spelling "head" "cosine" + ",scale=7")
        model.eval ()
        let image = Make.normal [ 1; 3; model.MinimumSize + 9; model.MinimumSize + 8 ]
        let logits = Make.values (model.call image)
        Expect.same true (logits |> Array.forall (fun z -> abs z <= 7.0 * (1.0 + 1e-6)))
        use _guard = torch.no_grad ()

        for head in model.Heads do
            for struct (name, p) in model.named_parameters () do
                if name.StartsWith(head, StringComparison.Ordinal) then
                    p.mul_ ((4.0).ToScalar()) |> ignore

        within { Relative = 1e-5; Absolute = 1e-5 } "logits" logits (Make.values (model.call image))

    [<Test>]
    member _.``a size, channel count or dimension that it can't take is refused with those it can``() =
        use _scope = torch.NewDisposeScope()
        let model = ModelMembers.create spelling 3

        let refused (shape: int list) =
            Expect.refusal (fun () -> model.call (Make.normal shape) |> ignore)

        refused [ 2; 3; model.MinimumSize - 1; 64 ]
        |> Expect.contains $"from {model.MinimumSize}x{model.MinimumSize} up; received {model.MinimumSize - 1}x64"

        refused [ 2; 4; 64; 64 ] |> Expect.contains "[N,3,H,W]; received [2,4,64,64]"
        refused [ 3; 64; 64 ] |> Expect.contains "received [3,64,64]"

    [<Test>]
    member _.``its heads and its encoder are where it says``() =
        let model = ModelMembers.create spelling 3
        let paths = [ for struct (name, _) in model.named_modules () -> name ]

        for path in model.EncoderPath :: List.ofSeq model.Heads do
            Expect.same true (List.contains path paths)

        let classes = [ for other in [ 3; 4 ] -> Make.model 3L other spelling ]

        let shapes (model: SegmentationModel) =
            [ for entry in model.state_dict () -> entry.Key, List.ofArray entry.Value.shape ] |> Set.ofList

        let differing = Set.difference (shapes classes[0]) (shapes classes[1]) |> Set.map fst

        let inHeads name =
            model.Heads.Any(fun head -> (name: string).StartsWith(head + ".", StringComparison.Ordinal))

        Expect.same true (differing.Count > 0 && Set.forall inHeads differing)

    [<Test>]
    member _.``the summary leaves the model as it was``() =
        use _scope = torch.NewDisposeScope()
        let model = ModelMembers.create spelling 3
        let before = Make.state model
        let summary = ModelSummary.Of(model, [| 1L; 3L; 64L; 64L |])
        Expect.same before (Make.state model)
        Expect.same true model.training
        Expect.same summary.Parameters (summary.Layers |> Seq.sumBy _.Parameters)
