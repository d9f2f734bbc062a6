/// A file is either wholly written or not at all.
module PatFramework.Properties.AtomicFileTests

open System
open System.IO
open NUnit.Framework
open PatFramework.Core
open PatFramework.Core.Training

let private inNewDirectory (test: string -> unit) =
    let directory = Directory.CreateTempSubdirectory "pat-atomic-"

    try
        test directory.FullName
    finally
        directory.Delete true

let private text (content: string) (stream: Stream) =
    stream.Write(Text.Encoding.UTF8.GetBytes content)

let private fails (write: Stream -> unit) (path: string) =
    Expect.refusal (fun () -> AtomicFile.Write(path, write))

[<Test>]
let ``it writes, replaces and leaves nothing else`` () =
    inNewDirectory (fun directory ->
        let parent = Path.Combine(directory, "new")
        let path = Path.Combine(parent, "file.txt")
        AtomicFile.Write(path, text "first, which is longer")
        AtomicFile.Write(path, text "second")
        Expect.same "second" (File.ReadAllText path)
        Expect.same 1 (Directory.GetFileSystemEntries parent).Length)

[<Test>]
let ``a failing write leaves the old file and no temporary one`` () =
    inNewDirectory (fun directory ->
        let path = Path.Combine(directory, "file.txt")
        AtomicFile.Write(path, text "old")

        let message =
            path
            |> fails (fun stream ->
                text "half" stream
                raise (IOException "No space left on device"))

        message |> Expect.startsWith path
        message |> Expect.contains "No space left on device"
        message |> Expect.contains "free some space"
        Expect.same "old" (File.ReadAllText path)
        Expect.same 1 (Directory.GetFileSystemEntries directory).Length)

[<Test>]
let ``another failure of the writer comes through unchanged`` () =
    inNewDirectory (fun directory ->
        let path = Path.Combine(directory, "file.txt")

        let failure = InvalidOperationException "bug"

        let thrown =
            try
                AtomicFile.Write(path, (fun _ -> raise failure))
                []
            with error ->
                [ error ]

        Expect.sameItems [ failure :> exn ] thrown
        Expect.sameItems [] (Directory.GetFileSystemEntries directory))

[<Test>]
let ``the old file is readable until the new one is complete`` () =
    inNewDirectory (fun directory ->
        let path = Path.Combine(directory, "file.txt")
        AtomicFile.Write(path, text "old")
        let mutable during = ""

        AtomicFile.Write(
            path,
            fun stream ->
                text "new" stream
                stream.Flush()
                during <- File.ReadAllText path
        )

        Expect.same "old" during
        Expect.same "new" (File.ReadAllText path))

[<Test>]
let ``a directory, or a place below a file, is refused by name`` () =
    inNewDirectory (fun directory ->
        fails ignore directory |> Expect.contains "is a directory"
        let file = Path.Combine(directory, "file")
        AtomicFile.Write(file, text "x")
        let below = Path.Combine(file, "below")
        fails ignore below |> Expect.startsWith $"{below} could not be written")
