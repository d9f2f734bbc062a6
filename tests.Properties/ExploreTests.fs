/// The scripts of explore/ run on the built tree, and print what they promise.
module PatFramework.Properties.ExploreTests

open System
open System.Diagnostics
open System.IO
open NUnit.Framework

let private root =
    let rec above (folder: DirectoryInfo | null) =
        match folder with
        | null -> invalidOp "no folder above the tests has an explore folder"
        | folder when Directory.Exists(Path.Combine(folder.FullName, "explore")) -> folder.FullName
        | folder -> above folder.Parent

    above (DirectoryInfo TestContext.CurrentContext.TestDirectory)

/// What `dotnet fsi` prints with these arguments and this on its standard input; it must end well.
let private fsi (arguments: string list) (input: string) : string =
    let start = ProcessStartInfo("dotnet", "fsi" :: "--nologo" :: arguments, RedirectStandardInput = true)

    start.RedirectStandardOutput <- true
    start.RedirectStandardError <- true
    start.WorkingDirectory <- root
    use running = Process.Start start |> nonNull
    running.StandardInput.Write input
    running.StandardInput.Close()
    let error = running.StandardError.ReadToEndAsync()
    let out = running.StandardOutput.ReadToEnd()
    running.WaitForExit()
    Assert.That(running.ExitCode, Is.Zero, out + error.Result)
    out

let private script name =
    fsi [ "--exec"; Path.Combine("explore", name) ] ""

let private holds (printed: string) (words: string list) =
    for part in words do
        Assert.That(printed, Does.Contain part)

[<Test>]
let ``every script has a test`` () =
    let scripts =
        Directory.GetFiles(Path.Combine(root, "explore"), "*.fsx")
        |> Array.map (fun path -> string (Path.GetFileName path))
        |> Array.sort

    Expect.sameItems [ "design.fsx"; "printers.fsx"; "table1.fsx"; "tour.fsx" ] scripts

[<Test>]
let ``the tour composes, evaluates, differentiates, draws and proves`` () =
    holds
        (script "tour.fsx")
        [ "pat:temperature=20 is what we composed: true"
          "did you mean 'pat'?"
          "ce           L = 1.842350   dL/dz =  0.710100  0.035354 -0.841555  0.096102" // losses.md 9.1
          "probability p of the label"
          "proved     a confident pixel keeps its weight"
          "refuted    a confident pixel keeps its weight: w(p) ≥ 0.5 for p ≥ 0.99 (p = 1: 0)" ]

[<Test>]
let ``table1 prints the paper's 32 cells`` () =
    let printed = script "table1.fsx"
    holds printed [ "1.07884 1.08"; "0.10327 0.1"; "32 of 32 cells" ]
    Assert.That(printed, Does.Not.Contain "✗")

[<Test>]
let ``a curve of one's own is drawn, proved and refuted`` () =
    holds
        (script "design.fsx")
        [ "probability p of the label"
          "proved     a confident pixel keeps its weight"
          "refuted    the loss never rises with p (p = 0.173774: "
          "proved     the loss never rises with p"
          "proved     no pixel weighs less than a tenth" ]

[<Test>]
let ``the printers show losses, curves, gradients and proofs`` () =
    let input =
        String.concat
            "\n"
            [ "open PatFramework.Losses;;"
              "ce |> weighted (focal 2.0);;"
              "Catalogue.parse \"pat:temperature=20\" |> Result.toOption |> Option.get;;"
              "[ for p in [ 0.25; 0.5; 1.0 ] -> Curve.at ce p ];;"
              "Prover.settle Prover.defaults (LossDefinition.Softmax ce) Statements.noExplosion;;"
              "Reverse.gradient (fun z -> Softmax.pixel ce z 0) [| 0.0; 0.0 |];;"
              "#quit;;"
              "" ]

    holds
        (fsi [ "--use:explore/printers.fsx" ] input)
        [ "(1 − p)^2"
          "pat:temperature=20"
          "1.386294"
          "proved, 3 boxes"
          "0.693147, gradient (-0.5, 0.5)" ]
