/// The paper's tables with the numbers of a comparison, and the printed ones beside them.
module PatFramework.Experiments.ReproducedTables

open PatFramework.Experiments.CompareTables

/// Results of the cells that are finished: by row and column.
type Cells = Map<string * string, ContenderResult>

/// The cells of what was compared.
let cells (contenders: ((string * string) * string) list) (found: CompareResults) : Cells =
    Map
        [ for place, label in contenders do
              let identity = (Contender.parse label |> Outcome.orFail).Identity

              match found.Contenders |> List.tryFind (fun result -> result.Contender.Identity = identity) with
              | Some result -> place, result
              | None -> () ]

let private shown (value: ContenderResult -> string) (cell: ContenderResult option) =
    cell |> Option.map value |> Option.defaultValue "not finished"

let private meanIoU = shown (fun result -> spread result.Scores[Score.MeanIoU])
let private accuracy = shown (fun result -> spread result.PixelAccuracy)

let private crossEntropy = shown (fun result -> Terminal.decimals 3 result.CrossEntropy.Mean)

/// The paper's data set that a spelled one is, or Cityscapes.
let paperData (data: string) =
    match data.Split(':')[0] with
    | "nyuv2"
    | "oxfordpet" as name -> name
    | _ -> "cityscapes"

/// Losses by scores, on one data set.
let table3 (data: string) (cells: Cells) : Table =
    let printed score loss =
        Published.score Published.table3 score loss (paperData data) ""

    let place = paperData data

    { Columns =
        [ "loss"
          "mIoU %"
          $"printed, {place}"
          "pixel acc. %"
          "printed"
          "val CE"
          "printed \"Dice Err\"" ]
      Rows =
        [ for name, _ in Reproduction.losses ->
              let cell = cells |> Map.tryFind (name, "unet")

              [ name
                meanIoU cell
                printed "mIoU" name
                accuracy cell
                printed "accuracy" name
                crossEntropy cell
                printed "Dice Err" name ] ] }

/// Rows by models: mIoU and, where the paper's text has it, the printed one.
let private byModel (rows: (string * string) list) printed (cells: Cells) : Table =
    { Columns = "" :: [ for model in Reproduction.models -> $"{model} (printed)" ]
      Rows =
        [ for row, name in rows ->
              row
              :: [ for model in Reproduction.models ->
                       $"""{meanIoU (Map.tryFind (row, model) cells)} ({Published.score printed "mIoU" name "cityscapes" model})""" ] ] }

/// Losses by models.
let table4 (cells: Cells) : Table =
    byModel [ for name, _ in Reproduction.losses -> name, name ] Published.table4 cells

/// Temperatures by models; the printed rows in their order.
let table5 (cells: Cells) : Table =
    let rows =
        List.zip [ for T in Reproduction.temperatures -> $"T = {T}" ] [ "first"; "second"; "third"; "fourth" ]

    byModel rows Published.table5 cells

/// Classes by losses, with the mean and the printed mean: the paper's table turned, so that it fits a page.
let table6 (found: CompareResults) (cells: Cells) : Table =
    let row name (value: string -> ContenderResult option -> string) =
        name
        :: [ for loss, _ in Reproduction.losses -> value loss (Map.tryFind (loss, "deeplabv3plus") cells) ]

    { Columns = "IoU %" :: List.map fst Reproduction.losses
      Rows =
        [ for index, item in List.indexed found.Classes do
              row item.Name (fun _ -> shown (fun result -> Terminal.percent result.IoU[index].Mean))
          row "mean" (fun _ -> meanIoU)
          row "printed, cityscapes" (fun loss _ ->
              Published.score Published.table6 "mIoU" loss "cityscapes" "deeplabv3plus") ] }
