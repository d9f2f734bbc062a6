/// `pat reproduce`: the paper's tables and figures over whichever data there is.
module PatFramework.Experiments.ReproduceVerb

open System.IO
open Argu
open Spectre.Console
open PatFramework.Core.Training
open PatFramework.Experiments.Arguments

/// What was made of one data set.
type private Made =
    { Data: string
      Found: CompareResults
      Table: CompareTables.Table
      Unfinished: int }

let private chosen (given: ParseResults<ReproduceArguments>) =
    match given.GetSubCommand() with
    | ReproduceArguments.Table1 options -> Reproduction.Table1, options
    | ReproduceArguments.Table3 options -> Reproduction.Table3, options
    | ReproduceArguments.Table4 options -> Reproduction.Table4, options
    | ReproduceArguments.Table5 options -> Reproduction.Table5, options
    | ReproduceArguments.Table6 options -> Reproduction.Table6, options
    | ReproduceArguments.Figure3c options -> Reproduction.Figure3c, options
    | ReproduceArguments.Figure4 options -> Reproduction.Figure4, options
    | ReproduceArguments.Figure5 options -> Reproduction.Figure5, options

/// The options of `pat train` that apply to every run.
let private training (given: ParseResults<ReproduceOptions>) =
    TrainingOptions.parse
        "pat reproduce"
        (given.GetResults ReproduceOptions.Training)
        [ _.Contains(TrainArguments.Loss), "--loss: the table names the losses"
          _.Contains(TrainArguments.Model), "--model: the table names the models"
          _.Contains(TrainArguments.Seed), "--seed: name the seeds with --seeds"
          _.Contains(TrainArguments.Config), "--config: the table is the recipe"
          _.Contains(TrainArguments.Resume), "--resume: it always goes on where it ended" ]

/// A data set's name for a folder.
let private folderName (data: string) =
    data
    |> String.map (fun letter -> if System.Char.IsAsciiLetterOrDigit letter then letter else '-')
    |> _.Trim('-')

/// Rounds of the measurement of costs.
let private rounds budget =
    match budget with
    | Budget.Small -> 3
    | Budget.Full -> 20

let private tableOf what (data: string) contenders (found: CompareResults) cost =
    let cells = ReproducedTables.cells contenders found

    match what with
    | Reproduction.Table4 -> ReproducedTables.table4 cells
    | Reproduction.Table5 -> ReproducedTables.table5 cells
    | Reproduction.Table6 -> ReproducedTables.table6 found cells
    | Reproduction.Figure4 -> CompareTables.scores found
    | Reproduction.Figure5 ->
        cost |> Option.map CompareTables.cost |> Option.defaultWith (fun () -> CompareTables.scores found)
    | Reproduction.Table1
    | Reproduction.Figure3c
    | Reproduction.Table3 -> ReproducedTables.table3 data cells

/// Trains what a table needs on one data set, reports it, and gives the table.
let private compare debug what budget seeds images options out (data: string) : Made =
    let folder = Path.Combine(out, Reproduction.name what, folderName data)
    let contenders = Reproduction.contenders budget what
    let config = Reproduction.config budget data |> Recipe.configuration options

    let comparison =
        let spelled = [ for _, label in contenders -> Contender.parse label |> Outcome.orFail ]
        CompareFolder.extend folder config "last" spelled seeds

    let states = CompareFolder.runs folder comparison |> CompareQueue.run debug comparison
    let found = CompareResults.read folder

    let cost =
        if what = Reproduction.Figure5 then
            Some(CompareCost.measure (rounds budget) found)
        else
            None

    CompareReports.write found cost images states

    { Data = data
      Found = found
      Table = tableOf what data contenders found cost
      Unfinished = states |> List.filter (fun (_, state) -> state <> CompareQueue.State.Done) |> List.length }

let private trained (config: TrainingConfig) =
    $"{config.Epochs} epochs, batches of {config.BatchSize} at {config.Size}, {config.Optimizer} at {config.LearningRate}, {config.Schedule} schedule, {config.Precision}, weights of the last epoch"

