/// What `pat doctor` says of the machine.
namespace PatFramework.Properties

open System
open NUnit.Framework
open PatFramework.Core.Native

[<TestFixture>]
type MachineTests() =

    [<TestCase("/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3", BlasKind.OpenBlas)>]
    [<TestCase("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0", BlasKind.Reference)>]
    [<TestCase("/usr/lib/x86_64-linux-gnu/blis-pthread/libblas.so.3", BlasKind.Blis)>]
    [<TestCase("/usr/lib/x86_64-linux-gnu/atlas/libblas.so.3.10.3", BlasKind.Atlas)>]
    [<TestCase("/opt/intel/mkl/lib/libmkl_rt.so.2", BlasKind.Mkl)>]
    member _.``the BLAS is told by its file``(path: string, kind: BlasKind) =
        let found = LinearAlgebra.Of([ "/usr/lib/libc.so.6"; path ], "")
        Expect.same kind found.Kind
        Expect.same path found.Path

    [<Test>]
    member _.``libblas decides, not an OpenBLAS that something else brought in``() =
        let files =
            [ "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblas.so.0"
              "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0" ]

        let found = LinearAlgebra.Of(files, "")
        Expect.same BlasKind.Reference found.Kind
        Option.ofObj found.Advice |> Option.get |> Expect.contains "libopenblas0-pthread"

    [<Test>]
    member _.``a BLAS inside libtorch is told by how libtorch was built``() =
        Expect.same BlasKind.Mkl (LinearAlgebra.Of([], "Build settings: BLAS_INFO=mkl, ...")).Kind
        Expect.same BlasKind.Unknown (LinearAlgebra.Of([], "")).Kind

    [<Test>]
    member _.``this machine has a libtorch, a file it comes from and a processor``() =
        let machine = MachineInfo.Read()
        Expect.isTrue machine.TorchVersion (Version.Parse(machine.TorchVersion.Split('+')[0]) >= Version(1, 13))
        Expect.contains "libtorch" machine.TorchPath
        Expect.isTrue machine.Blas.Path (machine.Blas.Kind <> BlasKind.Unknown)
        Expect.isTrue "threads" (machine.Threads >= 1)
