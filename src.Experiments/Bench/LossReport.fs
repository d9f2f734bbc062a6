/// How `pat bench loss` shows its rows: on the console, as JSON, as a table in Markdown, as bars.
module PatFramework.Experiments.LossReport

open System
open System.IO
open Spectre.Console
open PatFramework.Experiments.LossRow

/// A loss in a case: its row, or the sentence that says why there is none.
type Entry = { Loss: string; Case: Case; Outcome: Result<Row, string> }

/// All that was measured, and how.
type Report =
    { Peer: string
      Device: string
      InstructionSet: string
      Threads: int
      Rounds: int
      Entries: Entry list }

let private rows (report: Report) =
    [ for entry in report.Entries do
          match entry.Outcome with
          | Ok row -> row
          | Error _ -> () ]

/// The cases in the order in which they were measured, each with its rows.
let private byCase report =
    rows report |> List.groupBy (fun (row: Row) -> row.Case)

/// Losses that have no row, each with its sentence.
let refusals (report: Report) : string list =
    [ for entry in report.Entries do
          match entry.Outcome with
          | Ok _ -> ()
          | Error sentence -> $"{entry.Loss} at {entry.Case.Name} has no row: {sentence}." ]

/// What the numbers are.
let private caption report =
    $"Milliseconds of a forward pass with the gradient on {report.Device}, {report.Threads} threads, {report.InstructionSet} kernels, against {report.Peer}: "
    + $"medians of {report.Rounds} turns in one run, in which each takes its turn after the other; ratios are medians of the turns' own. "
    + "F.ce is PyTorch's F.cross_entropy; ops are the loss in PyTorch's tensor operations, held to our value within 1e-4 (bfloat16: 1.6e-2) "
    + "before anything is timed, and compiled is what torch.compile makes of them; ce is fused cross-entropy. MiB is what one fused pass, its gradient included, adds to the resident memory of a process of its "
    + "own at the peak, by the system's count, after a small pass and with the allocator's free memory given back (to about 1 MiB); allowed is "
    + "the gradient with 4 bytes a pixel; F.ce's is F.cross_entropy's. Where logits are upsampled to the labels, everyone upsamples them, "
    + "bilinearly."

let private milliseconds (seconds: float) =
    Terminal.decimals (if seconds < 0.1 then 2 else 0) (1e3 * seconds)

let private mebibytes (bytes: int64) =
    Terminal.decimals 1 (float bytes / 1048576.0)

let private orDash (value: float) (text: float -> string) =
    if Double.IsNaN value then "–" else text value

let private ratio (value: float) = orDash value (Terminal.decimals 1)

let private measured (bytes: int64 option) =
    bytes |> Option.map mebibytes |> Option.defaultValue "–"

/// Every column with what it shows of a row.
let private columns: (string * (Row -> string)) list =
    [ "loss", _.Loss
      "fused", (fun row -> milliseconds row.Seconds.Fused)
      "composed", (fun row -> milliseconds row.Seconds.Composed)
      "ops", (fun row -> milliseconds row.Seconds.Operations)
      "compiled", (fun row -> orDash row.Seconds.Compiled milliseconds)
      "F.ce", (fun row -> milliseconds row.Seconds.CrossEntropy)
      "F.ce/fused", (fun row -> ratio row.CrossEntropyRatio)
      "ops/fused", (fun row -> ratio row.OperationsRatio)
      "compiled/fused", (fun row -> ratio row.CompiledRatio)
      "fused/copy", (fun row -> Terminal.decimals 2 row.CopyRatio)
      "fused/ce", (fun row -> Terminal.decimals 2 row.FamilyRatio)
      "MiB", (fun row -> measured row.PeakBytes)
      "allowed", (fun row -> mebibytes (allowedBytes row.Case))
      "F.ce's", (fun row -> measured row.PeerPeakBytes) ]

/// The columns that some row fills.
let private filled (rows: Row list) =
    let isMemory name =
        List.contains name [ "MiB"; "allowed"; "F.ce's" ]

    let counted, compiled =
        rows |> List.exists _.PeakBytes.IsSome, rows |> List.exists (fun row -> not (Double.IsNaN row.CompiledRatio))

    columns
    |> List.filter (fun (name, _) ->
        if isMemory name then counted
        elif name.StartsWith("compiled", StringComparison.Ordinal) then compiled
        else true)

let private cells shown (row: Row) = [ for _, text in shown -> text row ]

let private copySeconds (rows: Row list) =
    rows |> Seq.map _.Seconds.Copy |> Statistics.median

/// The copy as a bandwidth: a pass has to move as much as it.
let private bandwidth (case: Case) rows =
    let seconds, bytes = copySeconds rows, movedBytes case

    $"{case.Name}: logits read and gradient written are {mebibytes bytes} MiB, which a copy of the logits moves in {milliseconds seconds} ms ({Terminal.decimals 1 (float bytes / seconds / 1e9)} GB/s)"

