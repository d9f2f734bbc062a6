/// The requests of `pat bench loss` to its peer, bench/loss/peer.py.
module PatFramework.Experiments.LossPeer

open System
open System.Globalization
open PatFramework.Core.Kernels
open PatFramework.Experiments.LossRow
open PatFramework.Experiments.Peer

/// PyTorch's own cross-entropy, as the peer calls it.
[<Literal>]
let Library = "F.cross_entropy"

/// A peer on a device.
let start python (threads: int) (clock: DeviceClock.Clock) =
    let arguments = [ findFile "bench/loss/peer.py"; "--threads"; string threads ] @ clock.Arguments
    new Peer(python, arguments, "install Debian's python3-torch, or name a Python that has torch with --peer.")

/// The answer, or the peer's own sentence.
let ask (peer: Peer) request =
    match peer.Ask request with
    | answer when answer.StartsWith("error: ", StringComparison.Ordinal) -> Error(answer.Substring 7)
    | answer -> Ok answer

/// The number that the peer answered; its own sentence ends the benchmark.
let number request (answer: Result<string, string>) =
    match answer with
    | Ok text -> Double.Parse(text, CultureInfo.InvariantCulture)
    | Error sentence -> Outcome.fail $"The peer could not do '{request}': {sentence}."

/// Seconds of a pass in tensor operations.
let peerSeconds peer loss = number loss (ask peer $"time {loss}")

/// Gives the loss to torch.compile; whether it took it. What it can't compile has no column, and no more is lost.
let isCompiled peer loss =
    match ask peer $"compile {loss}" with
    | Ok _ -> true
    | Error sentence ->
        Terminal.note $"{loss} is not compiled by the peer: {sentence}"
        false

let private alignment (case: Case) =
    match case.Upsampling with
    | Upsampling.None -> "none"
    | Upsampling.BilinearAlignCorners -> "true"
    | _ -> "false"

/// Gives the peer the input of a case.
let load peer (case: Case) folder =
    for request in [ $"load {case.Type.Name} {folder}"; $"align {alignment case}" ] do
        ask peer request
        |> Result.mapError (fun sentence -> $"The peer could not do '{request}': {sentence}.")
        |> Outcome.orFail
        |> ignore
