/// `pat loss table1`: the paper's Table 1, computed, beside what it prints.
module PatFramework.Experiments.LossTable1Verb

open Spectre.Console
open PatFramework.Losses

/// A cell: what the definition gives and what the paper prints.
type Cell =
    { Probability: float
      Computed: float
      Printed: string }

    /// Rounded half up to two decimals, as the paper's numbers are (losses.md 1.1).
    member cell.Rounded = floor (cell.Computed * 100.0 + 0.5) / 100.0

    member cell.Matches = cell.Rounded = float cell.Printed

let private probabilities = [ for k in 2..9 -> float k / 10.0 ]

let private pat T p =
    (Curve.at (ce |> weighted (exponentialConfidence T)) p).Loss

/// (1 − p)^γ · −ln p, from l = ln p.
let private focal (γ: float) p =
    Real.value (fun l -> Scalar.power γ -(Scalar.expm1 l) * -l) (log p)

/// The rows of Do et al. 2024, arXiv 2404.05393, Table 1.
let private published =
    [ "focal, γ = 2", focal 2.0, "1.03 0.59 0.33 0.17 0.08 0.03 0.01 0.0"
      "PAT, T = 2", pat 2.0, "1.08 0.85 0.68 0.54 0.42 0.31 0.2 0.1"
      "focal, γ = 5", focal 5.0, "0.53 0.2 0.07 0.02 0.01 0.0 0.0 0.0"
      "PAT, T = 5", pat 5.0, "1.37 1.05 0.81 0.63 0.47 0.34 0.21 0.1" ]

let private row (loss: float -> float) (printed: string) =
    List.map2
        (fun p text -> { Probability = p; Computed = loss p; Printed = text })
        probabilities
        (List.ofArray (printed.Split ' '))

/// The table's rows with their names.
let rows: (string * Cell list) list = [ for name, loss, printed in published -> name, row loss printed ]

let private cells = List.collect snd rows
let private matches = cells |> List.filter _.Matches |> List.length

let private cellJson name (cell: Cell) =
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
              [ for name, cells in rows do
                    for cell in cells -> cellJson name cell ]
          "matching", Terminal.jsonCount (int64 matches)
          "count", Terminal.jsonCount (int64 cells.Length) ]

let private shown (cell: Cell) =
    let mark = if cell.Matches then "✓" else "✗"
    $"{Terminal.decimals 5 cell.Computed} {cell.Printed, -4} {mark}"

let private show (console: IAnsiConsole) =
    let columns =
        ("p", Justify.Left) :: [ for name, _ in rows -> $"{name}: computed, printed", Justify.Left ]

    let line k =
        Terminal.decimals 1 probabilities[k] :: [ for _, cells in rows -> shown cells[k] ]

    console.Write(Terminal.table columns (List.init probabilities.Length line))

    console.WriteLine
        $"{matches} of {cells.Length} cells are what the paper prints, at two decimals rounded half up (Do et al. 2024, Table 1)."

/// Shows the table; exit code 1 where a cell is not what the paper prints.
let run output =
    Terminal.emit output json show
    if matches = cells.Length then 0 else 1