/// A table a case.
let show (report: Report) (console: IAnsiConsole) =
    console.WriteLine(caption report)

    let shown = filled (rows report)

    let justified =
        shown |> List.mapi (fun i (name, _) -> name, (if i = 0 then Justify.Left else Justify.Right))

    for case, rows in byCase report do
        console.WriteLine()
        console.WriteLine(bandwidth case rows)
        console.Write(Terminal.table justified (List.map (cells shown) rows))

    refusals report |> List.iter console.WriteLine

let private countJson (bytes: int64 option) : Terminal.Json =
    match bytes with
    | Some bytes -> Terminal.jsonCount bytes
    | None -> null

let private rowJson (row: Row) =
    Terminal.json
        [ "loss", Terminal.jsonText row.Loss
          "shape", Terminal.jsonText row.Case.Name
          "type", Terminal.jsonText row.Case.Type.Name
          "fusedSeconds", Terminal.jsonNumber row.Seconds.Fused
          "fusedCrossEntropySeconds", Terminal.jsonNumber row.Seconds.FusedCrossEntropy
          "composedSeconds", Terminal.jsonNumber row.Seconds.Composed
          "copySeconds", Terminal.jsonNumber row.Seconds.Copy
          "peerOperationsSeconds", Terminal.jsonNumber row.Seconds.Operations
          "peerCompiledSeconds", Terminal.jsonNumber row.Seconds.Compiled
          "peerCrossEntropySeconds", Terminal.jsonNumber row.Seconds.CrossEntropy
          "peerCrossEntropyOverFused", Terminal.jsonNumber row.CrossEntropyRatio
          "peerOperationsOverFused", Terminal.jsonNumber row.OperationsRatio
          "peerCompiledOverFused", Terminal.jsonNumber row.CompiledRatio
          "fusedOverCopy", Terminal.jsonNumber row.CopyRatio
          "fusedOverFusedCrossEntropy", Terminal.jsonNumber row.FamilyRatio
          "movedBytes", Terminal.jsonCount (movedBytes row.Case)
          "copyBytesPerSecond", Terminal.jsonNumber (float (movedBytes row.Case) / row.Seconds.Copy)
          "peakBytes", countJson row.PeakBytes
          "allowedBytes", Terminal.jsonCount (allowedBytes row.Case)
          "peerCrossEntropyPeakBytes", countJson row.PeerPeakBytes ]

/// The report as one object.
let json (report: Report) () =
    Terminal.json
        [ "peer", Terminal.jsonText report.Peer
          "device", Terminal.jsonText report.Device
          "instructionSet", Terminal.jsonText report.InstructionSet
          "threads", Terminal.jsonCount (int64 report.Threads)
          "rounds", Terminal.jsonCount (int64 report.Rounds)
          "rows", Terminal.jsonArray [ for row in rows report -> rowJson row ]
          "refused", Terminal.jsonArray [ for sentence in refusals report -> Terminal.jsonText sentence ] ]

let private markdownRow cells = "| " + String.concat " | " cells + " |"

let private section shown (case: Case, rows: Row list) =
    let rule = "|---|" + String.replicate (List.length shown - 1) "---:|"

    [ ""; $"## {case.Name}"; ""; bandwidth case rows + "."; ""; markdownRow (List.map fst shown); rule ]
    @ List.map (cells shown >> markdownRow) rows

/// The table in Markdown.
let markdown (report: Report) : string =
    [ "# The cost of a loss"; ""; caption report; ""; "![How many times faster](loss.svg)" ]
    @ List.collect (section (filled (rows report))) (byCase report)
    @ [ for sentence in refusals report do
            ""
            sentence ]
    |> String.concat "\n"
    |> fun text -> text + "\n"

let private chart (report: Report) (case: Case, rows: Row list) : BarChart.BarChart =
    { Title = $"Fused losses at {case.Name} on {report.Device}, {report.Threads} threads, against {report.Peer}"
      XTitle = "times faster, forward pass and gradient"
      Series = [ "than F.cross_entropy"; "than the loss in operations" ]
      Groups = [ for row in rows -> { Name = row.Loss; Lengths = [ row.CrossEntropyRatio; row.OperationsRatio ] } ]
      Mark = Some 1.0 }

/// The bars, a chart a case.
let bars (report: Report) : string =
    byCase report |> List.map (chart report) |> BarChart.page

/// Writes loss.md and loss.svg.
let write (folder: string) (report: Report) =
    Directory.CreateDirectory folder |> ignore
    File.WriteAllText(Path.Combine(folder, "loss.md"), markdown report)
    File.WriteAllText(Path.Combine(folder, "loss.svg"), bars report)
