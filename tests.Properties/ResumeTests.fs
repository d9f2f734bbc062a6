/// Breaks at any point: the continued run ends where the undisturbed one does, bit for bit, and nothing is half written.
namespace PatFramework.Properties

open System.IO
open NUnit.Framework
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Training
open PatFramework.Experiments
open PatFramework.Properties.TrainingRuns

[<TestFixture>]
type ResumeTests() =

    let noisy = planWith (fun () -> new NoisyLoss(crossEntropy ())) config

    let undisturbed =
        lazy
            let mutable state = [||], ""

            inFolder (fun folder ->
                run folder noisy |> ignore
                state <- finalState folder)

            state

    let isValidating (event: TrainingEvent) =
        event :? TrainingEvent.ValidationProgress

    let isCounting (event: TrainingEvent) = event :? TrainingEvent.CountingClasses

    let assertEndsAsUndisturbed (folder: string) =
        let lines = MetricsLog.Read(Path.Combine(folder, "metrics.jsonl"))
        Expect.same [ 1; 2 ] [ for line in lines -> line.Epoch ]
        Expect.same (undisturbed.Force()) (finalState folder)

    /// Flips a bit in the middle of a file.
    let corrupt (file: string) =
        let bytes = File.ReadAllBytes file
        bytes[bytes.Length / 2] <- bytes[bytes.Length / 2] ^^^ 1uy
        File.WriteAllBytes(file, bytes)

    [<TestCase(1)>]
    [<TestCase(3)>]
    [<TestCase(4)>]
    [<TestCase(6)>]
    [<TestCase(8)>]
    member _.``a run that was interrupted after a step and continued ends as the undisturbed one``(step: int) =
        inFolder (fun folder ->
            let outcome = runUntil (isStep step) folder noisy
            Expect.same false outcome.Completed
            Expect.same (int64 step) outcome.Step
            let continued = resume folder noisy (Recorder())
            Expect.same true continued.Completed
            assertEndsAsUndisturbed folder)

    [<TestCase("seesaw")>]
    [<TestCase("blv")>]
    [<TestCase("0.5*eqlv2 + 0.5*seql:lambda=0.9 + dice")>]
    member _.``so does one whose loss counts or draws``(spelling: string) =
        let loss = Members.parse spelling

        let plan =
            TrainingPlan(
                config,
                training,
                validation,
                noisy.CreateModel,
                fun statistics -> Recipe.kernel loss DeviceType.CPU training.Ignore config.Seed statistics.PixelCounts
            )

        inFolder (fun undisturbed ->
            run undisturbed plan |> ignore

            for step in [ 3; 6 ] do
                inFolder (fun folder ->
                    runUntil (isStep step) folder plan |> ignore
                    Expect.same true (resume folder plan (Recorder())).Completed
                    Expect.same (finalState undisturbed) (finalState folder)))

    [<Test>]
    member _.``so does one that was interrupted while validating or counting classes``() =
        for isLast in [ isValidating; isCounting ] do
            inFolder (fun folder ->
                Expect.same false (runUntil isLast folder noisy).Completed
                resume folder noisy (Recorder()) |> ignore
                assertEndsAsUndisturbed folder)

    [<Test>]
    member _.``continuing a completed run changes nothing``() =
        inFolder (fun folder ->
            run folder noisy |> ignore
            Expect.same true (resume folder noisy (Recorder())).Completed
            assertEndsAsUndisturbed folder)

    [<TestCase("safetensors", "SHA-256")>]
    [<TestCase("json", "isn't the JSON")>]
    member _.``a damaged checkpoint is passed over with a warning``(part: string, reason: string) =
        inFolder (fun folder ->
            runUntil (isStep 6) folder noisy |> ignore
            let newest = Array.last (checkpoints folder)

            if part = "json" then
                File.WriteAllText(newest, (File.ReadAllText newest)[..40])
            else
                corrupt (tensorsOf newest)

            let recorder = Recorder()
            resume folder noisy recorder |> ignore
            let warning = List.exactlyOne recorder.Warnings
            warning |> Expect.contains newest
            warning |> Expect.contains reason
            assertEndsAsUndisturbed folder)

    [<Test>]
    member _.``where every checkpoint is damaged, the run is refused``() =
        inFolder (fun folder ->
            runUntil (isStep 6) folder noisy |> ignore
            checkpoints folder |> Array.iter (fun file -> corrupt (tensorsOf file))
            let message = Expect.refusal (fun () -> resume folder noisy (Recorder()) |> ignore)
            message |> Expect.contains "Every checkpoint"
            message |> Expect.contains "--out")

    [<Test>]
    member _.``the last two checkpoints are kept``() =
        inFolder (fun folder ->
            run folder (plan (altered "checkpointSeconds" "0" config)) |> ignore
            Expect.same 2 (checkpoints folder).Length
            Expect.same 4 (Directory.GetFiles(Path.Combine(folder, "state"))).Length)

    [<Test>]
    member _.``another configuration is refused, naming what differs``() =
        inFolder (fun folder ->
            runUntil (isStep 2) folder (plan config) |> ignore

            for changed, name in
                [ altered "loss" "\"pat:temperature=20\"" config,
                  "loss is \"ce\" there and \"pat:temperature=20\" here"
                  altered "batchSize" "2" config, "batchSize is 4 there and 2 here"
                  altered "size" "\"64x64\"" config, "size is \"48x64\" there and \"64x64\" here" ] do
                let message = Expect.refusal (fun () -> resume folder (plan changed) (Recorder()) |> ignore)
                message |> Expect.contains name

            let other = altered "checkpointSeconds" "7" config
            Expect.same true (resume folder (plan other) (Recorder())).Completed)

    [<Test>]
    member _.``a line cut short by a crash is not repeated nor kept``() =
        inFolder (fun folder ->
            runUntil (isStep 6) folder noisy |> ignore
            File.AppendAllText(Path.Combine(folder, "metrics.jsonl"), "{\"epoch\":2,\"step\":")
            resume folder noisy (Recorder()) |> ignore
            Expect.same 2 (File.ReadAllLines(Path.Combine(folder, "metrics.jsonl"))).Length
            assertEndsAsUndisturbed folder)

    [<Test>]
    member _.``a folder with a run, with other files, or in use is refused``() =
        inFolder (fun folder ->
            let refusal resumed =
                Expect.refusal (fun () -> Trainer.Run(plan config, folder, resumed) |> ignore)

            refusal true |> Expect.contains "no run"
            let mutable second = ""
            let mutable inUse = ""

            let recorder =
                Recorder(fun event ->
                    if isStep 1 event then
                        second <- refusal false
                        inUse <- refusal true)

            Trainer.Run(plan config, folder, false, recorder) |> ignore
            second |> Expect.contains "Another process"
            inUse |> Expect.contains "Another process"
            refusal false |> Expect.contains "--resume"
            Directory.Delete(folder, recursive = true)
            Directory.CreateDirectory folder |> ignore
            File.WriteAllText(Path.Combine(folder, "thesis.tex"), "")
            refusal false |> Expect.contains "not empty"
            Expect.same 1 (Directory.GetFileSystemEntries(folder)).Length)

    [<Test>]
    member _.``a run that ended before its configuration was written is begun anew``() =
        inFolder (fun folder ->
            Directory.CreateDirectory folder |> ignore
            let half = Path.Combine(folder, ".config.json.0123456789abcdef.tmp")
            File.WriteAllText(half, "{\"data\":")
            Expect.same true (run folder noisy).Completed
            Expect.same false (File.Exists half)
            assertEndsAsUndisturbed folder)

    [<Test>]
    member _.``a file that can't be written leaves the one before it``() =
        inFolder (fun folder ->
            runUntil (isStep 2) folder noisy |> ignore
            let before = checkpoints folder
            // A folder where the next weights should go fails as a full disk does: at the write.
            File.Delete(Path.Combine(folder, "last.safetensors"))
            Directory.CreateDirectory(Path.Combine(folder, "last.safetensors", "in-the-way")) |> ignore
            let message = Expect.refusal (fun () -> resume folder noisy (Recorder()) |> ignore)
            message |> Expect.contains "last.safetensors"
            Expect.same before (checkpoints folder)
            Directory.Delete(Path.Combine(folder, "last.safetensors"), recursive = true)
            resume folder noisy (Recorder()) |> ignore
            assertEndsAsUndisturbed folder)
