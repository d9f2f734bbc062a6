/// Timing on a device. A GPU works on while the program goes on: only reading a result back says that it is done.
module PatFramework.Experiments.DeviceClock

open System.Diagnostics
open TorchSharp
open PatFramework.Core.Native
open PatFramework.Core.Training

/// Where both sides compute, and how many calls in a row one timing is of.
type Clock =
    { Kind: DeviceKind
      Repetitions: int }

    /// The device as libtorch's.
    member clock.Device = if clock.Kind = DeviceKind.Cuda then torch.CUDA else torch.CPU

    /// As peers take it.
    member clock.Arguments =
        [ "--device"
          (if clock.Kind = DeviceKind.Cuda then "cuda" else "cpu")
          "--repetitions"
          string clock.Repetitions ]

/// The clock of a device: on the processor one call a timing, on a GPU `repetitions` of them unless so many are given.
let create (kind: DeviceKind) (given: int option) (repetitions: int) : Clock =
    if kind = DeviceKind.Cuda && not (torch.cuda.is_available ()) then
        Outcome.fail $"--device is cuda: {MachineInfo.Read().Cuda.Obstacle}."

    match given with
    | Some count when count < 1 -> Outcome.fail $"--repetitions is {count}: a timing needs 1 or more."
    | Some count -> { Kind = kind; Repetitions = count }
    | None ->
        { Kind = kind
          Repetitions = (if kind = DeviceKind.Cuda then repetitions else 1) }

/// The processor's name, or the GPU's.
let name (clock: Clock) : string =
    let machine = MachineInfo.Read()

    if clock.Kind = DeviceKind.Cuda then
        machine.Cuda.Driver.Devices
        |> Seq.tryHead
        |> Option.map _.Name
        |> Option.defaultValue "a GPU that the driver does not name"
    else
        machine.ProcessorName

/// Waits until the device has done all that it was given, by reading one element back.
let wait (clock: Clock) : unit =
    if clock.Kind = DeviceKind.Cuda then
        use _scope = torch.NewDisposeScope()
        torch.zeros([| 1L |], device = clock.Device).item<float32>() |> ignore

/// Seconds of one call, the mean of so many in a row.
let seconds (clock: Clock) (work: unit -> unit) : float =
    wait clock
    let watch = Stopwatch.StartNew()

    for _ in 1 .. clock.Repetitions do
        work ()

    wait clock
    watch.Elapsed.TotalSeconds / float clock.Repetitions
