namespace PatFramework.Experiments

open System
open System.IO
open PatFramework.Core.Data
open PatFramework.Core.Metrics
open PatFramework.Core.Training

/// The scores that a comparison ranks by.
[<RequireQualifiedAccess>]
type Score =
    | MeanIoU
    | Head
    | Medium
    | Tail

module Score =
    let all = [ Score.MeanIoU; Score.Head; Score.Medium; Score.Tail ]

    let name score =
        match score with
        | Score.MeanIoU -> "mean"
        | Score.Head -> "head"
        | Score.Medium -> "medium"
        | Score.Tail -> "tail"

    /// The score as a function of everything that a confusion matrix gives.
    let value (groups: ClassGroups) score : SegmentationScores -> float =
        match score with
        | Score.MeanIoU -> _.MeanIoU
        | Score.Head -> _.MeanIoUOver(groups.Head)
        | Score.Medium -> _.MeanIoUOver(groups.Medium)
        | Score.Tail -> _.MeanIoUOver(groups.Tail)

/// A score of a contender minus the baseline's: over the seeds that both have, and over resampled images.
type Difference =
    {
        Mean: float
        /// Student's t over seeds: what another seed may change. None for fewer than two.
        OverSeeds: Estimates.Interval option
        /// Paired bootstrap over images: what other images may change.
        OverImages: Estimates.Interval option
    }

/// A finished run with what it scores.
type ScoredRun =
    { Run: ComparedRun
      Evaluation: RunEvaluation
      Scores: SegmentationScores
      Epochs: EpochMetrics list }

/// What the finished runs of a contender come to.
type ContenderResult =
    {
        Contender: Contender
        Runs: ScoredRun list
        Scores: Map<Score, Estimates.Spread>
        IoU: Estimates.Spread list
        PixelAccuracy: Estimates.Spread
        MeanAccuracy: Estimates.Spread
        CrossEntropy: Estimates.Spread
        DiceError: Estimates.Spread
        /// To the baseline; empty for the baseline itself.
        Differences: Map<Score, Difference>
    }

/// What a comparison has come to so far. The first contender is the baseline.
type CompareResults =
    {
        Folder: string
        Comparison: ComparisonRecord
        Classes: ClassInfo list
        Statistics: ClassStatistics
        Groups: ClassGroups
        Contenders: ContenderResult list
        /// Runs that are not finished.
        Missing: ComparedRun list
    }

module CompareResults =

    /// Resamples of the bootstrap over images.
    let resamples = 2000

    let private scoredRun (run: ComparedRun) : ScoredRun =
        use folder = RunFolder.Open run.Folder
        let evaluation = RunJson.ReadFile<RunEvaluation> folder.Evaluation

        { Run = run
          Evaluation = evaluation
          Scores = evaluation.Scores()
          Epochs = MetricsLog.Read folder.Metrics |> List.ofSeq }

    let private over (runs: ScoredRun list) (score: SegmentationScores -> float) =
        runs |> List.map (fun (run: ScoredRun) -> score run.Scores) |> Estimates.spread

    let private contender groups (contender: Contender, runs: ScoredRun list) : ContenderResult =
        { Contender = contender
          Runs = runs
          Scores = Map [ for score in Score.all -> score, over runs (Score.value groups score) ]
          IoU = [ for index in 0 .. runs.Head.Scores.IoU.Count - 1 -> over runs (fun scores -> scores.IoU[index]) ]
          PixelAccuracy = over runs _.PixelAccuracy
          MeanAccuracy = over runs _.MeanAccuracy
          CrossEntropy = runs |> List.map (fun run -> Terminal.orNaN run.Evaluation.CrossEntropy) |> Estimates.spread
          DiceError = over runs _.DiceError
          Differences = Map.empty }

    /// The runs of both sides under the seeds that both have, in the same order.
    let private paired (baseline: ContenderResult) (other: ContenderResult) =
        [ for run in other.Runs do
              match baseline.Runs |> List.tryFind (fun own -> own.Run.Seed = run.Run.Seed) with
              | Some own -> own, run
              | None -> () ]

    let private differences groups (baseline: ContenderResult) (other: ContenderResult) =
        let left, right = paired baseline other |> List.unzip
        let values = [ for score in Score.all -> Score.value groups score ]

        let images =
            if left.IsEmpty then
                [ for _ in values -> None ]
            else
                let resampled (runs: ScoredRun list) =
                    runs |> List.map _.Evaluation |> Estimates.resampled resamples values

                (resampled left, resampled right)
                ||> List.map2 (fun left right -> Array.map2 (-) right left |> Estimates.middle)

        [ for score, value, overImages in List.zip3 Score.all values images ->
              let bySeed =
                  (left, right)
                  ||> List.map2 (fun (own: ScoredRun) (run: ScoredRun) -> value run.Scores - value own.Scores)

              score,
              { Mean = (Estimates.spread bySeed).Mean
                OverSeeds = Estimates.overSeeds bySeed
                OverImages = overImages } ]
        |> Map

    let private againstFirst groups (all: ContenderResult list) =
        match all with
        | [] -> []
        | baseline :: rest ->
            baseline :: [ for other in rest -> { other with Differences = differences groups baseline other } ]

    /// Reads every finished run; stops with one sentence where none is.
    let read folder : CompareResults =
        let comparison = CompareFolder.read folder
        let finished, missing = CompareFolder.runs folder comparison |> List.partition CompareQueue.isDone

        if finished.IsEmpty then
            Outcome.fail $"No run of {folder} is finished: go on with pat compare --out {folder}."

        use first = RunFolder.Open finished.Head.Folder
        let statistics = RunJson.ReadFile<ClassStatistics> first.ClassStatistics
        let groups = ClassGroups.ByPixelShare statistics.PixelCounts

        let contenders =
            finished |> List.map scoredRun |> List.groupBy _.Run.Contender |> List.map (contender groups)

        { Folder = Path.GetFullPath folder
          Comparison = comparison
          Classes = RunJson.ReadFile<TrainingConfig>(first.Config).Classes |> List.ofSeq
          Statistics = statistics
          Groups = groups
          Contenders = againstFirst groups contenders
          Missing = missing }
