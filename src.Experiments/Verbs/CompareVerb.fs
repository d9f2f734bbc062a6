/// `pat compare`: losses × seeds, one after another, and what they come to.
module PatFramework.Experiments.CompareVerb

open System
open System.Globalization
open Argu
open Spectre.Console
open PatFramework.Core.Training
open PatFramework.Experiments.Arguments

/// The seeds of a list.
let seeds (text: string) =
    let seed (part: string) =
        match Int32.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, value -> value
        | _ -> Outcome.fail $"'{text}' is no list of seeds: give whole numbers separated by commas, such as 0,1,2."

    text.Split ',' |> Array.map seed |> Array.distinct |> List.ofArray

/// What `pat train` would be told; what a comparison decides itself is refused.
let private training (given: ParseResults<CompareArguments>) =
    TrainingOptions.parse
        "pat compare"
        (given.GetResults CompareArguments.Training)
        [ _.Contains(TrainArguments.Loss), "--loss: name the losses with --losses"
          _.Contains(TrainArguments.Seed), "--seed: name the seeds with --seeds"
          _.Contains(TrainArguments.Resume), "--resume: a comparison always goes on where it ended" ]

let private weights (given: ParseResults<CompareArguments>) (recipe: string option) =
    match given.GetResult(CompareArguments.Weights, defaultArg recipe "last") with
    | "best"
    | "last" as weights -> weights
    | other -> Outcome.fail $"--weights is '{other}': give best or last."

/// What a recipe says, or nothing.
let private recipe (options: ParseResults<TrainArguments>) =
    options.TryGetResult TrainArguments.Config |> Option.map RecipeFile.readComparison

/// The comparison to go on with, or the one that recipe and arguments begin or extend; arguments go before the recipe.
let private comparison (given: ParseResults<CompareArguments>) out =
    let options = training given
    let recipe = recipe options

    let losses =
        match given.TryGetResult CompareArguments.Losses, recipe with
        | Some losses, _ -> Some losses
        | None, Some recipe when not recipe.Losses.IsEmpty -> Some(String.concat "; " recipe.Losses)
        | None, _ -> None

    match losses with
    | None -> CompareFolder.read out
    | Some losses ->
        let contenders = Contender.parseAll losses |> Outcome.orFail

        let seeds =
            match given.TryGetResult CompareArguments.Seeds, recipe with
            | Some text, _ -> seeds text
            | None, Some { Seeds = _ :: _ as seeds } -> seeds
            | None, _ -> [ 0 ]

        let earlier = if CompareFolder.exists out then Some (CompareFolder.read out).Config else None

        let basis =
            match recipe, earlier, options.TryGetResult TrainArguments.Data with
            | Some recipe, _, _ -> recipe.Config
            | None, Some config, _ -> config
            | None, None, Some data -> Recipe.defaults data
            | None, None, None -> Outcome.fail "--data is missing: say what to train on, such as --data camvid:DIR."

        let weights = weights given (recipe |> Option.bind _.Weights)
        CompareFolder.extend out (Recipe.configuration options basis) weights contenders seeds

let private show (found: CompareResults) (console: IAnsiConsole) =
    for table in CompareTables.forTerminal found do
        let columns =
            table.Columns
            |> List.mapi (fun index name -> name, (if index = 0 || name = "loss" then Justify.Left else Justify.Right))

        console.Write(Terminal.table columns table.Rows)

    console.WriteLine(ComparePage.lead found)
    console.WriteLine $"results: {found.Folder}/report.html, results.json, tables.md, tables.tex"

/// Writes every report of what is finished, and shows it.
let private report (given: ParseResults<CompareArguments>) output (found: CompareResults) states =
    let cost =
        match given.TryGetResult CompareArguments.Cost with
        | Some rounds when rounds < 1 -> Outcome.fail $"--cost is {rounds}: give 1 round or more."
        | Some rounds -> Some(CompareCost.measure rounds found)
        | None -> CompareCost.tryRead found.Folder

    CompareReports.write found cost (not (given.Contains CompareArguments.NoImages)) states
    Terminal.emit output (fun () -> CompareJson.results found) (show found)

/// Says which runs are left, and fails while there are some.
let private finish out (states: (ComparedRun * CompareQueue.State) list) =
    let left = states |> List.filter (fun (_, state) -> state <> CompareQueue.State.Done)

    if left.IsEmpty then
        0
    else
        let names =
            left |> List.map (fun (run, _) -> $"{run.Contender.Label} (seed {run.Seed})") |> String.concat ", "

        Outcome.fail
            $"{left.Length} of {states.Length} runs are not finished: {names}. Go on with pat compare --out {out}."

/// Runs `pat compare`.
let run output debug (given: ParseResults<CompareArguments>) =
    let out = given.GetResult CompareArguments.Out
    let comparison = comparison given out
    let runs = CompareFolder.runs out comparison

    let states =
        if given.Contains CompareArguments.ReportOnly then
            [ for run in runs ->
                  run,
                  (if CompareQueue.isDone run then
                       CompareQueue.State.Done
                   else
                       CompareQueue.State.Stopped) ]
        else
            CompareQueue.run debug comparison runs

    if states |> List.exists (fun (_, state) -> state = CompareQueue.State.Done) then
        report given output (CompareResults.read out) states

    if given.Contains CompareArguments.ReportOnly then 0 else finish out states
