namespace PatFramework.Losses

/// The softmax family: what a pixel with logits z and label y loses, and how pixels become a loss.
module Softmax =

    let private differentiated (gradient: WeightGradient) (weight: Scalar<'T>) =
        match gradient with
        | WeightGradient.Attached -> weight
        | WeightGradient.Detached -> Scalar.detach weight

    /// ln p_k for all k.
    let logProbabilities (z: Scalar<'T>[]) : Scalar<'T>[] =
        Array.init z.Length (Scalar.logSoftmax z)

    let private counts (given: Given) =
        match given.Counts with
        | Some n -> n
        | None -> invalidOp "class counts are missing: Definition.bind says what to pass"

    /// ln S_yj of seesaw (Wang et al. 2021): p min(0, ln N_j/N_y) + q max(0, ln s_j − ln max(s_y, ε)), N at least 1.
    let private seesaw (p: float) (q: float) (ε: float) (n: int64[]) (z: Scalar<'T>[]) (y: int) : int -> Scalar<'T> =
        let N = n |> Array.map (max 1L >> float >> log)
        let s = logProbabilities z |> Array.map Scalar.detach
        let s_y = Scalar.atLeast (log ε) s[y]
        fun j -> p * min 0.0 (N[j] - N[y]) + q * Scalar.atLeast 0.0 (s[j] - s_y)

    let private each (change: int -> Scalar<'T> -> Scalar<'T>) (z: Scalar<'T>[]) = Array.mapi change z

    /// The logits that enter the softmax, from the variation v of a pixel, its logits z and its label y.
    let adjust (adjustment: LogitAdjustment) (given: Given) : float[] -> Scalar<'T>[] -> int -> Scalar<'T>[] =
        match adjustment with
        | LogitAdjustment.Identity -> fun _ z _ -> z
        | LogitAdjustment.Tempered τ -> fun _ z _ -> z |> each (fun _ z_k -> z_k / τ)
        | LogitAdjustment.LogPrior 0.0 -> fun _ z _ -> z
        | LogitAdjustment.LogPrior τ ->
            let a = ClassStatistics.logPriors (counts given) |> Array.map ((*) τ)
            fun _ z _ -> z |> each (fun k z_k -> z_k + a[k])
        | LogitAdjustment.Margin(m, s) ->
            let Δ = ClassStatistics.margins m (counts given)
            fun _ z y -> z |> each (fun k z_k -> s * (if k = y then z_k - Δ[k] else z_k))
        | LogitAdjustment.Varied _ ->
            let c = ClassStatistics.rarities (counts given)
            fun v z _ -> z |> each (fun k z_k -> z_k + c[k] * v[k])
        | LogitAdjustment.Seesaw(p, q, ε) ->
            let n = counts given

            fun _ z y ->
                let lnS = seesaw p q ε n z y
                z |> each (fun j z_j -> if j = y then z_j else z_j + lnS j)
        | LogitAdjustment.Equalised(λ, _) ->
            let rare = ClassStatistics.priors (counts given) |> Array.map (fun π -> π < λ)
            fun v z y -> z |> each (fun k z_k -> if rare[k] && k <> y then z_k + Elementary.log1p -v[k] else z_k)

    /// w(p), from l = ln p: p − 1 = expm1(l) keeps its digits near p = 1 (losses.md 0.3).
    let weight (weight: PixelWeight) (l: Scalar<'T>) : Scalar<'T> =
        match weight with
        | PixelWeight.Unweighted -> Scalar.constant 1.0
        | PixelWeight.ExponentialConfidence(temperature, gradient) ->
            exp (Scalar.expm1 l / temperature) |> differentiated gradient
        | PixelWeight.Focal γ -> Scalar.power γ -(Scalar.expm1 l)
        | PixelWeight.InverseConfidence -> 0.5 * exp -(Scalar.expm1 l)

    /// (1 − ε)(−l_y) + ε/C Σ_c −l_c, where l_c = l_y + z_c − z_y.
    let smoothedCrossEntropy (ε: float) (z: Scalar<'T>[]) (y: int) (l: Scalar<'T>) : Scalar<'T> =
        if ε = 0.0 then
            -l
        else
            ε / float z.Length * Scalar.sum (Array.map (fun z_c -> z[y] - z_c) z) - l

    /// L_i: weight · cross-entropy of one pixel, from its variation v.
    let private varied (loss: SoftmaxLoss) : float[] -> Scalar<'T>[] -> int -> Scalar<'T> =
        let adjust = adjust loss.Adjustment loss.Given

        fun v z y ->
            let z = adjust v z y
            let l = Scalar.logSoftmax z y
            weight loss.Weight l * smoothedCrossEntropy loss.Smoothing z y l

    /// The variation of a loss that needs none drawn: σ = 0, or b certain.
    let private certain (adjustment: LogitAdjustment) =
        match adjustment with
        | LogitAdjustment.Varied(0.0, _) -> Some 0.0
        | LogitAdjustment.Equalised(_, γ) when γ = 0.0 || γ = 1.0 -> Some γ
        | _ -> None

    /// The variation of each pixel, given flat as [N,C,H,W].
    let private variation (loss: SoftmaxLoss) (classes: int) (size: int) : int -> float[] =
        match certain loss.Adjustment, loss.Given.Variation with
        | None, Some v -> fun i -> Array.init classes (fun c -> v[(i / size * classes + c) * size + i % size])
        | known, _ ->
            let all = Array.create classes (Option.defaultValue 0.0 known)
            fun _ -> all

    /// L_i of a single pixel.
    let pixel (loss: SoftmaxLoss) (z: Scalar<'T>[]) (y: int) : Scalar<'T> =
        varied loss (variation loss z.Length 1 0) z y

    /// w_c of each class.
    let classWeights (weight: ClassWeight) (given: Given) (classes: int) : float[] =
        match weight with
        | ClassWeight.Uniform -> Array.create classes 1.0
        | ClassWeight.ClassBalanced oneMinusβ -> ClassStatistics.classBalanced oneMinusβ (counts given)

    /// Whether class counts decide about the loss.
    let needsCounts (loss: SoftmaxLoss) : bool =
        match loss.Adjustment, loss.ClassWeight with
        | _, ClassWeight.ClassBalanced _ -> true
        | (LogitAdjustment.Identity | LogitAdjustment.Tempered _ | LogitAdjustment.LogPrior 0.0), _ -> false
        | _ -> true

    /// Whether something has to be drawn.
    let needsVariation (loss: SoftmaxLoss) : bool =
        match loss.Adjustment with
        | LogitAdjustment.Varied _
        | LogitAdjustment.Equalised _ -> (certain loss.Adjustment).IsNone
        | _ -> false

    /// The classes that cannot be a label, because the softmax leaves them out.
    let impossible (loss: SoftmaxLoss) : int64 list =
        match loss.Adjustment, loss.Given.Counts with
        | LogitAdjustment.LogPrior τ, Some n when τ > 0.0 ->
            [ for c in 0 .. n.Length - 1 do
                  if n[c] = 0L then
                      int64 c ]
        | _ -> []

    /// Σ aᵢ Lᵢ over the valid pixels (logits flat as [N,C,H,W]).
    let loss (loss: SoftmaxLoss) (shape: BatchShape) (labels: int64[]) (z: Scalar<'T>[]) : Scalar<'T> =
        let ignore = Pixels.ignored loss.Ignore
        let w = classWeights loss.ClassWeight loss.Given shape.Classes
        let a = Reductions.factors loss.Reduction w ignore shape labels
        let variation = variation loss shape.Classes shape.PixelsPerImage
        let pixel = varied loss

        Pixels.sum shape labels ignore z (fun i z y -> a[i] * pixel (variation i) z y)
