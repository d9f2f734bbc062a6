/// Ctrl-C: the first asks the work to end after the current step, the second ends the program at once.
module PatFramework.Experiments.Cancellation

open System
open System.Runtime.InteropServices
open System.Threading

/// Runs the work with a token that Ctrl-C (and the system's request to end) cancels.
let run (message: string) (work: CancellationToken -> 'a) : 'a =
    use source = new CancellationTokenSource()

    let handle (context: PosixSignalContext) =
        if not source.IsCancellationRequested then
            context.Cancel <- true
            Terminal.note message
            source.Cancel()

    use _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Action<_> handle)
    use _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Action<_> handle)
    work source.Token
