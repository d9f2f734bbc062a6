/// `pat loss check`: the kernels of a device against the definitions.
module PatFramework.Experiments.LossCheckVerb

open System
open System.Security.Cryptography
open System.Text
open Argu
open Spectre.Console
open PatFramework.Core.Kernels
open PatFramework.Core.Training
open PatFramework.Experiments.Arguments
open PatFramework.Experiments.LossCheck

let private maker (kind: LossKernelKind) definition =
    match kind with
    | LossKernelKind.Fused -> KernelFactory.Fused(definition, LossInput.Ignored)
    | LossKernelKind.Composed -> KernelFactory.Composed(definition, LossInput.Ignored)
    | LossKernelKind.Definition ->
        Outcome.fail "--kernel definition is what kernels are checked against: give fused or composed."

let private digest (findings: Finding list) =
    findings
    |> List.map _.Digest
    |> String.concat ""
    |> Encoding.UTF8.GetBytes
    |> SHA256.HashData
    |> Convert.ToHexStringLower

let private json device kernel (findings: Finding list) () =
    Terminal.json
        [ "device", Terminal.jsonText device
          "kernel", Terminal.jsonText kernel
          "digest", Terminal.jsonText (digest findings)
          "losses",
          Terminal.jsonArray
              [ for finding in findings ->
                    Terminal.json
                        [ "loss", Terminal.jsonText finding.Loss
                          "calls", Terminal.jsonCount (int64 finding.Calls)
                          "worst", Terminal.jsonNumber finding.Worst
                          "failure", Terminal.jsonText (Option.toObj finding.Failure) ] ] ]

let private show device kernel (findings: Finding list) (console: IAnsiConsole) =
    console.WriteLine
        $"The {kernel} kernels on {device} against the definitions in float64: each loss at several shapes, in float64, float32 and bfloat16, contiguous, channels last and strided, twice. Worst is the largest difference over the allowed one."

    let columns = [ "loss", Justify.Left; "calls", Justify.Right; "worst", Justify.Right; "", Justify.Left ]

    let cells finding =
        [ finding.Loss
          string finding.Calls
          Terminal.decimals 3 finding.Worst
          Option.defaultValue "agrees" finding.Failure ]

    console.Write(Terminal.table columns (List.map cells findings))
    console.WriteLine $"digest of all results: {digest findings}"

/// Checks the losses and prints what was found; exit code 1 where one disagrees.
let run output (arguments: ParseResults<LossCheckArguments>) =
    let device = arguments.GetResult(LossCheckArguments.Device, DeviceKind.Cpu)
    let clock = DeviceClock.create device None 1
    let kernel = arguments.GetResult(LossCheckArguments.Kernel, LossKernelKind.Fused)

    let setting =
        { Make = maker kernel
          Device = clock.Device
          Small = arguments.Contains LossCheckArguments.Small }

    let losses =
        match arguments.TryGetResult LossCheckArguments.Losses with
        | Some text -> LossBench.losses text
        | None -> LossBench.catalogue ()

    let findings =
        [ for one in losses do
              Terminal.note $"{one.Name} …"
              loss setting one ]

    let device, kernel = DeviceClock.name clock, (string kernel).ToLowerInvariant()
    Terminal.emit output (json device kernel findings) (show device kernel findings)

    match findings |> List.filter _.Failure.IsSome with
    | [] -> 0
    | failed ->
        Outcome.fail
            $"{failed.Length} of {findings.Length} losses don't agree with their definitions, {failed.Head.Loss} first: {Option.get failed.Head.Failure}."
