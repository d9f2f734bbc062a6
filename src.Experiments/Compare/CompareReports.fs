/// The files that a comparison is reported in.
module PatFramework.Experiments.CompareReports

open System
open System.IO
open System.Text
open PatFramework.Core
open PatFramework.Core.Training

/// Writes a text, whole or not at all.
let writeText (out: string) (name: string) (text: string) =
    AtomicFile.Write(Path.Combine(out, name), (fun stream -> stream.Write(ReadOnlySpan(Encoding.UTF8.GetBytes text))))

/// The tables, each after the one before it.
let private tables (found: CompareResults) =
    [ CompareTables.scores found
      CompareTables.differences found
      CompareTables.classes found
      yield! CompareCost.tryRead found.Folder |> Option.map CompareTables.cost |> Option.toList ]

let private markdown (found: CompareResults) =
    "# " + found.Comparison.Config.Data :: List.map CompareTables.markdown (tables found)
    |> String.concat "\n\n"
    |> fun text -> text + "\n"

let private latex (found: CompareResults) =
    (tables found |> List.map CompareTables.latex |> String.concat "\n\n") + "\n"

let private sentence (run: ComparedRun, state) =
    let name = $"{run.Contender.Label} (seed {run.Seed})"

    match state with
    | CompareQueue.State.Failed reason -> $"{name}: {reason}"
    | CompareQueue.State.Elsewhere -> $"{name}: another process trains it"
    | CompareQueue.State.Stopped
    | CompareQueue.State.Done -> name

/// The pictures of the page; where the data can't be read any more, the report does without.
let private panels (found: CompareResults) =
    try
        ComparePanels.read found
    with :? PatException as problem ->
        Terminal.note $"the report has no images: {problem.Message}"
        []

/// Writes report.html, results.json, tables.md and tables.tex of what is finished.
let write
    (found: CompareResults)
    (cost: CompareCost option)
    (images: bool)
    (states: (ComparedRun * CompareQueue.State) list)
    =
    let extras: ComparePage.Extras =
        { Panels = if images then panels found else []
          Cost = cost
          Unfinished = states |> List.filter (fun (_, state) -> state <> CompareQueue.State.Done) |> List.map sentence }

    let file = writeText found.Folder
    file "results.json" (Terminal.document (CompareJson.results found) + "\n")
    file "tables.md" (markdown found)
    file "tables.tex" (latex found)
    file "report.html" (ComparePage.html found extras)
