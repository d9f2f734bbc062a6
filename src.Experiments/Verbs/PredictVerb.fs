/// `pat predict`.
module PatFramework.Experiments.PredictVerb

open System
open System.IO
open Argu
open Spectre.Console
open PatFramework.Core.Data
open PatFramework.Core.Training
open PatFramework.Experiments.Arguments

/// What is written for an image.
type private Drawing =
    | ClassIds
    | Overlay

let private way (given: ParseResults<PredictArguments>) : TrainedRuns.Use =
    { Weights = given.GetResult(PredictArguments.Weights, "best")
      Device = given.GetResult(PredictArguments.Device, DeviceKind.Cpu)
      Threads = given.GetResult(PredictArguments.Threads, Environment.ProcessorCount) }

let private inference (given: ParseResults<PredictArguments>) =
    InferenceChoice.parse
        { Size = given.TryGetResult PredictArguments.Size
          Window = given.TryGetResult PredictArguments.Window
          Stride = given.TryGetResult PredictArguments.Stride
          Scales = given.TryGetResult PredictArguments.Scales
          Flip = given.Contains PredictArguments.Flip }

let private endsIn (extensions: string list) (path: string) =
    extensions
    |> List.exists (fun extension -> path.EndsWith(extension, StringComparison.OrdinalIgnoreCase))

/// The prediction of an image within a folder: the image's name with .png.
let private named (image: string) (folder: string) =
    Path.Join(folder, Path.ChangeExtension(FileInfo(image).Name, ".png"))

/// Each image of a folder with the file that its prediction goes to.
let private inFolder (images: string) (out: string) =
    if File.Exists out then
        Outcome.fail $"--image is a folder and --out {out} is a file: give a folder as --out."

    match
        Directory.EnumerateFiles images
        |> Seq.filter (endsIn [ ".jpg"; ".jpeg"; ".png" ])
        |> Seq.sort
        |> List.ofSeq
    with
    | [] -> Outcome.fail $"{images} holds no .jpg, .jpeg or .png file."
    | files ->
        Directory.CreateDirectory out |> ignore
        [ for file in files -> file, named file out ]

let private single (image: string) (out: string) =
    if Directory.Exists out then
        [ image, named image out ]
    elif not (endsIn [ ".png" ] out) then
        Outcome.fail $"--out {out} does not end in .png: predictions are written as PNG."
    else
        FileInfo(out).Directory |> Option.ofObj |> Option.iter (fun parent -> parent.Create())
        [ image, out ]

let private jobs (image: string) out =
    if Directory.Exists image then
        inFolder image out
    elif File.Exists image then
        single image out
    else
        Outcome.fail $"There is no image at {image}: give a JPEG or PNG file, or a folder of them."

let private write drawing (run: TrainedRun) (predictor: Predictor) (image: string, out: string) =
    let picture = Codecs.ReadImage image
    let labels = predictor.Predict picture

    let bytes =
        match drawing with
        | ClassIds -> Codecs.EncodePng labels
        | Overlay -> Codecs.EncodePng(Predictor.Overlay(picture, labels, run.Config.Classes))

    AtomicFile.Write(out, (fun stream -> stream.Write(ReadOnlySpan bytes)))

/// Runs `pat predict`.
let run output (given: ParseResults<PredictArguments>) =
    let folder = given.GetResult PredictArguments.Run
    let image = given.GetResult Image
    let out = given.GetResult PredictArguments.Out
    let drawing = if given.Contains PredictArguments.Overlay then Overlay else ClassIds
    let jobs = jobs image out
    let inference = inference given
    use run = TrainedRuns.load folder (way given)
    let predictor = run.CreatePredictor inference

    Progress.counted "predicting" (fun report ->
        for index, job in List.indexed jobs do
            write drawing run predictor job
            report.Invoke(index + 1, jobs.Length))

    let json () =
        Terminal.json [ "files", Terminal.jsonArray [ for _, file in jobs -> Terminal.jsonText file ] ]

    Terminal.emit output json (fun console -> jobs |> List.iter (fun (_, file) -> console.WriteLine file))
    0
