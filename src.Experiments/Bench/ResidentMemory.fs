/// How much memory a piece of work takes at its peak, as the system counts it.
module PatFramework.Experiments.ResidentMemory

open System
open System.IO
open System.Runtime.InteropServices
open PatFramework.Core

[<DllImport("libc", EntryPoint = "malloc_trim")>]
extern int private trimHeap(unativeint keep)

let private field (name: string) =
    File.ReadLines "/proc/self/status"
    |> Seq.find (fun line -> line.StartsWith(name, StringComparison.Ordinal))
    |> fun line -> 1024L * int64 (line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])

/// The bytes by which resident memory grows in `work` at its peak; what `work` returns lives until then. Free memory that the
/// allocator still holds is given back first, or work that reuses it would seem to take none.
let growth (work: unit -> IDisposable) : int64 =
    GC.Collect()
    trimHeap 0un |> ignore

    try
        File.WriteAllText("/proc/self/clear_refs", "5") // the peak starts from here
    with :? IOException as problem ->
        raise (PatException($"The system does not let the peak of memory be reset ({problem.Message}).", problem))

    let before = field "VmRSS"
    use _result = work ()
    field "VmHWM" - before
