/// A peer program that answers requests line by line, so that both sides of a benchmark take turns in one run.
module PatFramework.Experiments.Peer

open System
open System.Diagnostics
open System.IO
open PatFramework.Core

/// The file of a checkout, searched upwards from the program's folder.
let findFile (path: string) =
    let rec search (folder: DirectoryInfo | null) =
        match folder with
        | null -> raise (PatException $"{path} is missing: benchmarks run from a checkout of the project.")
        | folder when File.Exists(Path.Combine(folder.FullName, path)) -> Path.Combine(folder.FullName, path)
        | folder -> search folder.Parent

    search (DirectoryInfo AppContext.BaseDirectory)

/// A running peer.
type Peer(program: string, arguments: string seq, remedy: string) =
    let info =
        ProcessStartInfo(
            program,
            arguments,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    let started =
        try
            Process.Start info |> nonNull
        with problem ->
            raise (PatException($"'{program}' could not be started ({problem.Message}): {remedy}", problem))

    let errors = started.StandardError.ReadToEndAsync()

    let lastError () =
        let lines = errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        Array.tryLast lines |> Option.defaultValue "it printed nothing"

    /// Sends a request and waits for the answer.
    member _.Ask(request: string) : string =
        try
            started.StandardInput.WriteLine request
            started.StandardInput.Flush()
        with :? IOException ->
            ()

        match started.StandardOutput.ReadLine() with
        | null -> raise (PatException $"'{program}' ended early ({lastError ()}): {remedy}")
        | answer -> answer

    interface IDisposable with
        member _.Dispose() =
            started.StandardInput.Close()

            if not (started.WaitForExit 5000) then
                started.Kill()

            started.Dispose()
