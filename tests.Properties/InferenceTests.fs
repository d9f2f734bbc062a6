/// Sliding windows, scales and mirrored views against their closed forms.
namespace PatFramework.Properties

open System
open System.Collections.Generic
open FsCheck.FSharp
open NUnit.Framework
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Core.Native
open PatFramework.Core.Training
open PatFramework.Properties.TrainingRuns

/// A model that is a function of the images.
type private FunctionModel(body: torch.Tensor -> torch.Tensor) =
    inherit torch.nn.Module<torch.Tensor, torch.Tensor>("function")

    override _.forward(images) =
        use scope = torch.NewDisposeScope()
        (body images).MoveToOuterDisposeScope()

[<TestFixture>]
type InferenceTests() =

    let windows (image: ImageSize) window stride =
        SlidingWindows.Cover(image, window, stride) |> List.ofSeq

    let random (height: int) (width: int) =
        torch.randn ([| 2L; 3L; int64 height; int64 width |])

    let logits (options: InferenceOptions) (body: torch.Tensor -> torch.Tensor) (images: torch.Tensor) =
        use model = new FunctionModel(body)
        Inference(torch.CPU, Training.Precision.Float32, options).Logits(model, images)

    let values (tensor: torch.Tensor) =
        tensor.contiguous().data<float32>().ToArray() |> Array.map float

    let near tolerance (expected: float[]) (actual: float[]) =
        Expect.same expected.Length actual.Length
        Array.iter2 (Expect.near tolerance) expected actual

    /// The probability of class 0 of 2 at each pixel of the first image.
    let probability (logits: torch.Tensor) =
        torch.nn.functional.softmax(logits, 1L).narrow(0L, 0L, 1L).narrow(1L, 0L, 1L) |> values

    let at image channel row column (tensor: torch.Tensor) =
        tensor.select(0L, image).select(0L, channel).select(0L, int64 row).select(0L, int64 column).item<float32>()
        |> float

    let sigmoid x = 1.0 / (1.0 + exp -x)

    /// Logits (plane, 0), so that class 0 has the probability σ(plane).
    let twoClasses (plane: torch.Tensor) =
        torch.cat ([ plane; torch.zeros_like plane ] |> List<_>, 1L)

    /// A plane of zeros of the images' size.
    let plane (images: torch.Tensor) =
        torch.zeros_like (images.narrow (1L, 0L, 1L))

    /// A class that grows by the column, whatever the image.
    let byColumn (images: torch.Tensor) =
        let width = images.shape[3]
        let ramp = torch.arange(width).to_type(torch.ScalarType.Float32).view(1L, 1L, 1L, width)
        plane images + ramp * torch.tensor 0.25f |> twoClasses

    /// A class that knows the height of what it is shown.
    let byHeight (images: torch.Tensor) =
        plane images + torch.tensor (float32 images.shape[2] / 16f) |> twoClasses

    /// Each pixel by itself: classes are channels.
    let byPixel (images: torch.Tensor) = images + images

    /// Each pixel gets the mean of all that the model is shown with it.
    let byMean (images: torch.Tensor) =
        images.mean([| 2L; 3L |], true).expand images.shape

    let window = Nullable(ImageSize(8, 10))

    [<Test>]
    member _.``windows cover the image, lie within it and are the fewest``() =
        let cases =
            gen {
                let! height = Gen.choose (1, 40)
                let! width = Gen.choose (1, 40)
                let! rows = Gen.choose (1, 48)
                let! columns = Gen.choose (1, 48)
                let! down = Gen.choose (1, rows)
                let! across = Gen.choose (1, columns)
                return ImageSize(height, width), ImageSize(rows, columns), ImageSize(down, across)
            }

        Check.kernel (Arb.fromGen cases) (fun (image, window, stride) ->
            let found = windows image window stride
            let covered = Array2D.zeroCreate image.Height image.Width

            for part in found do
                Expect.same (min image.Height window.Height) part.Size.Height
                Expect.same (min image.Width window.Width) part.Size.Width

                for row in part.Top .. part.Top + part.Size.Height - 1 do
                    for column in part.Left .. part.Left + part.Size.Width - 1 do
                        covered[row, column] <- covered[row, column] + 1

            Expect.isTrue "every pixel is covered" (covered |> Seq.cast<int> |> Seq.forall (fun times -> times > 0))

            let stops length window stride =
                1 + int (ceil (float (max 0 (length - window)) / float stride))

            Expect.same
                (stops image.Height window.Height stride.Height * stops image.Width window.Width stride.Width)
                (List.distinct found).Length)

    [<Test>]
    member _.``windows of a model that looks at single pixels change nothing``() =
        let images = random 21 33
        let plain = logits InferenceOptions.SinglePass byPixel images
        let windowed = logits (InferenceOptions(Window = window)) byPixel images
        near 1e-5 (values plain) (values windowed)

    [<Test>]
    member _.``where windows overlap a pixel gets the mean of their logits``() =
        let images = random 13 17
        let stride = ImageSize(5, 4)
        let averaged = logits (InferenceOptions(Window = window, Stride = Nullable stride)) byMean images
        let parts = windows (ImageSize(13, 17)) (ImageSize(8, 10)) stride

        let covers row column (part: ImageWindow) =
            row >= part.Top && row < part.Top + 8 && column >= part.Left && column < part.Left + 10

        let mean image channel (part: ImageWindow) =
            List.average
                [ for row in part.Top .. part.Top + 7 do
                      for column in part.Left .. part.Left + 9 -> at image channel row column images ]

        for image, channel in [ 0L, 0L; 1L, 2L ] do
            let means = [ for part in parts -> part, mean image channel part ]

            for row, column in [ 0, 0; 6, 5; 7, 9; 12, 16; 4, 12 ] do
                let expected = means |> List.filter (fst >> covers row column) |> List.averageBy snd
                Expect.near 1e-5 expected (at image channel row column averaged)

    [<Test>]
    member _.``a window larger than the image is the image``() =
        let images = random 6 7
        let plain = logits InferenceOptions.SinglePass byMean images
        let windowed = logits (InferenceOptions(Window = window)) byMean images
        near 0.0 (values plain) (values windowed)

    [<Test>]
    member _.``a mirrored view is averaged in probabilities, mirrored back``() =
        let received = logits (InferenceOptions(Flip = true)) byColumn (random 3 9) |> probability

        let expected =
            [| for _ in 1..3 do
                   for column in 0..8 -> (sigmoid (0.25 * float column) + sigmoid (0.25 * float (8 - column))) / 2.0 |]

        near 1e-6 expected received

    [<Test>]
    member _.``scales are averaged in probabilities at the image's size``() =
        let options = InferenceOptions(Scales = [| 0.5; 1.0; 1.75 |])
        let received = logits options byHeight (random 16 12) |> probability
        let expected = List.average [ sigmoid 0.5; sigmoid 1.0; sigmoid 1.75 ]
        near 1e-6 (Array.create (16 * 12) expected) received

    [<Test>]
    member _.``windows slide over each scaled view``() =
        let seen = List<int64 * int64>()

        let body (images: torch.Tensor) =
            seen.Add((images.shape[2], images.shape[3]))
            byPixel images

        let options = InferenceOptions(Scales = [| 0.5; 2.0 |], Flip = true, Window = window)
        logits options body (random 8 10) |> ignore
        // 4x5 fits in one window; 16x20 takes 3 by 3 of stride 5x6; each also mirrored.
        Expect.same 20 seen.Count
        Expect.sameItems [ (4L, 5L); (8L, 10L) ] (Seq.distinct seen)

    [<Test>]
    member _.``probabilities that vanish in one view keep their logarithm``() =
        let huge (images: torch.Tensor) =
            plane images - torch.tensor 400f |> twoClasses

        let log = logits (InferenceOptions(Flip = true)) huge (random 2 3)
        Expect.near 1e-3 -400.0 (at 0L 0L 0 0 log)

    [<Test>]
    member _.``views and windows leave no native tensor behind``() =
        use model = (plan config).CreateModel.Invoke()
        model.eval ()
        use quiet = torch.no_grad ()
        use images = torch.randn ([| 1L; 3L; 48L; 64L |])

        let options =
            InferenceOptions(Scales = [| 0.75; 1.0 |], Flip = true, Window = Nullable(ImageSize(32, 32)))

        let inference = Inference(torch.CPU, Training.Precision.Float32, options)
        inference.Logits(model, images).Dispose()
        let before = MachineInfo.LiveTensors
        inference.Logits(model, images).Dispose()
        Expect.same before MachineInfo.LiveTensors

    [<Test>]
    member _.``an evaluation of two equal views is the evaluation of one``() =
        use model = (plan config).CreateModel.Invoke()

        let evaluate inference =
            Evaluator(torch.CPU, Training.Precision.Float32, config.Size, 4, inference).Run(model, validation)

        let one = evaluate InferenceOptions.SinglePass
        let two = evaluate (InferenceOptions(Scales = [| 1.0; 1.0 |]))
        Expect.same one.Scores.Confusion two.Scores.Confusion
        Expect.near 1e-6 one.CrossEntropy two.CrossEntropy

    [<Test>]
    member _.``the size of an evaluation can be another than the training's``() =
        use model = (plan config).CreateModel.Invoke()
        let size = ImageSize(24, 32)

        let evaluation =
            Evaluator(torch.CPU, Training.Precision.Float32, config.Size, 4, InferenceOptions(Size = Nullable size))
                .Run(model, validation)

        let valid = ClassStatistics.Of(validation, size).PixelCounts |> Seq.sum
        Expect.same valid (evaluation.Scores.Confusion |> Seq.cast<int64> |> Seq.sum)

    [<Test>]
    member _.``what can't be is refused with the rule``() =
        let refused (options: InferenceOptions) =
            Expect.refusal (fun () -> options.Validate())

        let size height width = Nullable(ImageSize(height, width))
        refused (InferenceOptions(Stride = size 4 4)) |> Expect.contains "--window"

        refused (InferenceOptions(Window = size 8 8, Stride = size 8 9))
        |> Expect.contains "give 1x1 to 8x8"

        refused (InferenceOptions(Scales = [||])) |> Expect.contains "one or more numbers"
        refused (InferenceOptions(Scales = [| 1.0; 0.0 |])) |> Expect.contains "'1,0'"
        refused (InferenceOptions(Scales = [| nan |])) |> Expect.contains "above 0"
