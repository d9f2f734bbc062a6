/// Summaries of timings.
module PatFramework.Experiments.Statistics

/// The middle value; of an even number the mean of the two in the middle.
let median (values: float seq) =
    let sorted = values |> Seq.sort |> Seq.toArray
    let middle = sorted.Length / 2

    if sorted.Length % 2 = 1 then
        sorted[middle]
    else
        (sorted[middle - 1] + sorted[middle]) / 2.0
