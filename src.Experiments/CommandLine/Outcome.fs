/// Failures to exit codes: 0 done, 1 the work failed, 2 wrong usage.
module PatFramework.Experiments.Outcome

open System
open System.IO
open Argu
open PatFramework.Core
open PatFramework.Losses

/// Stops with a sentence that says what was received, the rule and the fix.
let fail (sentence: string) : 'a = raise (PatException sentence)

/// The value, or stops with the sentence of the error.
let orFail result =
    match result with
    | Ok value -> value
    | Error sentence -> fail sentence

/// The flags and verbs that a usage text lists.
let private listed (usage: string) =
    let first (line: string) =
        line.Trim().Split([| ' '; ',' |]) |> Array.head

    usage.Split '\n'
    |> Array.filter (fun line -> line.StartsWith("    ", StringComparison.Ordinal))
    |> Array.map first
    |> Array.filter (fun word ->
        word.Length > 1 && (word.StartsWith("--", StringComparison.Ordinal) || Char.IsLower word[0]))

let private quoted (line: string) =
    match line.Split '\'' with
    | [| _; word; _ |] -> Some word
    | _ -> None

let private suggestion (line: string) usage =
    match quoted line with
    | Some word when line.StartsWith("unrecognized", StringComparison.Ordinal) ->
        match Spelling.nearest word (listed usage) with
        | Some other -> $" Did you mean '{other}'?"
        | None -> ""
    | _ -> ""

/// The command that the usage text is about; where Argu gives the whole program's, the verb that was typed.
let private command (arguments: string array) (message: string) (usage: string) =
    let line =
        usage.Split '\n'
        |> Array.tryFind (fun line -> line.StartsWith("USAGE: ", StringComparison.Ordinal))
        |> Option.defaultValue "USAGE: pat [--help]"

    let command = line.Substring(7).Split(" [--help]") |> Array.head

    match command, Array.tryHead arguments with
    | "pat", Some verb when message.StartsWith("missing", StringComparison.Ordinal) -> $"pat {verb}"
    | _ -> command

/// Wrong usage in one sentence: what is wrong, the nearest flag, where help is.
let usage (arguments: string array) (text: string) =
    let text = text.Replace("\r", "")
    let line = text.Split '\n' |> Array.head
    let message = line.Replace("ERROR: ", "").TrimEnd '.'
    $"{message}.{suggestion message text} '{command arguments message text} --help' lists what it takes."

let private sentence debug (problem: exn) =
    match problem with
    | _ when debug -> string problem
    | :? PatException
    | :? IOException
    | :? UnauthorizedAccessException -> problem.Message
    | :? DllNotFoundException ->
        $"A native library is missing: 'pat doctor' says which, and what to do. ({problem.Message.Split('\n')[0]})"
    | _ -> $"{problem.GetType().Name}: {problem.Message.Split('\n')[0]} (--debug shows where)"

/// Runs the work and turns whatever it throws into one sentence on stderr and an exit code.
let guard (arguments: string array) (work: unit -> int) =
    try
        work ()
    with
    | :? ArguParseException as problem when problem.ErrorCode = ErrorCode.HelpText ->
        Console.Out.WriteLine problem.Message
        0
    | :? ArguParseException as problem ->
        Terminal.note $"pat: {usage arguments problem.Message}"
        2
    | problem ->
        let debug = Array.contains "--debug" arguments
        Terminal.note $"pat: {sentence debug problem}"
        1
