/// `pat bench bridge`: what a call from .NET costs over the same ATen call from C++.
module PatFramework.Experiments.BridgeBench

open System
open System.Diagnostics
open System.Globalization
open System.IO
open System.Runtime.InteropServices
open Spectre.Console
open TorchSharp
open PatFramework.Core

/// The most nanoseconds that a call may cost over ATen's.
[<Literal>]
let private Budget = 2000.0

let private rounds, calls = 101, 1000

/// Each operator by the name that the C++ program prints for it.
let private cases () : (string * (unit -> unit)) list =
    let one, rows = torch.ones [| 1L |], torch.ones [| 2L; 8L |]
    let image, kernel = torch.ones [| 1L; 1L; 4L; 4L |], torch.ones [| 1L; 1L; 3L; 3L |]
    let once (result: torch.Tensor) = result.Dispose()
    let unit = [| 1L; 1L |]

    [ "add.Tensor [1]", (fun () -> once (one.add one))
      "view [4,4]", (fun () -> once (image.view (4L, 4L)))
      "log_softmax [2,8]", (fun () -> once (torch.nn.functional.log_softmax (rows, 1L)))
      "conv2d [1,1,4,4]", (fun () -> once (torch.nn.functional.conv2d (image, kernel, one, unit, unit))) ]

[<DllImport("libc", EntryPoint = "clock_gettime")>]
extern int private clockTime(int clock, int64[] time)

/// Processor time of this thread, which a busy machine disturbs least; the C++ program reads the same clock.
let private threadNanoseconds () =
    let time = [| 0L; 0L |]

    if clockTime (3, time) <> 0 then
        raise (PatException "clock_gettime has no processor time of threads here.")

    float time[0] * 1e9 + float time[1]

let private nanoseconds (body: unit -> unit) =
    let turn () =
        let start = threadNanoseconds ()

        for _ in 1..calls do
            body ()

        (threadNanoseconds () - start) / float calls

    turn () |> ignore
    Statistics.median [ for _ in 1..rounds -> turn () ]

/// The medians of the C++ program's first column, by operator.
let private direct () =
    let program = "build/native/bridge_bench"

    if not (File.Exists program) then
        raise (PatException $"{program} is missing: ./build.sh Bench builds it.")

    let info = ProcessStartInfo(program, [ string rounds; string calls ], RedirectStandardOutput = true)
    use started = Process.Start info |> nonNull
    let lines = started.StandardOutput.ReadToEnd().Split '\n'
    started.WaitForExit()

    fun (name: string) ->
        let line = lines |> Array.find _.StartsWith(name, StringComparison.Ordinal)
        let columns = line.Substring(name.Length).Split(' ', StringSplitOptions.RemoveEmptyEntries)
        Double.Parse(columns[0], CultureInfo.InvariantCulture)

/// Measures both and prints the table; exit code 1 when a call costs more than the budget.
let run output =
    let aten = direct ()
    torch.set_num_threads 1
    use _quiet = torch.no_grad ()
    let rows = [ for name, body in cases () -> name, aten name, nanoseconds body ]

    let json () =
        Terminal.json
            [ "operators",
              Terminal.jsonArray
                  [ for name, theirs, ours in rows ->
                        Terminal.json
                            [ "name", Terminal.jsonText name
                              "atenNanoseconds", Terminal.jsonNumber theirs
                              "nanoseconds", Terminal.jsonNumber ours
                              "ratio", Terminal.jsonNumber (ours / theirs) ] ] ]

    Terminal.emit output json (fun console ->
        let columns =
            [ "operator", Justify.Left
              "C++, ns", Justify.Right
              ".NET, ns", Justify.Right
              "difference, ns", Justify.Right
              ".NET / C++", Justify.Right ]

        let cells (name, theirs, ours) =
            [ name
              Terminal.decimals 0 theirs
              Terminal.decimals 0 ours
              Terminal.decimals 0 (ours - theirs)
              Terminal.decimals 2 (ours / theirs) ]

        console.Write(Terminal.table columns (List.map cells rows)))

    if rows |> List.forall (fun (_, theirs, ours) -> ours - theirs < Budget) then
        0
    else
        1
