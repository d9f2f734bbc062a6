/// Numbers to positions: round tick values and the linear map of an axis.
module PatFramework.Experiments.Scale

open System

/// The round step (1, 2 or 5 times a power of ten) that cuts a span into about `count` parts.
let step (count: int) (span: float) =
    let raw = span / float count
    let magnitude = 10.0 ** floor (log10 raw)

    let multiple =
        match raw / magnitude with
        | ratio when ratio <= 1.0 -> 1.0
        | ratio when ratio <= 2.0 -> 2.0
        | ratio when ratio <= 5.0 -> 5.0
        | _ -> 10.0

    multiple * magnitude

/// Round tick values from at or below `low` to at or above `high`.
let ticks count (low: float) (high: float) =
    let high = if high > low then high else low + 1.0
    let size = step count (high - low)
    let first = floor (low / size + 1e-9)
    let last = ceil (high / size - 1e-9)
    [ for index in first..last -> index * size ]

/// Whole ticks within `low` and `high`, for epochs.
let wholeTicks count (low: int) (high: int) =
    let size = step count (float (max 1 (high - low))) |> ceil |> int |> max 1

    [ for value in low..high do
          if value % size = 0 || (value = low && size > 1 && low = 1) then
              float value ]

/// As many decimals as tell neighbouring ticks apart.
let format (values: float list) =
    let decimals =
        match values with
        | first :: second :: _ -> max 0 (int (ceil (-(log10 (second - first)) - 1e-9)))
        | _ -> 0

    fun (value: float) ->
        Math.Round(value, decimals).ToString("F" + string decimals, Globalization.CultureInfo.InvariantCulture)

/// The affine map that takes `low` to `start` and `high` to `finish`.
let linear (low: float, high: float) (start: float, finish: float) (value: float) =
    let span = if high = low then 1.0 else high - low
    start + (value - low) / span * (finish - start)
