// The build, as FAKE targets: Setup Restore Native NativeSanitize Build Format FormatCheck Test Mutants Demo Bench Publish Clean.
// Run it through ./build.sh TARGET [ARGUMENT...], which first installs what the target needs.
#r "nuget: System.Reactive, 5.0.0"
#r "nuget: Fake.Core.Target, 5.20.3"
#r "nuget: Fake.Core.Process, 5.20.3"
#r "nuget: Fake.IO.FileSystem, 5.20.3"

open System
open System.IO
open System.Xml.Linq
open Fake.Core
open Fake.Core.TargetOperators
open Fake.IO
open Fake.IO.Globbing.Operators

let root = __SOURCE_DIRECTORY__
let solution = "PatFramework.sln"
let nativeBuild = "build/native"
let testResults = "build/test-results"
let publish = "build/publish"

let target, arguments =
    match List.ofArray fsi.CommandLineArgs |> List.tail with
    | "-t" :: target :: arguments -> target, arguments
    | _ -> "Build", []

/// `-p:NAME=VALUE` goes to MSBuild; everything else to the program that the target runs.
let properties, programArguments =
    arguments |> List.partition (fun (argument: string) -> argument.StartsWith "-p:")

Directory.SetCurrentDirectory root

Context.FakeExecutionContext.Create false "build.fsx" []
|> Context.RuntimeContext.Fake
|> Context.setExecutionContext

// ---------------------------------------------------------------------------------------------- processes

/// Runs a program in the repository root and gives its exit code.
let exitCode program (arguments: string list) =
    CreateProcess.fromRawCommand program arguments
    |> CreateProcess.withWorkingDirectory root
    |> CreateProcess.disableTraceCommand
    |> Proc.run
    |> fun result -> result.ExitCode

/// Runs a program in the repository root; the target fails with it.
let run program (arguments: string list) =
    let code = exitCode program arguments

    if code <> 0 then
        failwithf "%s %s ended with exit code %d" program (String.concat " " arguments) code

let dotnet arguments = run "dotnet" arguments

/// Runs `action` unless it ran before, with the same `key`, after the last change of every input.
let unlessCurrent stamp (key: string) (inputs: string seq) action =
    let changed = inputs |> Seq.map File.GetLastWriteTimeUtc |> Seq.max

    if not (File.Exists stamp) || File.GetLastWriteTimeUtc stamp < changed || File.ReadAllText stamp <> key then
        action ()
        Directory.CreateDirectory(Path.GetDirectoryName stamp) |> ignore
        File.WriteAllText(stamp, key)

// ---------------------------------------------------------------------------------------------- sources

let projects = !!"src.*/*.*proj" ++ "tests.*/*.*proj"

let testProjects = !!"tests.*/*.*proj"

let nativeSources =
    !!"src.Native/**/*.cpp" ++ "src.Native/**/*.h" ++ "src.Native/**/*.cu" ++ "bench/**/*.cpp"

let functionalSources =
    [ "build.fsx"; "src.Losses"; "src.Experiments"; "tests.Properties"; "bench"; "explore" ]
    |> List.filter (fun path -> File.Exists path || Directory.Exists path)

// ---------------------------------------------------------------------------------------------- tests

/// Passed, failed and skipped tests, summed over the result files that the test run wrote.
let readTestResults () =
    let counter (name: string) (counters: XElement) =
        int (counters.Attribute(XName.Get name).Value)

    !! $"{testResults}/*.trx"
    |> Seq.collect (fun file ->
        XDocument.Load(file).Descendants() |> Seq.filter (fun e -> e.Name.LocalName = "Counters"))
    |> Seq.map (fun counters ->
        let passed, failed = counter "passed" counters, counter "failed" counters
        passed, failed, counter "total" counters - passed - failed)
    |> Seq.fold (fun (p, f, s) (passed, failed, skipped) -> p + passed, f + failed, s + skipped) (0, 0, 0)

let summary (passed, failed, skipped) =
    $"{passed} passed, {failed} failed" + (if skipped > 0 then $", {skipped} skipped" else "")

/// The line that ends the output, after FAKE's own report.
let mutable lastLine = None

// ---------------------------------------------------------------------------------------------- targets

