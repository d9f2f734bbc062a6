/// `pat bench data`: our loader against torchvision's decoding and resizing under PyTorch's, in turns.
module PatFramework.Experiments.DataBench

open System
open System.Diagnostics
open System.Globalization
open System.IO
open Spectre.Console
open PatFramework.Core.Data
open PatFramework.Experiments.Peer

/// What is timed: a split of a data set of files, decoded and resized on as many workers by both sides.
type Setting =
    { Data: string
      Split: string
      Size: ImageSize
      Batch: int
      Workers: int
      Rounds: int
      Python: string }

/// A way to load, its images a second, and the median of the ratios to the peer's turn beside it.
type Row = { Way: string; ImagesPerSecond: float; Ratio: float }

/// How the peer's samples differ from ours.
type Agreement =
    { Samples: int
      MeanDifference: float
      LargestDifference: int
      OtherLabels: float }

let private epoch (setting: Setting) (dataset: ISegmentationDataset) =
    let loader = DataLoader(dataset, LoaderOptions(setting.Batch, setting.Size, Workers = setting.Workers))

    let clock = Stopwatch.StartNew()

    for batch in loader.Epoch 0 do
        batch.Dispose()

    clock.Elapsed.TotalSeconds

let private peer (setting: Setting) (pairs: string) =
    let arguments =
        [ findFile "bench/data/peer.py"; "--pairs"; pairs ]
        @ [ "--height"; string setting.Size.Height; "--width"; string setting.Size.Width ]
        @ [ "--batch"; string setting.Batch; "--workers"; string setting.Workers ]

    new Peer(
        setting.Python,
        arguments,
        "install Debian's python3-torchvision, or name a Python that has torchvision with --peer."
    )

/// Compares the first samples: colours by level, labels by value.
let private agreement (setting: Setting) (dataset: ISegmentationDataset) (peer: Peer) (folder: string) =
    let count, pixels = min 16 dataset.Count, setting.Size.Pixels
    let file = Path.Combine(folder, "samples")
    peer.Ask $"dump\t{file}\t{count}" |> ignore
    let theirs = File.ReadAllBytes file

    let differences =
        [| for index in 0 .. count - 1 do
               let ours = dataset.Read(index, Nullable setting.Size)

               for pixel in 0 .. pixels - 1 do
                   for channel in 0..2 do
                       abs (
                           int ours.Rgb[3 * pixel + channel] - int theirs[index * 4 * pixels + channel * pixels + pixel]
                       ) |]

    let others =
        [ for index in 0 .. count - 1 do
              let ours = dataset.Read(index, Nullable setting.Size).Labels
              let labels = theirs[index * 4 * pixels + 3 * pixels .. (index + 1) * 4 * pixels - 1]
              Array.fold2 (fun other a b -> if a = b then other else other + 1) 0 ours labels ]

    { Samples = count
      MeanDifference = differences |> Array.averageBy float
      LargestDifference = Array.max differences
      OtherLabels = float (List.sum others) / float (count * pixels) }

let private measure (setting: Setting) (dataset: ISegmentationDataset) (cached: ISegmentationDataset) (peer: Peer) =
    let turn () =
        let theirs = Double.Parse(peer.Ask "epoch", CultureInfo.InvariantCulture)
        theirs, epoch setting dataset, epoch setting cached

    turn () |> ignore
    let turns = [ for _ in 1 .. setting.Rounds -> turn () ]

    let speed seconds =
        float dataset.Count / Statistics.median seconds

    let row way (ours: float * float * float -> float) =
        { Way = way
          ImagesPerSecond = speed (List.map ours turns)
          Ratio = turns |> List.map (fun turn -> (let theirs, _, _ = turn in theirs) / ours turn) |> Statistics.median }

    [ row "torchvision" (fun (theirs, _, _) -> theirs)
      row "decoded" (fun (_, ours, _) -> ours)
      row "cached" (fun (_, _, ours) -> ours) ]

let private json (setting: Setting) version (found: Agreement) rows () =
    Terminal.json
        [ "data", Terminal.jsonText setting.Data
          "split", Terminal.jsonText setting.Split
          "size", Terminal.jsonText (setting.Size.ToString())
          "workers", Terminal.jsonCount setting.Workers
          "peer", Terminal.jsonText $"PyTorch {version}"
          "compared", Terminal.jsonCount found.Samples
          "meanDifference", Terminal.jsonNumber found.MeanDifference
          "largestDifference", Terminal.jsonCount found.LargestDifference
          "otherLabels", Terminal.jsonNumber found.OtherLabels
          "rows",
          Terminal.jsonArray
              [ for row in rows ->
                    Terminal.json
                        [ "way", Terminal.jsonText row.Way
                          "imagesPerSecond", Terminal.jsonNumber row.ImagesPerSecond
                          "ratio", Terminal.jsonNumber row.Ratio ] ] ]

let private show (setting: Setting) version (found: Agreement) rows (console: IAnsiConsole) =
    console.WriteLine
        $"Loading {setting.Data} ({setting.Split}) at {setting.Size} with {setting.Workers} workers, against PyTorch {version}: medians of {setting.Rounds} turns"

    console.WriteLine
        $"Of {found.Samples} samples the levels differ by {Terminal.decimals 2 found.MeanDifference} in the mean and {found.LargestDifference} at most, and {Terminal.percent found.OtherLabels} %% of the labels."

    let columns = [ "", Justify.Left; "images/s", Justify.Right; "torchvision / this", Justify.Right ]

    let cells row =
        [ row.Way; Terminal.decimals 1 row.ImagesPerSecond; Terminal.decimals 2 row.Ratio ]

    console.Write(Terminal.table columns (List.map cells rows))

/// Times both and prints the table, or the same as JSON.
let run output (setting: Setting) =
    if setting.Rounds < 1 || setting.Workers < 1 then
        Outcome.fail "--rounds and --workers are 1 or more."

    let dataset = DataSource.openSplit (DataSource.parse setting.Data |> Outcome.orFail) setting.Split

    let folder = Directory.CreateTempSubdirectory("pat-bench-data-").FullName

    try
        match dataset with
        | :? ISampleFiles as files ->
            let pairs = Path.Combine(folder, "pairs")

            File.WriteAllLines(
                pairs,
                [ for index in 0 .. dataset.Count - 1 -> $"{files.ImageFile index}\t{files.LabelFile index}" ]
            )

            use peer = peer setting pairs
            let version = peer.Ask "version"
            let agreement = agreement setting dataset peer folder
            let quiet = Action<int, int>(fun _ _ -> ())
            use cached = CachedDataset.Open(dataset, setting.Size, folder, Terminal.note, quiet)
            let rows = measure setting dataset cached peer
            Terminal.emit output (json setting version agreement rows) (show setting version agreement rows)
            0
        | _ ->
            Outcome.fail
                $"{setting.Data} is not read from files, so there is nothing to decode: give a data set of files."
    finally
        Directory.Delete(folder, true)
