/// `pat data stats`, `check` and `synth`.
module PatFramework.Experiments.DataVerb

open System
open System.IO
open Argu
open Spectre.Console
open PatFramework.Core.Data
open PatFramework.Experiments.Arguments

let private requireNew (out: string) =
    if
        File.Exists out
        || (Directory.Exists out && Seq.isEmpty (Directory.EnumerateFileSystemEntries out) |> not)
    then
        Outcome.fail $"{out} exists and is not an empty folder: give another --out."

let private synth output (given: ParseResults<SynthArguments>) =
    let out = given.GetResult SynthArguments.Out
    let count = given.GetResult(Count, 200)
    let seed = given.GetResult(SynthArguments.Seed, 0)

    let size =
        given.TryPostProcessResult(SynthArguments.Size, ImageSize.Parse)
        |> Option.defaultValue (ImageSize(180, 240))

    requireNew out

    Progress.counted $"drawing {out}" (fun report ->
        SynthStreet.Write(
            out,
            SynthOptions(count, size.Height, size.Width, uint64 seed),
            Progress.reporter (fun drawn -> report.Invoke(drawn, count))
        ))

    let json () =
        Terminal.json [ "data", Terminal.jsonText $"folder:{out}" ]

    Terminal.emit output json (fun console -> console.WriteLine $"written: train with --data folder:{out}")
    0

/// Runs `pat data …`.
let run output (arguments: ParseResults<DataArguments>) =
    match arguments.GetSubCommand() with
    | Stats given -> DataStatsVerb.run output given
    | DataArguments.Check given -> DataCheckVerb.run output given
    | Synth given -> synth output given
