/// A comparison as `results.json`: scores are shares in [0, 1], differences are to the first contender.
module PatFramework.Experiments.CompareJson

let private spread (value: Estimates.Spread) : Terminal.Json =
    Terminal.json
        [ "mean", Terminal.jsonNumber value.Mean
          "standardDeviation", Terminal.jsonNumber value.Deviation
          "seeds", Terminal.jsonCount value.Count ]

let private interval (value: Estimates.Interval option) : Terminal.Json =
    match value with
    | None -> null
    | Some found -> Terminal.jsonArray [ Terminal.jsonNumber found.Low; Terminal.jsonNumber found.High ]

let private difference (value: Difference) : Terminal.Json =
    Terminal.json
        [ "mean", Terminal.jsonNumber value.Mean
          "interval95OverSeeds", interval value.OverSeeds
          "interval95OverImages", interval value.OverImages ]

let private run (classes: string list) (scored: ScoredRun) : Terminal.Json =
    let iou = [ for name, value in Seq.zip classes scored.Scores.IoU -> name, Terminal.jsonNumber value ]

    Terminal.json
        [ "seed", Terminal.jsonCount scored.Run.Seed
          "mIoU", Terminal.jsonNumber scored.Scores.MeanIoU
          "pixelAccuracy", Terminal.jsonNumber scored.Scores.PixelAccuracy
          "crossEntropy", Terminal.jsonNumber (Terminal.orNaN scored.Evaluation.CrossEntropy)
          "iou", Terminal.json iou ]

let private byScore (values: Map<Score, 'a>) (convert: 'a -> Terminal.Json) : Terminal.Json =
    Terminal.json
        [ for score in Score.all |> List.filter values.ContainsKey -> Score.name score, convert values[score] ]

let private contender (classes: string list) (result: ContenderResult) : Terminal.Json =
    Terminal.json
        [ "name", Terminal.jsonText result.Contender.Label
          "loss", Terminal.jsonText result.Contender.Loss
          "model", Terminal.jsonText (Option.toObj result.Contender.Model)
          "mIoU", byScore result.Scores spread
          "pixelAccuracy", spread result.PixelAccuracy
          "meanAccuracy", spread result.MeanAccuracy
          "crossEntropy", spread result.CrossEntropy
          "diceError", spread result.DiceError
          "iou", Terminal.json [ for name, value in List.zip classes result.IoU -> name, spread value ]
          "differences", byScore result.Differences difference
          "runs", Terminal.jsonArray (List.map (run classes) result.Runs) ]

/// Everything that a comparison has come to.
let results (found: CompareResults) =
    let classes = found.Classes |> List.map _.Name

    let group (indices: int seq) : Terminal.Json =
        Terminal.jsonArray [ for index in indices -> Terminal.jsonText classes[index] ]

    Terminal.json
        [ "config", PatFramework.Core.Training.RunJson.ToObject found.Comparison.Config
          "weights", Terminal.jsonText found.Comparison.Weights
          "groups",
          Terminal.json
              [ "head", group found.Groups.Head
                "medium", group found.Groups.Medium
                "tail", group found.Groups.Tail ]
          "contenders", Terminal.jsonArray (List.map (contender classes) found.Contenders)
          "missing",
          Terminal.jsonArray [ for run in found.Missing -> Terminal.jsonText $"{run.Contender.Label}, seed {run.Seed}" ] ]