let private markdown what (all: Made list) =
    [ $"# {Reproduction.name what} of Do et al. 2024, made again"
      for made in all do
          $"## {made.Data}"
          trained made.Found.Comparison.Config
          CompareTables.markdown made.Table
      "What differs from the paper:"
      Published.differs what |> List.map (fun note -> $"- {note}") |> String.concat "\n" ]
    |> String.concat "\n\n"
    |> fun text -> text + "\n"

let private show what out (all: Made list) (console: IAnsiConsole) =
    for made in all do
        console.WriteLine $"{Reproduction.name what} on {made.Data}: {trained made.Found.Comparison.Config}"

        let columns =
            made.Table.Columns
            |> List.mapi (fun index name -> name, (if index = 0 then Justify.Left else Justify.Right))

        console.Write(Terminal.table columns made.Table.Rows)
        console.WriteLine $"the report: {made.Found.Folder}/report.html"

    console.WriteLine "What differs from the paper:"
    Published.differs what |> List.iter (fun note -> console.WriteLine $"- {note}")
    console.WriteLine $"the table: {out}/{Reproduction.name what}.md"

let private json what (all: Made list) () =
    Terminal.json
        [ "what", Terminal.jsonText (Reproduction.name what)
          "tables",
          Terminal.jsonArray
              [ for made in all ->
                    Terminal.json
                        [ "data", Terminal.jsonText made.Data
                          "columns", Terminal.jsonArray [ for name in made.Table.Columns -> Terminal.jsonText name ]
                          "rows",
                          Terminal.jsonArray
                              [ for row in made.Table.Rows ->
                                    Terminal.jsonArray [ for cell in row -> Terminal.jsonText cell ] ] ] ]
          "differs", Terminal.jsonArray [ for note in Published.differs what -> Terminal.jsonText note ] ]

/// Figure 3(c): the curves of a pixel's loss.
let private figure3c output out =
    let curves =
        [ "ce"; "focal:gamma=2"; "focal:gamma=5"; "pat:temperature=2"; "pat:temperature=5" ]
        |> List.map LossCurveVerb.curve

    Directory.CreateDirectory out |> ignore
    CompareReports.writeText out "fig3c.html" (CurvePage.html curves)
    CompareReports.writeText out "fig3c.csv" (CurvePage.csv curves)

    Terminal.emit output (fun () -> Terminal.json [ "out", Terminal.jsonText $"{out}/fig3c.html" ]) (fun console ->
        console.WriteLine $"Figure 3(c), loss, weight and gain over p: {out}/fig3c.html, fig3c.csv")

    0

let private trainAndShow output debug (given: ParseResults<ReproduceOptions>) what out =
    let budget = given.GetResult(ReproduceOptions.Budget, Budget.Small)
    let options = training given
    let seeds = given.GetResult(ReproduceOptions.Seeds, "0") |> CompareVerb.seeds
    let images = not (given.Contains ReproduceOptions.NoImages)

    let data =
        match given.GetResults ReproduceOptions.Data with
        | [] -> [ Reproduction.defaultData budget ]
        | several -> several

    let all = data |> List.map (compare debug what budget seeds images options out)
    CompareReports.writeText out $"{Reproduction.name what}.md" (markdown what all)
    Terminal.emit output (json what all) (show what out all)

    match all |> List.sumBy _.Unfinished with
    | 0 -> 0
    | left -> Outcome.fail $"{left} runs are not finished: the same command goes on with them."

/// Runs `pat reproduce`.
let run output debug (given: ParseResults<ReproduceArguments>) =
    let what, options = chosen given
    let out = options.GetResult(ReproduceOptions.Out, "runs/reproduce")

    match what with
    | Reproduction.Table1 -> LossTable1Verb.run output
    | Reproduction.Figure3c -> figure3c output out
    | what -> trainAndShow output debug options what out
