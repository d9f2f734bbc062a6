/// `pat demo`: cross-entropy and PAT on synthetic streets, and a page that compares them.
module PatFramework.Experiments.DemoVerb

open System
open System.Diagnostics
open System.IO
open Argu
open Spectre.Console
open PatFramework.Core.Data
open PatFramework.Core.Training
open PatFramework.Experiments.Arguments
open PatFramework.Experiments.Comparison

/// A compared loss: its name on the page, its spelling, the folder of its run.
type private Contender = { Label: string; Loss: string; Folder: string }

/// A contender after training.
type private Finished =
    { Contender: Contender
      Plan: TrainingPlan
      Seconds: float
      Scored: Scores.Scored }

let private contenders out =
    [ { Label = "CE"; Loss = "ce"; Folder = Path.Combine(out, "ce") }
      { Label = "PAT"
        Loss = "pat:temperature=20"
        Folder = Path.Combine(out, "pat") } ]

/// Small enough for two cores and a few minutes, large enough that the tail classes can be seen to be learnt.
let private configuration seed epochs loss =
    TrainingConfig(
        Data = $"synth:count=200,seed={seed}",
        Model = "unet:width=16",
        Loss = loss,
        Epochs = epochs,
        Size = ImageSize(96, 128),
        BatchSize = 4,
        LearningRate = 2e-3,
        Seed = seed,
        Augmentation = AugmentationOptions(Flip = 0.5)
    )

/// A folder that an earlier demo filled is made new; anything else in the way is left to the trainer's message.
let private clear folder =
    if File.Exists(Path.Combine(folder, "config.json")) then
        Directory.Delete(folder, true)

let private wayOf (config: TrainingConfig) : TrainedRuns.Use =
    { Weights = "best"; Device = config.Device; Threads = config.Threads }

let private train seed epochs contender =
    Terminal.note $"{contender.Label} ({contender.Loss})"
    clear contender.Folder
    let watch = Stopwatch.StartNew()
    let plan = configuration seed epochs contender.Loss |> Recipe.plan false
    let outcome = TrainVerb.train plan contender.Folder false

    if not outcome.Completed then
        Outcome.fail "stopped; ./build.sh Demo starts it anew"

    { Contender = contender
      Plan = plan
      Seconds = watch.Elapsed.TotalSeconds
      Scored =
        EvalVerb.evaluate
            contender.Folder
            (wayOf plan.Config)
            InferenceOptions.SinglePass
            None
            plan.Config.ValidationSplit }

let private epoch (metrics: EpochMetrics) : Epoch =
    { Number = metrics.Epoch
      TrainingLoss = metrics.TrainingLoss
      ValidationCrossEntropy = Terminal.orNaN metrics.ValidationCrossEntropy
      MeanIoU = Terminal.orNaN metrics.MeanIoU
      TailMeanIoU = Terminal.orNaN metrics.TailMeanIoU }

let private compared finished : Run =
    let head, medium, tail = Scores.groupMeans finished.Scored
    let scores = finished.Scored.Evaluation.Scores
    use folder = RunFolder.Open finished.Contender.Folder

    { Label = finished.Contender.Label
      Loss = finished.Contender.Loss
      Epochs = MetricsLog.Read folder.Metrics |> Seq.map epoch |> List.ofSeq
      MeanIoU = scores.MeanIoU
      HeadMeanIoU = head
      MediumMeanIoU = medium
      TailMeanIoU = tail
      PixelAccuracy = scores.PixelAccuracy }

let private classes (all: Finished list) : ClassRow list =
    let scored = all.Head.Scored

    [ for index, item in List.indexed scored.Classes ->
          { Name = item.Name
            Colour = $"rgb({item.Red},{item.Green},{item.Blue})"
            Share = scored.Shares[index]
            Group = Scores.group scored index
            IoU = [ for finished in all -> finished.Scored.Evaluation.Scores.IoU[index] ] } ]

/// The validation scenes that show the most tail classes, and the most of them.
let private telling count (dataset: ISegmentationDataset) size (scored: Scores.Scored) =
    let tail = set scored.Groups.Tail

    let richness (sample: DecodedSample) =
        let seen = sample.Labels |> Array.map int |> Array.filter tail.Contains
        Array.distinct seen |> Array.length, seen.Length

    [ for index in 0 .. dataset.Count - 1 -> dataset.Read(index, Nullable size) ]
    |> List.sortByDescending richness
    |> List.truncate count

let private drawn (classes: ClassInfo list) (labels: LabelImage) =
    let black = RgbImage(labels.Size, Array.zeroCreate (3 * labels.Size.Pixels))
    Codecs.EncodePng(Predictor.Overlay(black, labels, List.toArray classes, 1.0))

