/// Axes, pages and progress: what people look at.
namespace PatFramework.Properties

open System
open System.IO
open System.Xml.Linq
open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open Spectre.Console
open PatFramework.Core.Training
open PatFramework.Experiments
open PatFramework.Experiments.Comparison

module Pages =

    let epoch number =
        { Number = number
          TrainingLoss = 1.0 / float number
          ValidationCrossEntropy = 1.0
          MeanIoU = 0.1 * float number
          TailMeanIoU = nan }

    let run label : Comparison.Run =
        { Label = label
          Loss = "ce"
          Epochs = List.map epoch [ 1..3 ]
          MeanIoU = 0.5
          HeadMeanIoU = 0.8
          MediumMeanIoU = 0.4
          TailMeanIoU = nan
          PixelAccuracy = 0.9 }

    let page =
        { Title = "<b>A & B</b>"
          Lead = "lead"
          Runs = [ run "CE"; { run "PAT" with MeanIoU = 0.625 } ]
          Classes =
            [ { Name = "a<script>"
                Colour = "rgb(1,2,3)"
                Share = 0.25
                Group = "head"
                IoU = [ 0.5; 0.25 ] } ]
          Panels = [ [ { Caption = "image"; Png = [| 1uy; 2uy |] } ] ]
          Facts = [ "seed", "0" ]
          Next = [ "./pat" ] }

    let html = Comparison.html page

    let tree = XDocument.Parse(html.Substring(html.IndexOf "<html"))

    let elements name =
        tree.Descendants() |> Seq.filter (fun element -> element.Name.LocalName = name) |> List.ofSeq

[<TestFixture>]
type ReportTests() =

    [<FsCheck.NUnit.Property>]
    member _.``ticks enclose the range, in equal round steps, and are few``
        (NormalFloat low, NonNegativeInt thousandths)
        =
        let low = 1e3 * tanh low
        let high = low + 1e-3 * float (thousandths + 1)
        let ticks = Scale.ticks 5 low high
        let steps = ticks |> List.pairwise |> List.map (fun (a, b) -> b - a)
        let step = Scale.step 5 (high - low)
        let digit = step / 10.0 ** floor (log10 step + 1e-9)

        (List.head ticks <= low + 1e-6 * step)
        .&. (List.last ticks >= high - 1e-6 * step)
        .&. (ticks.Length <= 8)
        .&. (steps |> List.forall (fun found -> abs (found - step) < 1e-6 * step))
        .&. ([ 1.0; 2.0; 5.0 ] |> List.exists (fun round -> abs (digit - round) < 1e-6))

    [<Test>]
    member _.``neighbouring ticks are written apart``() =
        let values = [ 0.0; 0.25; 0.5 ]
        Assert.That(List.map (Scale.format values) values |> List.distinct, Has.Length.EqualTo 3)

    [<Test>]
    member _.``a page needs nothing but itself``() =
        Assert.That(Pages.elements "script", Is.Empty)
        Assert.That(Pages.elements "link", Is.Empty)

        for image in Pages.elements "img" do
            Assert.That(string (image.Attribute(XName.Get "src")), Does.Contain "data:image/png;base64,AQI=")

        Assert.That(Pages.html, Does.Not.Contain("url(").And.Not.Contain("http"))

    [<Test>]
    member _.``text on a page is text``() =
        Assert.That((Pages.elements "h1").Head.Value, Is.EqualTo "<b>A & B</b>")
        Assert.That(Pages.elements "b", Is.Empty)

    [<Test>]
    member _.``differences are taken from the first run and missing scores are dashes``() =
        let row (name: string) =
            Pages.elements "tr"
            |> List.find (fun row -> row.Elements() |> Seq.head |> _.Value |> (=) name)
            |> fun row -> [ for cell in Seq.tail (row.Elements()) -> cell.Value ]

        Assert.That(row "a<script>", Is.EqualTo<string list> [ "25.00"; "50.0"; "25.0"; "−25.0"; "head" ])
        Assert.That(row "mean IoU", Is.EqualTo<string list> [ "50.0"; "62.5"; "+12.5"; "" ])
        Assert.That(row "tail", Is.EqualTo<string list> [ "–"; "–"; "–"; "" ])

    [<Test>]
    member _.``a chart skips what is not a number``() =
        let lines =
            Pages.elements "polyline" |> List.map (fun line -> string (line.Attribute(XName.Get "points")))

        Assert.That(lines, Has.Length.EqualTo 8)
        Assert.That(String.concat " " lines, Does.Not.Contain "NaN")

    [<Test>]
    member _.``a terminal shows bars and keeps the line of each epoch``() =
        use writer = new StringWriter()

        let settings =
            AnsiConsoleSettings(
                Out = AnsiConsoleOutput writer,
                Interactive = InteractionSupport.Yes,
                Ansi = AnsiSupport.Yes
            )

        let console = AnsiConsole.Create settings
        console.Profile.Width <- 120

        let metrics =
            RunJson.Parse<EpochMetrics>
                """{"epoch":1,"step":2,"learningRate":0.1,"trainingLoss":0.5,"validationCrossEntropy":0.25,"meanIoU":0.5,
                "pixelAccuracy":1,"meanAccuracy":1,"headMeanIoU":1,"mediumMeanIoU":null,"tailMeanIoU":0,"ioU":{},
                "imagesPerSecond":3,"seconds":65,"peakResidentMiB":1,"best":true}"""

        let events: TrainingEvent list =
            [ TrainingEvent.CountingClasses(1, 2)
              TrainingEvent.Started(1, 2, 0L, 1000L)
              TrainingEvent.EpochStarted(1, 0)
              TrainingEvent.StepCompleted(1L, 0.75, 0.1, 3.0)
              TrainingEvent.Warning "[odd] text"
              TrainingEvent.ValidationProgress(1, 2)
              TrainingEvent.EpochCompleted metrics ]

        Progress.drawn console (fun progress -> List.iter progress.Report events)
        let shown = writer.ToString()

        for words in [ "epoch 1/1  loss 0.5000  val ce 0.2500  mIoU 50.0"; "1:05"; "best"; "[odd] text" ] do
            Assert.That(shown, Does.Contain words)
