/// What the paper prints (Do et al. 2024, arXiv 2404.05393), as far as its text could be read: some cells are lost in it, and so are all
/// temperatures. The mIoU of focal and cbfocal in Table 3 are from 1 − mIoU. Scores in percent.
module PatFramework.Experiments.Published

/// A printed number: of a loss by its name in the catalogue, on a data set of the paper, with a model where the table has several.
type Printed = { Loss: string; Data: string; Model: string; Score: string; Value: string }

let private cell data model score (loss, value) =
    { Loss = loss; Data = data; Model = model; Score = score; Value = value }

/// Table 3: losses over the three data sets. The table names no model.
let table3: Printed list =
    [ yield! [ "ce", "73.8"; "ldam", "74.80" ] |> List.map (cell "cityscapes" "" "mIoU")
      yield! [ "ce", "85.3"; "ldam", "85.20" ] |> List.map (cell "cityscapes" "" "accuracy")
      yield!
          [ "ce", "0.66"; "ldam", "2.27"; "balanced-softmax", "3.08" ]
          |> List.map (cell "cityscapes" "" "Dice Err")
      yield! [ "focal", "75.76"; "cbfocal", "76.02" ] |> List.map (cell "oxfordpet" "" "mIoU")
      yield!
          [ "ce", "0.23"; "focal", "0.30"; "cbfocal", "0.26"; "ldam", "0.78"; "balanced-softmax", "1.28" ]
          |> List.map (cell "oxfordpet" "" "Dice Err")
      yield! [ "ce", "1.80"; "balanced-softmax", "2.40" ] |> List.map (cell "nyuv2" "" "Dice Err") ]

/// Table 4: losses over models.
let table4: Printed list =
    [ cell "cityscapes" "unet" "mIoU" ("ldam", "73.42")
      cell "cityscapes" "unet" "accuracy" ("ldam", "83.81")
      cell "cityscapes" "deeplabv3plus" "mIoU" ("pat", "78.63")
      cell "cityscapes" "deeplabv3plus" "accuracy" ("pat", "94.01") ]

/// Table 5: temperatures over models, of which the text has lost the temperatures: the third and the fourth row.
let table5: Printed list =
    [ cell "cityscapes" "deeplabv3plus" "mIoU" ("third", "78.63")
      cell "cityscapes" "deeplabv3plus" "accuracy" ("third", "94.01")
      cell "cityscapes" "deeplabv3plus" "mIoU" ("fourth", "79.02")
      cell "cityscapes" "deeplabv3plus" "accuracy" ("fourth", "94.45") ]

/// The means of Table 6: IoU of each class with DeepLabV3+ on Cityscapes.
let table6: Printed list =
    [ "ce", "77.73"
      "focal", "78.18"
      "cb", "77.77"
      "cbfocal", "78.21"
      "ldam", "78.40"
      "blv", "78.42"
      "pat", "78.63" ]
    |> List.map (cell "cityscapes" "deeplabv3plus" "mIoU")

/// Why scores beside each other are not of the same thing.
let private scoresDiffer =
    [ "The authors' code averages IoU over classes 0, 1 and 2 alone, whatever the data set, and over batches; here it is the mean over all classes of one confusion matrix. It also counts unlabelled pixels as a class and resizes labels with a bilinear filter."
      "The paper gives no batch size and counts training in \"rounds\"; what was trained here stands with the table."
      "The authors' code has no pretrained weights, and these models have none either; it has no DeepLabV3 or DeepLabV3+ with these losses at all." ]

/// What differs from the paper, a sentence each.
let differs (what: Reproduction) : string list =
    match what with
    | Reproduction.Table3 ->
        scoresDiffer
        @ [ "The paper's \"Dice Err\" exceeds 1 and can be no Dice error; it is most likely the validation cross-entropy, which stands beside it here."
            "The paper names no model for this table; here it is U-Net." ]
    | Reproduction.Table5 ->
        scoresDiffer
        @ [ "The text of the paper has lost the temperatures of its rows; the printed ones stand in their order." ]
    | Reproduction.Table4
    | Reproduction.Table6 -> scoresDiffer
    | Reproduction.Figure4 -> [ "The images are yours, and the model is U-Net." ]
    | Reproduction.Figure5 ->
        [ "The paper shows its own GPU; here all losses take their steps in turns on this machine, fused where they are." ]
    | Reproduction.Table1
    | Reproduction.Figure3c -> []

let private find (score: string) loss data model (table: Printed list) =
    table
    |> List.tryFind (fun printed ->
        (printed.Score, printed.Loss, printed.Data, printed.Model) = (score, loss, data, model))
    |> Option.map _.Value
    |> Option.defaultValue "–"

/// The printed score of a cell, or a dash where the text has none.
let score (table: Printed list) (score: string) (loss: string) (data: string) (model: string) : string =
    find score loss data model table
