/// `pat loss check` as a user meets it, and that it notices a kernel that is wrong.
namespace PatFramework.Properties

open System.Text.Json
open NUnit.Framework
open TorchSharp
open PatFramework.Core.Kernels
open PatFramework.Experiments
open PatFramework.Losses

[<TestFixture; NonParallelizable>]
type LossCheckTests() =

    let setting make : LossCheck.Setting =
        { Make = make; Device = torch.CPU; Small = true }

    let checks make =
        LossCheck.loss (setting make) (Members.parse "pat:temperature=5")

    [<Test>]
    member _.``losses agree on the processor, and their digest is the same again``() =
        let check () =
            Ran.json [ "loss"; "check"; "ce; lovasz"; "--small" ]

        let digest (found: JsonElement) = string (found.GetProperty "digest")
        let found = check ()
        Expect.same (digest (check ())) (digest found)

        for loss in found.GetProperty("losses").EnumerateArray() do
            Expect.same JsonValueKind.Null (loss.GetProperty "failure").ValueKind
            Expect.same 48L (loss.GetProperty("calls").GetInt64())
            Expect.below 1.0 (loss.GetProperty("worst").GetDouble())

    [<Test>]
    member _.``a kernel of another loss is noticed, and one that fails says why``() =
        let other _ =
            KernelFactory.Fused((Members.parse "pat:temperature=5.001").Definition, 255L)

        let wrong = checks other
        Assert.That(wrong.Failure, Is.Not.EqualTo<string option> None)
        Expect.contains "times the allowed difference at 2x3x7x9 (float64" wrong.Failure.Value

        let failing = checks (fun _ -> Outcome.fail "there is none")
        Assert.That(failing.Failure, Is.EqualTo<string option>(Some "there is none"))
        Expect.same 0 failing.Calls

    [<Test>]
    member _.``a device that is not there is refused with the reason``() =
        if not (torch.cuda.is_available ()) then
            for verb in [ [ "loss"; "check" ]; [ "bench"; "loss" ]; [ "bench"; "step" ]; [ "bench"; "models" ] ] do
                let ran = Ran.pat (verb @ [ "--device"; "cuda" ])
                Expect.same 1 ran.Code
                Expect.contains "pat: --device is cuda: " ran.Error
