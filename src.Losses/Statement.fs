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
    /// ∂L/∂z_y / (P − 1) of a sigmoid loss, P the label's probability; binary cross-entropy has 1.
    | LabelPull
    /// ∂L/∂z_k / P of a sigmoid loss for k ≠ y, P the probability of class k; binary cross-entropy has 1.
    | OtherPull
    /// L(z), over boxes of logits.
    | Loss
    /// ∂L/∂z_k of every class k, over boxes of logits.
    | Gradient

/// What is claimed.
[<RequireQualifiedAccess>]
type Claim =
    /// Least ≤ quantity ≤ most, for every p of (from, to].
    | OverProbabilities of Quantity * least: float * most: float * from: float * upTo: float
    /// Least ≤ quantity ≤ most, for every label and all logits in the box of the settings.
    | OverLogits of Quantity * least: float * most: float
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

    let private confident quantity =
        Claim.OverProbabilities(quantity, 0.5, infinity, 0.99, 1.0)

    let private number (x: float) =
        x.ToString("0.######", CultureInfo.InvariantCulture).Replace('-', '−')

    /// Six decimals towards −∞ and +∞: what is proved is the number that is printed.
    let private floored (x: float) = floor (x * 1e6) / 1e6

    let private raised (x: float) = ceil (x * 1e6 - 1e-7) / 1e6

    let private lossUpTo most why =
        Claim.OverLogits(Quantity.Loss, 0.0, raised most) |> say $"{why}0 ≤ L ≤ {number (raised most)}"

    let private gradientWithin least most why =
        Claim.OverLogits(Quantity.Gradient, floored least, raised most)
        |> say $"{why}{number (floored least)} ≤ ∂L/∂z_k ≤ {number (raised most)}"

    /// The weight near p = 1 is at least one half: focal's is 0.
    let confidentPixelsKeepWeight: Statement =
        confident Quantity.Weight |> say "a confident pixel keeps its weight: w(p) ≥ 0.5 for p ≥ 0.99"

    /// No probability, however small, pulls more than twice as hard as under cross-entropy.
    let noExplosion: Statement =
        everywhere Quantity.Gain -2.0 2.0 |> say "no explosion near p = 0: −2 ≤ G(p) ≤ 2"

    /// ∂L/∂z_k stays within twice that of cross-entropy, which is at most 1.
    let boundedGradient: Statement = gradientWithin -2.0 2.0 "no explosion near zero logits: "

    let maskSizeInvariance (reduction: Reduction) : Statement =
        Claim.MaskSizeInvariance reduction |> say "the size of a mask does not count"

    let private ofReach (reach: Reach) : Statement list =
        [ lossUpTo reach.Loss "its own bound: "; gradientWithin -reach.Down reach.Up "its own bound: " ]

    let private unweighted =
        [ everywhere Quantity.Weight 1.0 1.0 |> say "w(p) = 1"
          everywhere Quantity.Gain 1.0 1.0 |> say "G(p) = 1" ]

    /// losses.md 1.4.
    let private exponentialConfidence (temperature: float) (gradient: WeightGradient) : Statement list =
        let least = floored (exp (-1.0 / temperature))

        [ everywhere Quantity.Weight 0.0 1.0 |> say "0 ≤ w(p) ≤ 1"
          everywhere Quantity.Weight least infinity |> say $"w(p) ≥ {number least}, of exp(−1/T)"
          Claim.OverProbabilities(Quantity.Weight, 1.0, 1.0, 1.0, 1.0) |> say "w(1) = 1"
          everywhere Quantity.Saving 0.0 infinity |> say "f(p) = w(p) · −ln p ≤ −ln p"
          everywhere Quantity.Gain -infinity 1.0 |> say "G(p) ≤ 1"
          if gradient = WeightGradient.Attached then
              everywhere Quantity.Gain 0.0 infinity |> say "f(p) never rises (just where T ≥ 1/e)" ]

    /// losses.md 2.2.
    let private focal (γ: float) : Statement list =
        [ everywhere Quantity.Weight 0.0 1.0 |> say "0 ≤ w(p) ≤ 1"
          everywhere Quantity.Saving 0.0 infinity |> say "f(p) = w(p) · −ln p ≤ −ln p"
          if γ >= 1.0 then
              everywhere Quantity.Gain 0.0 infinity |> say "f(p) never rises" ]

    /// losses.md 1.6.
    let private inverseConfidence: Statement list =
        [ everywhere Quantity.Weight 0.499999 1.35915 |> say "½ ≤ w(p) ≤ e/2, to five decimals"
          everywhere Quantity.Gain 0.499999 1.5134 |> say "½ ≤ G(p) ≤ 1.5134, to five decimals" ]

    /// What the pixel weight adds to what is asked of every loss.
    let private ofWeight (weight: PixelWeight) : Statement list =
        match weight with
        | PixelWeight.Unweighted -> unweighted
        | PixelWeight.ExponentialConfidence(temperature, gradient) -> exponentialConfidence temperature gradient
        | PixelWeight.Focal γ -> focal γ
        | PixelWeight.InverseConfidence -> inverseConfidence

    let private ofSoftmax (settings: ProofSettings) (loss: SoftmaxLoss) : Statement list =
        let twice = 2.0 * (log (float settings.Classes) + settings.Width)

        [ confidentPixelsKeepWeight
          noExplosion
          boundedGradient
          lossUpTo twice "at most twice what ce can lose: "
          maskSizeInvariance loss.Reduction ]
        @ ofReach (Reach.OfSoftmax settings loss)
        @ ofWeight loss.Weight

    let private ofSigmoid (settings: ProofSettings) (loss: SigmoidLoss) : Statement list =
        let twice = 2.0 * float settings.Classes * (log 2.0 + settings.Largest)

        [ confident Quantity.LabelPull
          |> say "a confident pixel keeps its weight: −∂L/∂z_y ≥ ½ (1 − P) for P ≥ 0.99"
          confident Quantity.OtherPull
          |> say "a confident mistake keeps its weight: ∂L/∂z_k ≥ ½ P for P ≥ 0.99"
          boundedGradient
          lossUpTo twice "at most twice what bce can lose: "
          maskSizeInvariance loss.Reduction ]
        @ ofReach (Reach.OfSigmoid settings loss)

    /// The most that a region loss can lose: ln 1e7 where it is a logarithm, else 1.
    let private regionReach (loss: RegionLoss) =
        match loss.Measure with
        | RegionMeasure.Tversky(_, _, _, OverlapForm.Logarithm, _) -> 7.0 * log 10.0
        | RegionMeasure.Tversky _
        | RegionMeasure.GeneralisedDice
        | RegionMeasure.Lovasz _ -> 1.0

    let private ofRegion (loss: RegionLoss) : Statement list =
        [ lossUpTo (regionReach loss) ""; boundedGradient ]

    /// Whether each pixel has a loss of its own.
    let isPixelWise (definition: LossDefinition) : bool =
        Definition.terms definition |> List.forall (fun (_, term) -> not term.IsRegion)

    /// The weight w(p) of a pixel, where the loss is Σ aᵢ wᵢ(p) · −ln p: a softmax loss, or a sum of such whose logits are
    /// adjusted alike, so that there is one p.
    let curve (definition: LossDefinition) : PixelCurve option =
        let softmax =
            Definition.terms definition
            |> List.map (function
                | a, LossDefinition.Softmax loss -> Some(loss.Adjustment, (a, loss.Weight))
                | _ -> None)

        if List.forall Option.isSome softmax && softmax |> List.distinctBy (Option.map fst) |> List.length = 1 then
            Some(softmax |> List.map (Option.get >> snd) |> Curve.ofWeights)
        else
            None

    let private reductionOf term =
        match term with
        | LossDefinition.Softmax loss -> Some loss.Reduction
        | LossDefinition.Sigmoid loss -> Some loss.Reduction
        | LossDefinition.Region _
        | LossDefinition.WeightedSum _ -> None

    /// The most that a term can lose over so many pixels, C masks at most, under its reduction.
    let private largest (settings: ProofSettings) pixels term : float =
        let each =
            match term with
            | LossDefinition.Softmax loss -> (Reach.OfSoftmax settings loss).Loss
            | LossDefinition.Sigmoid loss -> (Reach.OfSigmoid settings loss).Loss
            | LossDefinition.Region loss -> regionReach loss
            | LossDefinition.WeightedSum _ -> infinity

        match reductionOf term with
        | Some Reduction.Sum -> pixels * each
        | Some Reduction.MaskSum -> float settings.Classes * each
        | _ -> each

    let private ofSum settings sum : Statement list =
        let pixelWise, terms = isPixelWise sum, Definition.terms sum

        let most =
            terms |> List.sumBy (fun (a, term) -> a * largest settings (if pixelWise then 1.0 else 2.0) term)

        [ if (curve sum).IsSome then
              yield confidentPixelsKeepWeight
              yield noExplosion

          yield lossUpTo most "the bounds of its terms add up: "

          if pixelWise then
              yield boundedGradient

              for reduction in terms |> List.choose (snd >> reductionOf) |> List.distinct do
                  let statement = maskSizeInvariance reduction
                  yield { statement with Says = $"{statement.Says} ({reduction})" } ]

    /// All statements about a loss that is told what the settings say.
    let about (settings: ProofSettings) (definition: LossDefinition) : Statement list =
        match definition with
        | LossDefinition.Softmax loss -> ofSoftmax settings loss
        | LossDefinition.Sigmoid loss -> ofSigmoid settings loss
        | LossDefinition.Region loss -> ofRegion loss
        | LossDefinition.WeightedSum _ -> ofSum settings definition
