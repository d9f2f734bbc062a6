/// `pat data check`: opens every file, and compares samples and splits with each other.
module PatFramework.Experiments.DataCheckVerb

open Argu
open Spectre.Console
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Experiments.Arguments

/// The split with what its samples hold, or why it can't be opened.
let private opened source split =
    try
        let dataset = DataSource.openSplit source split

        Progress.counted $"checking {dataset.Name}" (fun report ->
            DatasetCheck.Run(dataset, Progress.reporter (fun done' -> report.Invoke(done', dataset.Count))))
        |> fun samples -> Ok(CheckedSplit(split, dataset, samples))
    with :? PatException as problem ->
        Error problem.Message

let private good (splits: Result<CheckedSplit, string> list) = splits |> List.choose Result.toOption

let private closed (splits: Result<CheckedSplit, string> list) =
    splits
    |> List.choose (function
        | Error problem -> Some problem
        | Ok _ -> None)

let private verdict samples bad (problems: string list) =
    match problems.Length, bad with
    | 0, _ -> 0
    | count, bad when count = bad -> Outcome.fail $"{bad} of {samples} samples are wrong."
    | count, bad -> Outcome.fail $"{count} problems; {bad} of {samples} samples are wrong."

/// Runs `pat data check`.
let run output (given: ParseResults<DataCheckArguments>) =
    let source = given.GetResult DataCheckArguments.Source |> DataSource.parse |> Outcome.orFail
    let splits = DataSource.splits source |> List.map (opened source)
    let report = SplitsCheck.Run(Array.ofList (good splits))
    let bad = good splits |> List.collect (fun split -> List.ofSeq split.Samples.Problems)
    let problems = closed splits @ bad @ List.ofSeq report.Problems
    let samples = good splits |> List.sumBy (fun split -> split.Dataset.Count)

    let json () =
        Terminal.json
            [ "samples", Terminal.jsonCount samples
              "problems", Terminal.jsonArray [ for problem in problems -> Terminal.jsonText problem ]
              "notes", Terminal.jsonArray [ for note in report.Notes -> Terminal.jsonText note ] ]

    let show (console: IAnsiConsole) =
        problems |> List.iter console.WriteLine
        report.Notes |> Seq.iter (fun note -> console.WriteLine $"note: {note}")

        if problems.IsEmpty then
            console.WriteLine $"{samples} samples, all of them good"

    Terminal.emit output json show
    verdict samples bad.Length problems
