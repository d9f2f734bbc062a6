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

    [<TestCase("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version: 12.3.0",
               "535.104.05")>]
    [<TestCase("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95  Release Build", "580.95")>]
    [<TestCase("", "")>]
    member _.``the driver's version is found in what its module says``(text: string, version: string) =
        Expect.same version (CudaDriver.VersionIn text)

    /// libtorch's CUDA, its usable devices, the driver's CUDA, cuInit's status, devices; what the sentence has to say.
    [<TestCase(null, 0, null, 0, 0, "built without CUDA: everything runs on the processor")>]
    [<TestCase(null, 0, "12.4", 0, 1, "the GPU X here is not used: set PAT_LIBTORCH")>]
    [<TestCase("12.4", 0, null, 0, 0, "there is no NVIDIA driver")>]
    [<TestCase("13.0",
               0,
               "12.8",
               0,
               1,
               "runs CUDA up to 12.8, and libtorch is built for CUDA 13.0: install a newer driver")>]
    [<TestCase("12.4", 0, "12.8", 999, 0, "cuInit gives error 999")>]
    [<TestCase("12.4", 0, "12.8", 0, 0, "shows no device")>]
    [<TestCase("12.4", 0, "12.8", 100, 0, "shows no device")>]
    [<TestCase("12.4", 0, "12.8", 0, 1, "can't use the GPU X")>]
    [<TestCase("12.4", 1, "12.8", 0, 1, "")>]
    member _.``what stands between libtorch and a GPU is one sentence``
        (torch: string | null, usable: int, cuda: string | null, status: int, devices: int, said: string)
        =
        let version text =
            text |> Option.ofObj |> Option.map Version.Parse |> Option.toObj

        let devices = ResizeArray(Seq.replicate devices (CudaDevice("GPU X", Version(9, 0), 1L <<< 34)))
        let cuda = CudaInfo(version torch, usable, CudaDriver("580.95", version cuda, status, devices))
        Expect.contains said (Option.ofObj cuda.Obstacle |> Option.defaultValue "")
        Expect.same (said = "") (isNull cuda.Obstacle)
        // A machine that has nothing to do with CUDA is not warned.
        Expect.same (said = "" || said.EndsWith("the processor", StringComparison.Ordinal)) (isNull cuda.Advice)
