/// `pat doctor`: what this machine offers, and what to install where something is missing.
module PatFramework.Experiments.DoctorVerb

open System
open Spectre.Console
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Core.Kernels
open PatFramework.Core.Native

/// A codec that was tried on a small picture: None works, Some names the Debian package to install.
type private Codec = { Name: string; Missing: string option }

let private works (roundTrip: unit -> unit) =
    try
        roundTrip ()
        true
    with :? DllNotFoundException ->
        false

let private codecs () =
    let picture = RgbImage(ImageSize(8, 8), Array.create (8 * 8 * 3) 128uy)

    let tryOut (bytes: byte[]) =
        Codecs.DecodeImage(ReadOnlySpan bytes, "a test picture") |> ignore

    let codec name package encode =
        { Name = name
          Missing = if works (encode >> tryOut) then None else Some package }

    [ codec "JPEG (libturbojpeg)" "libturbojpeg0-dev" (fun () -> Codecs.EncodeJpeg picture)
      codec "PNG (libpng)" "libpng-dev" (fun () -> Codecs.EncodePng picture) ]

let private blas (machine: MachineInfo) =
    if machine.Blas.Path = "" then
        $"{machine.Blas.Kind}, part of libtorch"
    else
        $"{machine.Blas.Kind}, {machine.Blas.Path}"

let private precision (machine: MachineInfo) =
    if machine.HasBFloat16 then
        "multiplied by the processor itself: --precision bf16 pays"
    else
        "not multiplied by the processor: --precision bf16 works, and is slower than float32"

let private deviceWords (device: CudaDevice) =
    $"{device.Name}, compute capability {device.ComputeCapability}, {Terminal.decimals 1 (float device.MemoryBytes / 1073741824.0)} GiB"

let private known version =
    if version = "" then "version not told" else version

/// The obstacle, or how many devices libtorch computes on; then the driver, and each device.
let private cuda (cuda: CudaInfo) =
    let driver = cuda.Driver

    let use' =
        match Option.ofObj cuda.Obstacle with
        | Some sentence -> $"none: {sentence}"
        | None -> $"{cuda.Usable} device(s) that libtorch, built for CUDA {cuda.Torch}, computes on"

    [ yield "CUDA", use'
      if driver.Version <> "" || not (isNull driver.Cuda) then
          yield "NVIDIA driver", $"{known driver.Version}, runs CUDA up to {driver.Cuda}"
      for index, device in Seq.indexed driver.Devices do
          yield $"cuda:{index}", deviceWords device
      yield
          "fused losses",
          if FusedKernels.HaveGpuCode then
              "for the processor and for GPUs"
          else
              "for the processor only: install clang (or nvcc) and build again for GPUs" ]

let private codecWords codec =
    match codec.Missing with
    | None -> "works"
    | Some package -> $"missing: install {package}"

let private findings (machine: MachineInfo) codecs =
    [ "libtorch", $"{machine.TorchVersion}, {machine.TorchPath}"
      "BLAS", blas machine
      "threads", $"{machine.Processors}, the processor's (--threads changes it)"
      "processor", machine.ProcessorName
      "instruction sets", String.Join(" ", machine.ProcessorFeatures)
      "bfloat16", precision machine
      yield! cuda machine.Cuda
      yield! [ for codec in codecs -> codec.Name, codecWords codec ] ]

let private warnings (machine: MachineInfo) codecs =
    [ yield! Option.ofObj machine.Blas.Advice |> Option.toList
      yield! Option.ofObj machine.Cuda.Advice |> Option.map (fun advice -> $"{advice}.") |> Option.toList
      for codec in codecs do
          match codec.Missing with
          | Some package -> $"{codec.Name} can't be loaded: install the package {package}."
          | None -> () ]

let private versionJson (version: Version | null) =
    version |> Option.ofObj |> Option.map string |> Option.toObj |> Terminal.jsonText

let private cudaJson (cuda: CudaInfo) =
    Terminal.json
        [ "libtorch", versionJson cuda.Torch
          "driver", Terminal.jsonText cuda.Driver.Version
          "driverCuda", versionJson cuda.Driver.Cuda
          "obstacle", Terminal.jsonText cuda.Obstacle
          "fusedLosses", Terminal.jsonFlag FusedKernels.HaveGpuCode
          "devices",
          Terminal.jsonArray
              [ for device in cuda.Driver.Devices ->
                    Terminal.json
                        [ "name", Terminal.jsonText device.Name
                          "computeCapability", versionJson device.ComputeCapability
                          "memoryBytes", Terminal.jsonCount device.MemoryBytes ] ] ]

let private json (machine: MachineInfo) codecs () =
    let texts = Seq.map Terminal.jsonText >> Terminal.jsonArray

    Terminal.json
        [ "libtorch",
          Terminal.json
              [ "version", Terminal.jsonText machine.TorchVersion; "path", Terminal.jsonText machine.TorchPath ]
          "blas",
          Terminal.json
              [ "kind", Terminal.jsonText (string machine.Blas.Kind)
                "path", Terminal.jsonText machine.Blas.Path ]
          "threads", Terminal.jsonCount machine.Threads
          "processors", Terminal.jsonCount machine.Processors
          "processor", Terminal.jsonText machine.ProcessorName
          "features", texts machine.ProcessorFeatures
          "bfloat16", Terminal.jsonFlag machine.HasBFloat16
          "cudaDevices", Terminal.jsonCount (int64 machine.Cuda.Usable)
          "cuda", cudaJson machine.Cuda
          "codecs", Terminal.json [ for codec in codecs -> codec.Name, Terminal.jsonFlag codec.Missing.IsNone ]
          "warnings", texts (warnings machine codecs) ]

let private show (machine: MachineInfo) codecs (console: IAnsiConsole) =
    for name, value in findings machine codecs do
        console.WriteLine $"{name, -20} {value}"

    for warning in warnings machine codecs do
        console.MarkupLineInterpolated $"[yellow]warning: {warning}[/]"

/// Runs `pat doctor`; what does not need libtorch is said even where it can't be loaded.
let run output =
    let codecs = codecs ()

    let machine =
        try
            MachineInfo.Read()
        with :? PatException ->
            for codec in codecs do
                Terminal.note $"{codec.Name, -20} {codecWords codec}"

            reraise ()

    Terminal.emit output (json machine codecs) (show machine codecs)
    0