let private panels (all: Finished list) : Page.Picture list list =
    let first = all.Head
    let classes = first.Scored.Classes
    let samples = telling 4 first.Plan.Validation first.Plan.Config.Size first.Scored

    let predictions =
        [ for finished in all ->
              use run = TrainedRuns.load finished.Contender.Folder (wayOf finished.Plan.Config)
              let predictor = run.CreatePredictor()

              [ for sample in samples ->
                    predictor.Predict(RgbImage(sample.Size, sample.Rgb))
                    |> drawn classes
                    |> Page.picture finished.Contender.Label ] ]

    let given =
        [ for sample in samples ->
              [ Page.picture "image" (Codecs.EncodePng(RgbImage(sample.Size, sample.Rgb)))
                Page.picture "label" (drawn classes (LabelImage(sample.Size, sample.Labels))) ] ]

    List.map2 (@) given (List.transpose predictions)

/// `5.1 points above CE`, `1.2 points below CE` or `level with CE`.
let private against name (baseline: float) (score: float) =
    let points = 100.0 * (score - baseline)

    if abs points < 0.05 then $"level with {name}"
    elif points > 0.0 then $"{Terminal.decimals 1 points} points above {name}"
    else $"{Terminal.decimals 1 -points} points below {name}"

let private lead (runs: Run list) =
    match runs with
    | [ baseline; run ] ->
        let said (score: Run -> float) =
            $"{Terminal.percent (score run)} %%, {against baseline.Label (score baseline) (score run)}"

        $"{run.Label} reaches a mean IoU of {said _.MeanIoU}: on the tail classes {said _.TailMeanIoU}; on the head classes {said _.HeadMeanIoU}."
    | _ -> ""

let private next out =
    [ $"./pat predict --run {out}/pat --image PHOTO.jpg --out segmented.png --overlay"
      "./pat train --data camvid:DIR --model unet --loss pat:temperature=20 --out runs/camvid-pat"
      "./pat loss list" ]

let private page out (all: Finished list) : Page =
    let runs = List.map compared all
    let config = all.Head.Plan.Config
    let seconds = all |> List.sumBy _.Seconds

    { Title = "Cross-entropy and PAT on synthetic streets"
      Lead = lead runs
      Runs = runs
      Classes = classes all
      Panels = panels all
      Facts =
        [ "data", config.Data
          "model", config.Model
          "losses", all |> List.map _.Contender.Loss |> String.concat "; "
          "training",
          $"{config.Epochs} epochs, batches of {config.BatchSize}, Adam at {config.LearningRate}, cosine, seed {config.Seed}; one run each, so a difference of a point or two may be chance"
          "time", $"{Progress.duration seconds} minutes for both on {config.Threads} threads"
          "images shown", "the validation scenes with the most tail classes" ]
      Next = next out }

let private show (page: Page) report out (console: IAnsiConsole) =
    let labels = page.Runs |> List.map _.Label

    let columns =
        [ "class", Justify.Left; "group", Justify.Left; "pixels %", Justify.Right ]
        @ [ for label in labels -> $"{label} IoU %%", Justify.Right ]

    let rows =
        [ for row in page.Classes ->
              [ row.Name; row.Group; Terminal.decimals 2 (100.0 * row.Share) ] @ List.map Terminal.percent row.IoU ]

    let summary name (score: Run -> float) =
        [ name; ""; "" ] @ List.map (score >> Terminal.percent) page.Runs

    console.Write(Terminal.table columns (rows @ [ summary "mean" _.MeanIoU; summary "tail" _.TailMeanIoU ]))
    console.WriteLine page.Lead
    console.WriteLine $"The page: {report}"
    console.WriteLine "What to try next:"
    next out |> List.iter (fun line -> console.WriteLine $"  {line}")

let private json (page: Page) report () =
    Terminal.json
        [ "report", Terminal.jsonText report
          "runs",
          Terminal.jsonArray
              [ for run in page.Runs ->
                    Terminal.json
                        [ "loss", Terminal.jsonText run.Loss
                          "mIoU", Terminal.jsonNumber run.MeanIoU
                          "tailMIoU", Terminal.jsonNumber run.TailMeanIoU ] ] ]

/// Runs `pat demo`.
let run output (given: ParseResults<DemoArguments>) =
    let out = given.GetResult(DemoArguments.Out, "runs/demo")
    let seed = given.GetResult(DemoArguments.Seed, 0)
    let epochs = given.GetResult(DemoArguments.Epochs, 8)
    let all = contenders out |> List.map (train seed epochs)
    let page = page out all
    let report = Path.Combine(out, "report.html")
    AtomicFile.Write(report, (fun stream -> stream.Write(ReadOnlySpan(Text.Encoding.UTF8.GetBytes(html page)))))
    Terminal.emit output (json page report) (show page report out)
    0
