/// Trainings in processes of their own that are killed, or whose disk is full, end as the undisturbed one does.
namespace PatFramework.Properties

open System
open System.Diagnostics
open System.IO
open System.Threading
open NUnit.Framework
open PatFramework.Core.Training
open PatFramework.Properties.TrainingRuns

[<TestFixture>]
type KillTests() =

    let epochs, stepsPerEpoch = 10, 4

    let arguments (out: string) =
        [ "train"
          "--data"
          "synth:count=16,size=48x64"
          "--model"
          "unet:width=4,depth=3"
          "--size"
          "48x64" ]
        @ [ "--batch"; "4"; "--threads"; "1"; "--epochs"; string epochs; "--checkpoint-seconds"; "0" ]
        @ [ "--ema"; "0.9"; "--loss"; "blv"; "--out"; out ]

    /// `pat` in a process of its own; a shell line before it may set limits.
    let start (shell: string) (arguments: string list) : Process =
        let program = Path.Combine(AppContext.BaseDirectory, "pat.dll")
        let info = ProcessStartInfo("bash", RedirectStandardError = true, RedirectStandardOutput = true)

        for argument in [ "-c"; $"{shell} exec dotnet \"$0\" \"$@\""; program ] @ arguments do
            info.ArgumentList.Add argument

        let started = new Process(StartInfo = info)
        Assert.That(started.Start(), Is.True)
        // Read as it comes, or a full pipe would stop the child.
        started.BeginOutputReadLine()
        started

    let finish (child: Process) : int * string =
        let error = child.StandardError.ReadToEnd()
        child.WaitForExit()
        child.ExitCode, error

    let completes (arguments: string list) =
        use child = start "" arguments
        let code, error = finish child
        Assert.That(code, Is.Zero, error)

    /// The step of the newest checkpoint whose record is there; −1 before the first.
    let stepOf (folder: string) =
        let state = Path.Combine(folder, "state")

        if Directory.Exists state then
            Directory.GetFiles(state, "step-*.json")
            |> Array.map (fun file -> int (FileInfo(file).Name.Substring(5, 10)))
            |> Array.fold max -1
        else
            -1

    /// What the run ended with, and the losses and scores of its epochs: all but times and memory.
    let ending (folder: string) =
        let scores =
            [ for line in MetricsLog.Read(Path.Combine(folder, "metrics.jsonl")) ->
                  line.Epoch, line.Step, line.TrainingLoss, line.MeanIoU, line.ValidationCrossEntropy, line.Best ]

        finalState folder, File.ReadAllBytes(Path.Combine(folder, "best.safetensors")), scores

    let assertSame (undisturbed: string) (folder: string) =
        let (expected, expectedHash), expectedBest, expectedScores = ending undisturbed
        let (weights, hash), best, scores = ending folder
        Expect.sameItems expectedScores scores
        Expect.sameItems expected weights
        Expect.sameItems expectedBest best
        Expect.same expectedHash hash

    /// Twenty moments: a step that has to be reached, not one of the last, and milliseconds after it.
    let moments =
        let random = Random(int (Check.seed % 2147483647UL))
        let total = epochs * stepsPerEpoch
        [ for _ in 1..20 -> random.Next(-1, total - 8), random.Next(0, 40) ] |> List.sort

    /// Kills the child at a moment; whether it was still at work.
    let killAt (folder: string) (step: int, delay: int) (child: Process) : bool =
        while stepOf folder < step && not child.HasExited do
            Thread.Sleep 1

        Thread.Sleep delay
        let atWork = not child.HasExited
        child.Kill()
        child.WaitForExit()
        atWork

    [<Test>]
    member _.``a training that is killed twenty times ends as the one that never was, bit for bit``() =
        inFolder (fun undisturbed ->
            inFolder (fun folder ->
                completes (arguments undisturbed)

                let resumed () =
                    if File.Exists(Path.Combine(folder, "config.json")) then [ "--resume" ] else []

                let kills =
                    moments
                    |> List.filter (fun moment ->
                        use child = start "" (arguments folder @ resumed ())
                        killAt folder moment child)

                Assert.That(kills.Length, Is.EqualTo 20, $"PAT_SEED={Check.seed}: some came after the end")
                completes (arguments folder @ resumed ())
                assertSame undisturbed folder))

    [<Test>]
    member _.``a disk that is full ends the run with a sentence, and room for more lets it go on to the same end``() =
        inFolder (fun undisturbed ->
            inFolder (fun folder ->
                completes (arguments undisturbed)

                do
                    use child = start "" (arguments folder)
                    Expect.isTrue "it was stopped in the middle" (killAt folder (9, 0) child)

                let reached = stepOf folder
                let kibibytes = FileInfo(Path.Combine(folder, "last.safetensors")).Length / 1024L - 4L

                // A limit on the size of a file fails as a full disk does: at the write. The runtime's own mapping of its
                // compiled code is a file too.
                let limit = $"export DOTNET_EnableWriteXorExecute=0; trap '' XFSZ; ulimit -f {kibibytes};"

                do
                    use child = start limit (arguments folder @ [ "--resume" ])
                    let code, error = finish child
                    Expect.same 1 code
                    error |> Expect.contains "could not be written"
                    error |> Expect.contains "--resume"

                Expect.same reached (stepOf folder)
                completes (arguments folder @ [ "--resume" ])
                assertSame undisturbed folder))
