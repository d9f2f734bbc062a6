/// Scores of an evaluation as a table and as JSON.
module PatFramework.Experiments.Scores

open System
open Spectre.Console
open PatFramework.Core.Data
open PatFramework.Core.Metrics
open PatFramework.Core.Training

/// An evaluation with the classes it is about and their groups in the long tail of the training split.
type Scored =
    { Evaluation: Evaluation
      Classes: ClassInfo list
      Shares: float list
      Groups: ClassGroups }

/// Groups the classes by their share of the training split's valid pixels.
let scored (evaluation: Evaluation) (classes: ClassInfo seq) (statistics: ClassStatistics) =
    { Evaluation = evaluation
      Classes = List.ofSeq classes
      Shares = List.ofSeq statistics.Priors
      Groups = ClassGroups.ByPixelShare statistics.PixelCounts }

/// `head`, `medium` or `tail`.
let group (scored: Scored) (index: int) = scored.Groups.NameOf index

/// Mean IoU of the head, the medium and the tail classes.
let groupMeans (scored: Scored) =
    let mean (classes: int seq) =
        scored.Evaluation.Scores.MeanIoUOver classes

    mean scored.Groups.Head, mean scored.Groups.Medium, mean scored.Groups.Tail

let private byClass (scored: Scored) (score: int -> Terminal.Json) =
    Terminal.json [ for index, item in List.indexed scored.Classes -> item.Name, score index ]

let private confusion (matrix: int64[,]) =
    Terminal.jsonArray
        [ for row in 0 .. Array2D.length1 matrix - 1 ->
              Terminal.jsonArray
                  [ for column in 0 .. Array2D.length2 matrix - 1 -> Terminal.jsonCount matrix[row, column] ] ]

/// The members of `pat eval --json`; a score that is not defined is null.
let json (scored: Scored) =
    let scores = scored.Evaluation.Scores
    let head, medium, tail = groupMeans scored

    [ "images", Terminal.jsonCount scored.Evaluation.Images
      "mIoU", Terminal.jsonNumber scores.MeanIoU
      "meanAccuracy", Terminal.jsonNumber scores.MeanAccuracy
      "pixelAccuracy", Terminal.jsonNumber scores.PixelAccuracy
      "diceError", Terminal.jsonNumber scores.DiceError
      "crossEntropy", Terminal.jsonNumber scored.Evaluation.CrossEntropy
      "headMIoU", Terminal.jsonNumber head
      "mediumMIoU", Terminal.jsonNumber medium
      "tailMIoU", Terminal.jsonNumber tail
      "iou", byClass scored (fun index -> Terminal.jsonNumber scores.IoU[index])
      "accuracy", byClass scored (fun index -> Terminal.jsonNumber scores.Recall[index])
      "dice", byClass scored (fun index -> Terminal.jsonNumber scores.Dice[index])
      "group", byClass scored (fun index -> Terminal.jsonText (group scored index))
      "classes", Terminal.jsonArray [ for item in scored.Classes -> Terminal.jsonText item.Name ]
      "confusion", confusion scores.Confusion ]

let private columns =
    [ "class", Justify.Left
      "group", Justify.Left
      "train pixels %", Justify.Right
      "IoU %", Justify.Right
      "accuracy %", Justify.Right ]

let private rows (scored: Scored) =
    let scores = scored.Evaluation.Scores

    [ for index, item in List.indexed scored.Classes ->
          [ item.Name
            group scored index
            Terminal.decimals 2 (100.0 * scored.Shares[index])
            Terminal.percent scores.IoU[index]
            Terminal.percent scores.Recall[index] ] ]

/// The table by class and the figures of the whole split.
let show (scored: Scored) (console: IAnsiConsole) =
    let scores = scored.Evaluation.Scores
    let head, medium, tail = groupMeans scored
    console.Write(Terminal.table columns (rows scored))

    for name, value in
        [ "mean IoU", Terminal.percent scores.MeanIoU
          "head / medium / tail", $"{Terminal.percent head} / {Terminal.percent medium} / {Terminal.percent tail}"
          "mean accuracy", Terminal.percent scores.MeanAccuracy
          "pixel accuracy", Terminal.percent scores.PixelAccuracy
          "Dice error", Terminal.percent scores.DiceError
          "cross-entropy", Terminal.decimals 4 scored.Evaluation.CrossEntropy + " nats per pixel"
          "images", string scored.Evaluation.Images ] do
        console.WriteLine $"{name, -22} {value}"
