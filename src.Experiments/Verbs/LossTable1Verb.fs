/// `pat loss table1`: the paper's Table 1, computed, beside what it prints.
module PatFramework.Experiments.LossTable1Verb

open Spectre.Console
open PatFramework.Losses

let private cells = List.collect snd Table1.rows
let private matches = cells |> List.filter _.Matches |> List.length

let private cellJson name (cell: Table1Cell) =
    Terminal.json
        [ "loss", Terminal.jsonText name
          "probability", Terminal.jsonNumber cell.Probability
          "computed", Terminal.jsonNumber cell.Computed
          "rounded", Terminal.jsonNumber cell.Rounded
          "printed", Terminal.jsonText cell.Printed
          "matches", Terminal.jsonFlag cell.Matches ]

let private json () =
    Terminal.json
        [ "cells",
          Terminal.jsonArray
              [ for name, cells in Table1.rows do
                    for cell in cells -> cellJson name cell ]
          "matching", Terminal.jsonCount (int64 matches)
          "count", Terminal.jsonCount (int64 cells.Length) ]

let private shown (cell: Table1Cell) =
    let mark = if cell.Matches then "✓" else "✗"
    $"{Terminal.decimals 5 cell.Computed} {cell.Printed, -4} {mark}"

let private show (console: IAnsiConsole) =
    let columns =
        ("p", Justify.Left) :: [ for name, _ in Table1.rows -> $"{name}: computed, printed", Justify.Left ]

    let line k =
        Terminal.decimals 1 Table1.probabilities[k] :: [ for _, cells in Table1.rows -> shown cells[k] ]

    console.Write(Terminal.table columns (List.init Table1.probabilities.Length line))

    console.WriteLine
        $"{matches} of {cells.Length} cells are what the paper prints, at two decimals rounded half up (Do et al. 2024, Table 1)."

/// Shows the table; exit code 1 where a cell is not what the paper prints.
let run output =
    Terminal.emit output json show
    if matches = cells.Length then 0 else 1
