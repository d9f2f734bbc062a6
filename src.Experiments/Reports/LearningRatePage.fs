/// The loss over a rising learning rate, as a page and as numbers.
module PatFramework.Experiments.LearningRatePage

open System
open System.IO
open System.Text
open PatFramework.Core.Training
open PatFramework.Experiments.Markup

let private chart (samples: LearningRateSample seq) : Chart.LineChart =
    let series label (value: LearningRateSample -> float) : Chart.Series =
        { Label = label
          Points = [ for sample in samples -> log10 sample.LearningRate, value sample ] }

    { Title = "Loss over the learning rate"
      XTitle = "log10 of the learning rate"
      YTitle = "training loss"
      FromZero = false
      Series = [ series "each step" _.Loss; series "smoothed" _.Smoothed ] }

let private html (samples: LearningRateSample seq) =
    let lead =
        $"Each step trained with a higher rate than the one before. Suggested, a tenth of the rate with the least smoothed loss or the one where it falls fastest, whichever is less: {Terminal.significant 2 (LearningRateRangeTest.Suggestion(Array.ofSeq samples))}."

    Page.render
        "Learning-rate range test"
        []
        [ label "h1" [] "Learning-rate range test"
          label "p" [ "class", "lead" ] lead
          element "div" [ "class", "charts" ] [ Chart.render (chart samples) ] ]

let private csv (samples: LearningRateSample seq) =
    let number (value: float) =
        value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)

    let row (sample: LearningRateSample) =
        [ sample.LearningRate; sample.Loss; sample.Smoothed ] |> List.map number |> String.concat ","

    "learning rate,loss,smoothed loss\n"
    + String.concat "" [ for sample in samples -> row sample + "\n" ]

/// Writes lr-range.html and lr-range.csv.
let write (folder: string) (samples: LearningRateSample seq) =
    Directory.CreateDirectory folder |> ignore

    let file (name: string) (content: string) =
        AtomicFile.Write(
            Path.Combine(folder, name),
            (fun stream -> stream.Write(ReadOnlySpan(Encoding.UTF8.GetBytes content)))
        )

    file "lr-range.html" (html samples)
    file "lr-range.csv" (csv samples)
