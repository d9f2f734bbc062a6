namespace PatFramework.Losses

/// A cell of Table 1 of Do et al. 2024 (arXiv 2404.05393): what the definition gives and what the paper prints.
type Table1Cell =
    { Probability: float
      Computed: float
      Printed: string }

    /// Rounded half up to two decimals, as the paper's numbers are (losses.md 1.1).
    member cell.Rounded = floor (cell.Computed * 100.0 + 0.5) / 100.0

    member cell.Matches = cell.Rounded = float cell.Printed

/// The loss of a pixel by the probability of its label, p = 0.2 … 0.9.
module Table1 =
    let probabilities: float list = [ for k in 2..9 -> float k / 10.0 ]

    let private row (loss: SoftmaxLoss) (printed: string) =
        List.map2
            (fun p text -> { Probability = p; Computed = (Curve.at loss p).Loss; Printed = text })
            probabilities
            (List.ofArray (printed.Split ' '))

    /// The four rows with their names.
    let rows: (string * Table1Cell list) list =
        let pat T =
            ce |> weighted (exponentialConfidence T)

        let focal γ = ce |> weighted (focal γ)

        [ "focal, γ = 2", row (focal 2.0) "1.03 0.59 0.33 0.17 0.08 0.03 0.01 0.0"
          "PAT, T = 2", row (pat 2.0) "1.08 0.85 0.68 0.54 0.42 0.31 0.2 0.1"
          "focal, γ = 5", row (focal 5.0) "0.53 0.2 0.07 0.02 0.01 0.0 0.0 0.0"
          "PAT, T = 5", row (pat 5.0) "1.37 1.05 0.81 0.63 0.47 0.34 0.21 0.1" ]
