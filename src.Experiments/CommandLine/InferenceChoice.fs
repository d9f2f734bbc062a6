/// From `--size --window --stride --scales --flip` to how a model is applied.
module PatFramework.Experiments.InferenceChoice

open System
open System.Globalization
open PatFramework.Core
open PatFramework.Core.Data
open PatFramework.Core.Training
open PatFramework.Losses

/// What the options say, as spelled.
type Spelled =
    { Size: string option
      Window: string option
      Stride: string option
      Scales: string option
      Flip: bool }

let private number (text: string) =
    match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
    | true, value -> value
    | _ ->
        raise (PatException $"--scales has '{text}', which is no number: give numbers and commas, such as 0.75,1,1.25.")

let private scales (text: string) =
    text.Split(',', StringSplitOptions.TrimEntries) |> Array.map number

/// The options, checked; none of them: one pass at the training's size.
let parse (spelled: Spelled) =
    let size = Option.map ImageSize.Parse >> Option.toNullable

    let options =
        InferenceOptions(
            Size = size spelled.Size,
            Window = size spelled.Window,
            Stride = size spelled.Stride,
            Scales = (spelled.Scales |> Option.map scales |> Option.defaultValue [| 1.0 |]),
            Flip = spelled.Flip
        )

    options.Validate()
    options

/// The options as JSON; null for what was not asked.
let json (options: InferenceOptions) =
    let size (value: Nullable<ImageSize>) =
        Terminal.jsonText (if value.HasValue then value.Value.ToString() else null)

    Terminal.json
        [ "size", size options.Size
          "window", size options.Window
          "stride", size options.EffectiveStride
          "scales", Terminal.jsonArray [ for scale in options.Scales -> Terminal.jsonNumber scale ]
          "flip", Terminal.jsonFlag options.Flip ]
