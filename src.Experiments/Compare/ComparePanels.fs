/// Validation images beside their labels and what each contender makes of them: the layout of the paper's Figure 4.
module PatFramework.Experiments.ComparePanels

open System
open PatFramework.Core.Data
open PatFramework.Core.Training

/// The images whose labels show the most tail classes, and the most of them, by the counts of an evaluation.
let private telling count (found: CompareResults) =
    let classes = found.Classes.Length
    let evaluation = found.Contenders.Head.Runs.Head.Evaluation

    let richness (counts: int64[]) =
        let pixels =
            [ for item in found.Groups.Tail -> Seq.sum (Seq.init classes (fun other -> counts[item * classes + other])) ]

        pixels |> List.filter ((<) 0L) |> List.length, List.sum pixels

    // Frames of one film look alike: those chosen are at least a tenth of the split apart.
    let apart = evaluation.Images.Count / 10

    let choose chosen index =
        if List.forall (fun other -> abs (other - index) >= apart) chosen then
            index :: chosen
        else
            chosen

    [ 0 .. evaluation.Images.Count - 1 ]
    |> List.sortByDescending (fun index -> richness evaluation.Images[index].Counts)
    |> List.fold choose []
    |> List.rev
    |> List.truncate count

let private drawn (classes: ClassInfo seq) (labels: LabelImage) =
    let black = RgbImage(labels.Size, Array.zeroCreate (3 * labels.Size.Pixels))
    Codecs.EncodePng(Predictor.Overlay(black, labels, Array.ofSeq classes, 1.0))

let private predictions (found: CompareResults) (samples: DecodedSample list) (result: ContenderResult) =
    let way: TrainedRuns.Use =
        { Weights = found.Comparison.Weights
          Device = DeviceKind.Cpu
          Threads = Environment.ProcessorCount }

    use run = TrainedRuns.load result.Runs.Head.Run.Folder way
    let predictor = run.CreatePredictor()

    [ for sample in samples ->
          predictor.Predict(RgbImage(sample.Size, sample.Rgb))
          |> drawn found.Classes
          |> Page.picture result.Contender.Label ]

/// A list of pictures for each of a few images: image, label, and each contender's prediction (its first seed's).
let read (found: CompareResults) : Page.Picture list list =
    let config = found.Comparison.Config
    let source = DataSource.parse config.Data |> Outcome.orFail
    let dataset = DataSource.openSplit source config.ValidationSplit

    let samples = [ for index in telling 3 found -> dataset.Read(index, Nullable config.Size) ]

    let given =
        [ for sample in samples ->
              [ Page.picture "image" (Codecs.EncodePng(RgbImage(sample.Size, sample.Rgb)))
                Page.picture "label" (drawn found.Classes (LabelImage(sample.Size, sample.Labels))) ] ]

    found.Contenders |> List.map (predictions found samples) |> List.transpose |> List.map2 (@) given