Target.create "Setup" (fun _ -> dotnet [ "tool"; "restore"; "--verbosity"; "quiet" ])

Target.create "Restore" (fun _ ->
    let inputs = Seq.append projects (!!"*/paket.references" ++ "paket.lock" ++ "Directory.Build.*")

    unlessCurrent "build/restore.stamp" (String.concat "\n" properties) inputs (fun () ->
        dotnet [ "paket"; "restore" ]
        dotnet ([ "restore"; solution; "--verbosity"; "quiet" ] @ properties)))

/// Configures and builds src.Native in a folder; Ninja does only what changed.
let native folder (options: string list) =
    let libtorch = Environment.environVarOrNone "PAT_LIBTORCH" |> Option.map Path.GetFullPath
    let common = [ "-DCMAKE_BUILD_TYPE=Release"; $"-DPAT_LIBTORCH={Option.toObj libtorch}" ]

    run "cmake" ([ "-S"; "src.Native"; "-B"; folder; "-G"; "Ninja"; "--log-level=WARNING" ] @ common @ options)
    run "cmake" [ "--build"; folder ]

Target.create "Native" (fun _ -> native nativeBuild [ "-DPAT_BUILD_BENCH=OFF" ])

// Not part of Test: what the sanitizers watch takes long to build. Fuzzes the fused kernels; main.cpp says with which options.
Target.create "NativeSanitize" (fun _ ->
    let folder = "build/native-sanitize"
    native folder [ "-DCMAKE_BUILD_TYPE=Sanitize"; "-DPAT_BUILD_FUZZ=ON" ]
    run $"{folder}/kernel_fuzz" programArguments)

Target.create "Build" (fun _ ->
    let options = [ "--configuration"; "Release"; "--no-restore"; "--verbosity"; "quiet" ]
    dotnet ([ "build"; solution ] @ options @ properties))

/// The clang-format that the C++ sources are formatted by, Debian 12's: each version formats a little differently.
let clangFormatVersion = 14

let hasClangFormat () =
    let answer =
        CreateProcess.fromRawCommand "clang-format" [ "--version" ]
        |> CreateProcess.redirectOutput
        |> CreateProcess.disableTraceCommand
        |> Proc.run

    let isRight = answer.Result.Output.Contains $"version {clangFormatVersion}."

    if not isRight then
        Trace.traceImportant
            $"The C++ sources are formatted by clang-format {clangFormatVersion}; left alone here, by {answer.Result.Output.Trim()}"

    isRight

/// The three formatters, in their writing or their checking form.
let formatters fantomas csharpier clangFormat =
    [ "dotnet", [ "fantomas" ] @ fantomas @ functionalSources
      "dotnet", [ "csharpier"; csharpier; "." ]
      if hasClangFormat () then
          "clang-format", clangFormat @ List.ofSeq nativeSources ]

Target.create "Format" (fun _ ->
    for program, arguments in formatters [] "format" [ "-i" ] do
        run program arguments)

Target.create "FormatCheck" (fun _ ->
    let codes =
        formatters [ "--check" ] "check" [ "--dry-run"; "-Werror" ] |> List.map (fun f -> f ||> exitCode)

    if List.exists ((<>) 0) codes then
        failwith "some files are not formatted (listed above); run ./build.sh Format")

/// Runs the tests of one project into one result file and gives the exit code.
let testProject (project: string) =
    let log = Path.GetFileNameWithoutExtension project + ".trx"
    let options = [ "--configuration"; "Release"; "--no-build"; "--logger"; "console;verbosity=minimal" ]
    let results = [ "--logger"; $"trx;LogFileName={log}"; "--results-directory"; testResults ]
    exitCode "dotnet" ([ "test"; project ] @ options @ results @ properties @ programArguments)

Target.create "Test" (fun _ ->
    Shell.cleanDir testResults
    let codes = testProjects |> Seq.map testProject |> List.ofSeq
    let passed, failed, skipped = readTestResults ()
    lastLine <- Some(summary (passed, failed, skipped))

    if failed > 0 || passed = 0 || List.exists ((<>) 0) codes then
        failwithf "the tests failed: %s" (summary (passed, failed, skipped)))

