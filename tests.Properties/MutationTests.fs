/// Whether the tests can fail: the faults planted in libpat_kernels (fault.h), switched on one at a time.
namespace PatFramework.Properties

open System
open System.IO
open System.Runtime.InteropServices
open NUnit.Framework
open PatFramework.Core.Kernels

module private Faults =
    [<DllImport("pat_kernels")>]
    extern int pat_fault_count()

    [<DllImport("pat_kernels")>]
    extern nativeint pat_fault_description(int id)

    [<DllImport("pat_kernels")>]
    extern void pat_fault_switch(int id)

    let all () : (int * string) list =
        [ for id in 0 .. pat_fault_count () - 1 -> id, nonNull (Marshal.PtrToStringUTF8(pat_fault_description id)) ]

module MutationTests =

    let private named (place: string) =
        if place = "device" then "on the device, " else ""

    /// The tests that fused kernels have to pass, those that tell most first.
    let private tests: (string * (unit -> unit)) list =
        let on place (test: unit -> unit) () =
            use _place = Kernels.Begin place
            test ()

        let contract place spelling =
            let kernel = KernelContract(place, spelling)

            [ "float64 is the definition", kernel.``float64 is the definition``
              "float32 is the definition", kernel.``float32 is the definition of the rounded logits``
              "bf16 is the definition", kernel.``bf16 is the definition of the rounded logits``
              "float16 is the definition",
              kernel.``float16 is the definition of the rounded logits, its gradient scaled before it is rounded``
              "nothing valid gives 0", kernel.``nothing valid gives 0 and a gradient of 0``
              "ignored pixels", kernel.``ignored pixels have no influence, whatever their logits``
              "gradients scale and add up",
              kernel.``gradients scale and add up, and without them the value is the same``
              "what does not fit", kernel.``what does not fit is refused with the reason`` ]
            |> List.map (fun (name, test) -> $"{named place}{spelling}: {name}", on place test)

        let fused place spelling =
            let tests = FusedTests(place, spelling)

            [ "upsampled logits", tests.``upsampled logits are upsampled, then the loss``
              "threads", tests.``the number of threads and the run don't matter, bit for bit`` ]
            |> List.map (fun (name, test) -> $"{named place}{spelling}: {name}", on place test)

        [ for place in [ "fused"; "device" ] do
              yield! List.collect (contract place) Kernels.Losses
              yield! List.collect (fused place) Ways.losses

          for isa in FusedKernels.Supported do
              $"every float16, {isa}", (fun () -> FusedFloat16.``every float16 is read as libtorch reads it`` isa) ]

    let private fails test =
        try
            use _isolated = new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext()
            test ()
            false
        with _ ->
            true

    /// Says which fault is switched on, in a file: a fault that ends the process has to be found too.
    let private note (fault: string) =
        File.AppendAllText(Path.Combine(AppContext.BaseDirectory, "mutants.log"), fault + "\n")

    let private caughtBy (id: int) : string option =
        Faults.pat_fault_switch id

        try
            tests |> List.tryFind (snd >> fails) |> Option.map fst
        finally
            Faults.pat_fault_switch -1

    let private page (results: (string * string option) list) =
        let caught = results |> List.filter (snd >> Option.isSome) |> List.length

        let row (fault, test) =
            $"""| {fault} | {Option.defaultValue "**not caught**" test} |"""

        [ "# Planted faults"
          ""
          "The native kernels contain places that can be made wrong, one at a time, in a build of their own (`PAT_FAULT` in"
          "`src.Native/kernels`). `./build.sh Mutants` switches on each of them, runs the tests that fused kernels have to pass until"
          "one fails, and writes this page."
          ""
          $"**{caught} of {results.Length} faults are caught.**"
          ""
          "| fault | first test that fails |"
          "|---|---|" ]
        @ List.map row results
        |> fun lines -> String.Join("\n", lines) + "\n"

    /// In a build with faults, and with PAT_MUTANTS naming the page to write: every fault is caught. In what ships there is
    /// nothing to be switched on.
    [<Test>]
    let ``every planted fault is caught, and what ships has none`` () =
        match Environment.GetEnvironmentVariable "PAT_MUTANTS" with
        | null
        | "" ->
            let count = Action(fun () -> Faults.pat_fault_count () |> ignore)
            Assert.That(count, Throws.InstanceOf<EntryPointNotFoundException>())
        | path ->
            Expect.sameItems [] (tests |> List.filter (snd >> fails) |> List.map fst)

            let results =
                [ for id, fault in List.sortBy snd (Faults.all ()) do
                      note fault
                      fault, caughtBy id ]

            File.WriteAllText(path, page results)
            let missed = results |> List.filter (snd >> Option.isNone) |> List.map fst
            Expect.sameItems [] missed
            Assert.That(results.Length, Is.AtLeast 40)
