/// The command line run in this process, with what it prints.
namespace PatFramework.Properties

open System
open System.IO
open System.Text.Json
open NUnit.Framework
open PatFramework.Experiments

/// What a command came to.
type Ran =
    { Code: int
      Out: string
      Error: string }

    /// Runs `pat` with these arguments. The console is the process's: fixtures that use this are not parallelizable.
    static member pat(arguments: string list) : Ran =
        let out, error = Console.Out, Console.Error
        use newOut = new StringWriter()
        use newError = new StringWriter()

        try
            Console.SetOut newOut
            Console.SetError newError
            let code = Program.run (List.toArray arguments)

            { Code = code; Out = newOut.ToString(); Error = newError.ToString() }
        finally
            Console.SetOut out
            Console.SetError error

    /// The object that the command prints with --json, which must be all of stdout.
    static member json(arguments: string list) : JsonElement =
        let ran = Ran.pat (arguments @ [ "--json" ])
        Assert.That(ran.Code, Is.Zero, ran.Error)
        use document = JsonDocument.Parse ran.Out
        document.RootElement.Clone()
