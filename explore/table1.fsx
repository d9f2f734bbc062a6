// Table 1 of Do et al. 2024 (arXiv 2404.05393), computed from the definitions, beside what the paper prints.
// Run after ./build.sh Build, from anywhere, without libtorch: dotnet fsi explore/table1.fsx
#r "../src.Losses/bin/Release/net10.0/PatFramework.Losses.dll"

open PatFramework.Losses

let cell (cell: Table1Cell) =
    let mark = if cell.Matches then "✓" else "✗"
    $"%7.5f{cell.Computed} {cell.Printed, -4} {mark}"

printfn "  p   %s" (Table1.rows |> List.map (fun (name, _) -> name.PadRight 16) |> String.concat "")

for k, p in List.indexed Table1.probabilities do
    printfn "  %.1f %s" p (Table1.rows |> List.map (fun (_, cells) -> cell cells[k]) |> String.concat "  ")

let cells = List.collect snd Table1.rows
let matching = cells |> List.filter _.Matches |> List.length
printfn "\n%d of %d cells are what the paper prints, at two decimals rounded half up." matching cells.Length
