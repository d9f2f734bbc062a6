namespace PatFramework.Losses

/// What EQL v2 has seen: Σ |gradient| of each class as the label and as not the label.
type GradientSums = { Positive: float[]; Negative: float[] }

/// The sigmoid family: each class against the rest, a pixel's loss the sum over the classes.
module Sigmoid =

    /// softplus(−z) of the label, softplus(z) of the others.
    let private logistic (z: Scalar<'T>) isLabel =
        Scalar.softplus (if isLabel then -z else z)

    /// −ln P = e^−z of the label, straight below −4; −ln(1 − P) = −ln(1 − exp(−e^−z)) of the others, z itself beyond 700. Both
    /// parts of a bend are written as one kink, so that their slopes add up to 1 on it.
    let private gumbel (z: Scalar<'T>) isLabel =
        let under, over = Scalar.atLeast 0.0 (-4.0 - z), Scalar.atLeast 0.0 (z - 700.0)
        let both = z + under - over

        if isLabel then
            exp -(z + under) + exp 4.0 * under
        else
            over - log -(Scalar.expm1 -(exp -both))

    /// −ln P(z) of the label, −ln(1 − P(z)) of the others.
    let term (link: SigmoidLink) : Scalar<'T> -> bool -> Scalar<'T> =
        match link with
        | SigmoidLink.Logistic -> logistic
        | SigmoidLink.Gumbel -> gumbel

    /// The logit z of the probability P(z) = p.
    let logit (link: SigmoidLink) (p: float) : float =
        match link with
        | SigmoidLink.Logistic -> log p - Elementary.log1p -p
        | SigmoidLink.Gumbel -> -log(-log p)

    /// What is added to the logits. One class alone has nothing to be balanced with.
    let shifts (loss: SigmoidLoss) (classes: int) : float[] =
        match loss.Shift, loss.Given.Counts with
        | (SigmoidShift.LogOddsFull | SigmoidShift.LogOddsCode), Some n when classes > 1 ->
            let others = if loss.Shift = SigmoidShift.LogOddsFull then log (float (classes - 1)) else 0.0
            ClassStatistics.logOdds n |> Array.map ((+) others)
        | _ -> Array.zeroCreate classes

    /// w_c as a negative and as the label.
    let weights (loss: SigmoidLoss) (classes: int) : struct (float * float)[] =
        let every x = Array.create classes x

        match loss.Weight with
        | SigmoidWeight.Unweighted -> every (struct (1.0, 1.0))
        | SigmoidWeight.WithoutRareNegatives λ ->
            ClassStatistics.priors (Option.defaultValue (every 1L) loss.Given.Counts)
            |> Array.map (fun π -> struct ((if π < λ then 0.0 else 1.0), 1.0))
        | SigmoidWeight.GradientRatio(γ, μ, α) ->
            let r g = 1.0 / (1.0 + exp (-γ * (g - μ)))

            loss.Given.Ratios
            |> Option.defaultValue (every 100.0)
            |> Array.map (fun g -> struct (r g, 1.0 + α * (1.0 - r g)))

    let private staged (loss: SigmoidLoss) (classes: int) : Scalar<'T>[] -> int -> Scalar<'T> =
        let shift, weights = shifts loss classes, weights loss classes
        let link = term loss.Link

        let term y c (z_c: Scalar<'T>) =
            let struct (negative, label) = weights[c]
            (if c = y then label else negative) * link (z_c + shift[c]) (c = y)

        fun z y -> Scalar.sum (Array.mapi (term y) z)

    /// Whether class counts decide about the loss.
    let needsCounts (loss: SigmoidLoss) : bool =
        match loss.Shift, loss.Weight with
        | SigmoidShift.Zero, SigmoidWeight.WithoutRareNegatives λ -> λ > 0.0
        | SigmoidShift.Zero, _ -> false
        | _ -> true

    /// Σ aᵢ Lᵢ over the valid pixels (logits flat as [N,C,H,W]).
    let loss (loss: SigmoidLoss) (shape: BatchShape) (labels: int64[]) (z: Scalar<'T>[]) : Scalar<'T> =
        let ignore = Pixels.ignored loss.Ignore
        let one = Array.create shape.Classes 1.0
        let a = Reductions.factors loss.Reduction one ignore shape labels
        let pixel = staged loss shape.Classes

        Pixels.sum shape labels ignore z (fun i z y -> a[i] * pixel z y)

/// EQL v2's state (Tan et al. 2021): give `ratios state` to the loss, take the step, then `step` the state.
module GradientSums =
    /// Before the first step.
    let start (classes: int) : GradientSums =
        { Positive = Array.zeroCreate classes; Negative = Array.zeroCreate classes }

    /// g_c = positive / (negative + 1e-10); 100 before anything was seen.
    let ratios (sums: GradientSums) : float[] =
        Array.map2
            (fun positive negative ->
                if positive = 0.0 && negative = 0.0 then
                    100.0
                else
                    positive / (negative + 1e-10))
            sums.Positive
            sums.Negative

    /// Adds w |σ(z) − t| of each class over the valid pixels, w the weights of this step.
    let step (loss: SigmoidLoss) (batch: LogitBatch) (sums: GradientSums) : GradientSums =
        let classes = batch.Shape.Classes
        let loss = { loss with Given = { loss.Given with Ratios = Some(ratios sums) } }
        let weights = Sigmoid.weights loss classes
        let positive, negative = Array.copy sums.Positive, Array.copy sums.Negative

        let add i (z: float[]) y =
            for c in 0 .. classes - 1 do
                let struct (w, w') = weights[c]

                if c = y then
                    positive[c] <- positive[c] + w' / (1.0 + exp z[c])
                else
                    negative[c] <- negative[c] + w / (1.0 + exp -z[c])

        Pixels.iterate batch.Shape batch.Labels (Pixels.ignored loss.Ignore) batch.Logits add
        { Positive = positive; Negative = negative }