/// The tests on a build of the kernels with planted faults: does each fault make one fail? Writes docs/mutants.md.
Target.create "Mutants" (fun _ ->
    let tests = "build/mutants"
    native "build/native-faults" [ "-DPAT_FAULTS=ON" ]
    Shell.copyDir tests "tests.Properties/bin/Release/net10.0" (fun _ -> true)
    Shell.copyFile $"{tests}/libpat_kernels.so" "build/native-faults/libpat_kernels.so"
    Environment.setEnvironVar "PAT_MUTANTS" (Path.GetFullPath "docs/mutants.md")

    // The cases that continuous integration meets.
    if Environment.environVarOrNone "PAT_SEED" = None then
        Environment.setEnvironVar "PAT_SEED" "20261122"

    dotnet [ "test"; $"{tests}/PatFramework.Properties.dll"; "--filter"; "FullyQualifiedName~MutationTests" ])

Target.create "Demo" (fun _ -> run "./pat" ([ "demo"; "--out"; "runs/demo" ] @ programArguments))

/// The tables and figures of the PAT paper: `./build.sh Table5 --data camvid:CamVid --budget full`.
let reproductions = [ "Table1"; "Table3"; "Table4"; "Table5"; "Table6"; "Fig3c"; "Fig4"; "Fig5" ]

for name in reproductions do
    Target.create name (fun _ -> run "./pat" ([ "reproduce"; name.ToLowerInvariant() ] @ programArguments))

Target.create "Bench" (fun _ ->
    native nativeBuild [ "-DPAT_BUILD_BENCH=ON" ]
    run "./pat" [ "bench"; "bridge" ]
    run "./pat" [ "bench"; "memory" ]
    run "./pat" [ "bench"; "loss"; "--out"; "runs/bench" ]
    run "./pat" [ "bench"; "models" ]
    run "./pat" ([ "bench"; "step" ] @ programArguments))

/// A folder that runs where there is no .NET: the program with its runtime in one compressed file, and what has to be compiled
/// or interpreted there. Its build-native.sh compiles the native libraries.
Target.create "Publish" (fun _ ->
    Shell.cleanDir publish
    let project = "src.Experiments/PatFramework.Experiments.fsproj"
    let single = [ "-p:PublishSingleFile=true"; "-p:EnableCompressionInSingleFile=true" ]

    let options =
        [ "--configuration"
          "Release"
          "--runtime"
          "linux-x64"
          "--self-contained"
          "--verbosity"
          "quiet" ]

    dotnet ([ "publish"; project; "--output"; $"{publish}/app" ] @ options @ single @ properties)
    !! $"{publish}/app/*.pdb" ++ $"{publish}/app/*.xml" |> File.deleteAll

    for folder in [ "src.Native"; "bench" ] do
        Shell.copyDir $"{publish}/{folder}" folder (fun path -> not (path.Contains "__pycache__"))

    Shell.copyFiles publish [ "pat"; "LICENSE"; "src.Native/build-native.sh" ]
    let bytes = !! $"{publish}/**/*" |> Seq.sumBy (fun file -> FileInfo(file).Length)
    lastLine <- Some $"{publish}: {bytes / 1000000L} MB; run {publish}/build-native.sh, then {publish}/pat doctor")

Target.create "Clean" (fun _ ->
    projects
    |> Seq.map Path.GetDirectoryName
    |> Seq.collect (fun directory -> [ Path.Combine(directory, "bin"); Path.Combine(directory, "obj") ])
    |> Seq.append [ "build" ]
    |> Shell.deleteDirs)

"Setup" ==> "Restore" ==> "Build"
"Native" ==> "Build"
"Setup" ==> "Format"
"Setup" ==> "FormatCheck" ==> "Test"
"Build" ==> "Test"
"Build" ==> "Mutants"
"Build" ==> "Demo"
"Build" ==> "Bench"
"Restore" ==> "Publish"

for name in reproductions do
    "Build" ==> name |> ignore

let succeeded =
    try
        Target.run 1 target arguments
        true
    with error ->
        eprintfn "build.fsx: %s" error.Message
        false

Option.iter (printfn "%s") lastLine
exit (if succeeded then 0 else 1)
