namespace PatFramework.Experiments

open PatFramework.Core.Data
open PatFramework.Core.Training

/// How much is trained for a table.
[<RequireQualifiedAccess>]
type Budget =
    | Small
    | Full

/// The tables and figures of Do et al. 2024 (arXiv 2404.05393) that can be made again.
[<RequireQualifiedAccess>]
type Reproduction =
    | Table1
    | Table3
    | Table4
    | Table5
    | Table6
    | Figure3c
    | Figure4
    | Figure5

module Reproduction =

    let name (what: Reproduction) =
        match what with
        | Reproduction.Table1 -> "table1"
        | Reproduction.Table3 -> "table3"
        | Reproduction.Table4 -> "table4"
        | Reproduction.Table5 -> "table5"
        | Reproduction.Table6 -> "table6"
        | Reproduction.Figure3c -> "fig3c"
        | Reproduction.Figure4 -> "fig4"
        | Reproduction.Figure5 -> "fig5"

    /// The losses of the paper's tables in its order: the name that they are printed under, and the spelling.
    let losses =
        [ "ce", "ce"
          "focal", "focal"
          "cb", "cb"
          "cbfocal", "cbfocal"
          "balanced-softmax", "balanced-softmax"
          "ldam", "ldam"
          "blv", "blv"
          "pat", "pat:temperature=20" ]

    /// The temperatures of Table 5; the text of the paper has lost them, these are the likeliest.
    let temperatures = [ 5; 10; 20; 50 ]

    let models = [ "unet"; "attunet"; "unetpp"; "deeplabv3"; "deeplabv3plus" ]

    /// A model as a budget has it.
    let model budget (name: string) =
        match budget with
        | Budget.Small -> $"{name}:width=8"
        | Budget.Full -> name

    /// A loss over a model; LDAM has the normalised classifier that it is defined on.
    let contender (spelling: string) (model: string) =
        let separator = if model.Contains ':' then "," else ":"

        if spelling.StartsWith "ldam" then
            $"{spelling} @ {model}{separator}head=cosine,scale=1"
        else
            $"{spelling} @ {model}"

    /// What is compared: losses over models, each with the name of its row and its column.
    let contenders budget (what: Reproduction) : ((string * string) * string) list =
        let over models losses =
            [ for name in models do
                  for row, spelling in losses -> (row, name), contender spelling (model budget name) ]

        match what with
        | Reproduction.Table1
        | Reproduction.Figure3c -> []
        | Reproduction.Table3
        | Reproduction.Figure5 -> over [ "unet" ] losses
        | Reproduction.Table4 -> over models losses
        | Reproduction.Table5 -> over models [ for T in temperatures -> $"T = {T}", $"pat:temperature={T}" ]
        | Reproduction.Table6 -> over [ "deeplabv3plus" ] losses
        | Reproduction.Figure4 ->
            over [ "unet" ] (losses |> List.filter (fun (name, _) -> List.contains name [ "ce"; "focal"; "pat" ]))

    /// The data where none is named.
    let defaultData budget =
        match budget with
        | Budget.Small -> "synth:count=64,size=96x128"
        | Budget.Full -> "synth:count=400,size=180x240"

    /// The configuration that the runs of a budget begin with; options of `pat train` change it.
    let config budget (data: string) : TrainingConfig =
        let epochs, size =
            match budget with
            | Budget.Small -> 6, ImageSize(96, 128)
            | Budget.Full -> 30, ImageSize(180, 240)

        TrainingConfig(
            Data = data,
            Model = model budget "unet",
            Loss = "ce",
            Epochs = epochs,
            Size = size,
            BatchSize = 8,
            LearningRate = (if budget = Budget.Small then 5e-3 else 1e-3),
            Augmentation = AugmentationOptions()
        )
