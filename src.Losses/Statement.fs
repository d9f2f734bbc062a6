namespace PatFramework.Losses

open System.Globalization

/// What a statement bounds. p is the probability of a pixel's label, f(p) = w(p) · −ln p.
[<RequireQualifiedAccess>]
type Quantity =
    /// w(p).
    | Weight
    /// G(p) = −p f'(p); cross-entropy has 1 (losses.md 0.2).
    | Gain
    /// (1 − w(p)) · −ln p: by how much cross-entropy exceeds the loss.
    | Saving
    /// L(z), over boxes of logits.
    | PixelLoss
    /// ∂L/∂z_k of every class k, over boxes of logits.
    | Gradient

/// What is claimed.
[<RequireQualifiedAccess>]
type Claim =
    /// Least ≤ quantity ≤ most, for every p of (from, to].
    | OverProbabilities of Quantity * least: float * most: float * from: float * upTo: float
    /// Least ≤ quantity ≤ most · f(classes, width), for every label and logits in a box of this width.
    | OverLogits of Quantity * least: float * most: (int -> float -> float)
    /// Copies of a mask's pixels leave the loss unchanged.
    | MaskSizeInvariance of Reduction

/// A sentence about a loss and the claim that settles it.
[<ReferenceEquality>]
type Statement = { Says: string; Claim: Claim }

/// What losses promise. The first ones are asked of every pixel-wise loss, whether it keeps them or not.
module Statements =
    let private say sentence claim = { Says = sentence; Claim = claim }

    let private everywhere quantity least most =
        Claim.OverProbabilities(quantity, least, most, 0.0, 1.0)

    /// Six decimals towards −∞: what is proved is the number that is printed.
    let private shown (x: float) = floor (x * 1e6) / 1e6

    let private number (x: float) =
        x.ToString("0.######", CultureInfo.InvariantCulture)

    /// The weight near p = 1 is at least one half: focal's is 0.
    let confidentPixelsKeepWeight: Statement =
        Claim.OverProbabilities(Quantity.Weight, 0.5, infinity, 0.99, 1.0)
        |> say "a confident pixel keeps its weight: w(p) ≥ 0.5 for p ≥ 0.99"

    /// No probability, however small, pulls more than twice as hard as under cross-entropy.
    let noExplosion: Statement =
        everywhere Quantity.Gain -2.0 2.0 |> say "no explosion near p = 0: −2 ≤ G(p) ≤ 2"

    /// ∂L/∂z_k stays within twice that of cross-entropy, which is at most 1.
    let boundedGradient: Statement =
        Claim.OverLogits(Quantity.Gradient, -2.0, (fun _ _ -> 2.0))
        |> say "no explosion near zero logits: −2 ≤ ∂L/∂z_k ≤ 2"

    /// At most twice the bound ln C + width of cross-entropy.
    let boundedLoss: Statement =
        Claim.OverLogits(Quantity.PixelLoss, 0.0, (fun classes width -> 2.0 * (log (float classes) + width)))
        |> say "0 ≤ L ≤ 2 (ln C + width of the box)"

    let maskSizeInvariance (reduction: Reduction) : Statement =
        Claim.MaskSizeInvariance reduction |> say "the size of a mask does not count"

    let private unweighted =
        [ everywhere Quantity.Weight 1.0 1.0 |> say "w(p) = 1"
          everywhere Quantity.Gain 1.0 1.0 |> say "G(p) = 1" ]

    /// losses.md 1.4.
    let exponentialConfidence (temperature: float) (gradient: WeightGradient) : Statement list =
        let least = shown (exp (-1.0 / temperature))

        [ everywhere Quantity.Weight 0.0 1.0 |> say "0 ≤ w(p) ≤ 1"
          everywhere Quantity.Weight least infinity |> say $"w(p) ≥ {number least}, of exp(−1/T)"
          Claim.OverProbabilities(Quantity.Weight, 1.0, 1.0, 1.0, 1.0) |> say "w(1) = 1"
          everywhere Quantity.Saving 0.0 infinity |> say "L ≤ cross-entropy"
          everywhere Quantity.Gain -infinity 1.0 |> say "G(p) ≤ 1"
          if gradient = WeightGradient.Attached then
              everywhere Quantity.Gain 0.0 infinity |> say "L never rises with p (just where T ≥ 1/e)" ]

    /// losses.md 2.2.
    let private focal (γ: float) : Statement list =
        [ everywhere Quantity.Weight 0.0 1.0 |> say "0 ≤ w(p) ≤ 1"
          everywhere Quantity.Saving 0.0 infinity |> say "L ≤ cross-entropy"
          if γ >= 1.0 then
              everywhere Quantity.Gain 0.0 infinity |> say "L never rises with p" ]

    /// losses.md 1.6.
    let private inverseConfidence: Statement list =
        [ everywhere Quantity.Weight 0.499999 1.35915 |> say "½ ≤ w(p) ≤ e/2, to five decimals"
          everywhere Quantity.Gain 0.499999 1.5134 |> say "½ ≤ G(p) ≤ 1.5134, to five decimals" ]

    /// What the pixel weight adds to what is asked of every loss.
    let ofWeight (weight: PixelWeight) : Statement list =
        match weight with
        | PixelWeight.Unweighted -> unweighted
        | PixelWeight.ExponentialConfidence(temperature, gradient) -> exponentialConfidence temperature gradient
        | PixelWeight.Focal γ -> focal γ
        | PixelWeight.InverseConfidence -> inverseConfidence

    /// What is asked of every pixel-wise loss.
    let ofEveryPixelLoss (reduction: Reduction) : Statement list =
        [ confidentPixelsKeepWeight
          noExplosion
          boundedGradient
          boundedLoss
          maskSizeInvariance reduction ]

    let private isOverLogits (statement: Statement) =
        match statement.Claim with
        | Claim.OverLogits _ -> true
        | _ -> false

    /// All statements about a loss, so far of the softmax family; over logits only where the loss was told what it needs.
    let about (definition: LossDefinition) : Statement list =
        match definition with
        | LossDefinition.Softmax loss ->
            let all = ofEveryPixelLoss loss.Reduction @ ofWeight loss.Weight

            if (Definition.bind loss.Given definition).IsOk then
                all
            else
                List.filter (isOverLogits >> not) all
        | LossDefinition.Sigmoid _
        | LossDefinition.Region _
        | LossDefinition.WeightedSum _ -> []
