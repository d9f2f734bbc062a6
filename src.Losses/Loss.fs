namespace PatFramework.Losses

/// Whether the loss is differentiated through the pixel weight, or the weight counts as a constant.
[<RequireQualifiedAccess>]
type WeightGradient =
    | Attached
    | Detached

/// How the losses L_i of the valid pixels V become one number (losses.md 0.1). n: image, c: class, w: class weight,
/// M_nc: valid pixels of class c in image n, K: masks with |M_nc| > 0. Where nothing is valid, each is 0.
[<RequireQualifiedAccess>]
type Reduction =
    /// Σ w L / |V|: PyTorch's cross-entropy with ignore_index.
    | PixelMean
    /// Σ w L / (N H W): ignored pixels stay in the denominator (mmseg's default).
    | AllPixelMean
    /// Σ w L / (N C H W).
    | ElementMean
    /// Σ w L / Σ w: PyTorch's cross-entropy with class weights.
    | WeightedMean
    /// Σ w L / |V| with the weights rescaled to sum to C (Cui et al. 2019).
    | WeightedSumMean
    /// Mean over the masks K of the mean over the mask's pixels (PAT, Eq. 4).
    | MaskMean
    /// Mean over the images that have a valid pixel of the mean over the image's masks of the mask mean.
    | ImageMaskMean
    /// 1/N Σ over the masks K of the mask mean (PAT, Eq. 1–4 to the letter).
    | MaskSum
    /// Mean over the classes present in the batch of the mean over all their pixels.
    | ClassMean
    /// Σ w L.
    | Sum

/// What a loss is told beside logits and labels.
type Given =
    {
        /// n_c: the pixels of each class in the training set; for seesaw those seen so far.
        Counts: int64[] option
        /// The random part of a loss in [0, 1], drawn by the caller, flat as [N,C,H,W]: BLV's |clamp(ε, −1, 1)|, SEQL's b.
        Variation: float[] option
        /// g_c: EQL v2's accumulated gradient of positives over that of negatives; None is its start.
        Ratios: float[] option
    }

module Given =
    let nothing: Given = { Counts = None; Variation = None; Ratios = None }

    /// The pixels of each class.
    let counts (n: int64[]) : Given = { nothing with Counts = Some n }

/// What BLV draws its variation from.
[<RequireQualifiedAccess>]
type Noise =
    | Gaussian
    | Uniform
    | Xavier

/// What happens to the logits of a pixel before the softmax (π: priors).
[<RequireQualifiedAccess>]
type LogitAdjustment =
    /// z' = z.
    | Identity
    /// z' = z / τ.
    | Tempered of Temperature: float
    /// z' = z + τ ln π.
    | LogPrior of Strength: float
    /// z'_k = s (z_k − [k = y] Δ_k), Δ_k = m (n_min / n_k)^¼.
    | Margin of Largest: float * Scale: float
    /// z'_k = z_k + v_k ln π_k / min ln π with v the variation given.
    | Varied of Sigma: float * Noise: Noise
    /// z'_j = z_j + ln S_yj for j ≠ y, S_yj = min(1, N_j/N_y)^p · max(1, s_j/max(s_y, ε))^q, s = softmax z, a constant.
    | Seesaw of Mitigation: float * Compensation: float * Epsilon: float
    /// z'_k = z_k + ln(1 − b) for k ≠ y with π_k < λ, b the variation given: 1 with probability γ.
    | Equalised of Threshold: float * Probability: float

/// The weight w(p) of a pixel, p the probability of its label.
[<RequireQualifiedAccess>]
type PixelWeight =
    /// w = 1.
    | Unweighted
    /// w = exp((p − 1) / T) (PAT, Do et al., arXiv 2404.05393, Table 1).
    | ExponentialConfidence of Temperature: float * Gradient: WeightGradient
    /// w = (1 − p)^γ (Lin et al. 2017).
    | Focal of Gamma: float
    /// w = ½ exp(1 − p) (the PAT authors' code).
    | InverseConfidence

/// The weight w_c of a class.
[<RequireQualifiedAccess>]
type ClassWeight =
    /// w_c = 1.
    | Uniform
    /// w_c ∝ (1 − β) / (1 − β^n_c), summing to C; None: 1 − β = 1 / Σ n.
    | ClassBalanced of OneMinusBeta: float option

/// A pixel-wise loss on softmax probabilities, the composition of four parts:
/// L = reduction of w_y · w(p_y) · ((1 − ε) CE + ε/C Σ_c −ln p_c), with p = softmax(adjusted z).
type SoftmaxLoss =
    {
        Adjustment: LogitAdjustment
        /// ε of label smoothing, in [0, 1).
        Smoothing: float
        Weight: PixelWeight
        ClassWeight: ClassWeight
        Reduction: Reduction
        /// The label that counts for nothing; None leaves it to the data set (255 where there is none).
        Ignore: int64 option
        Given: Given
    }

/// The probability that a class's logit stands for.
[<RequireQualifiedAccess>]
type SigmoidLink =
    /// P = 1 / (1 + e^−z).
    | Logistic
    /// P = exp(−e^−z).
    | Gumbel

/// What is added to each class's logit.
[<RequireQualifiedAccess>]
type SigmoidShift =
    | Zero
    /// ln(π/(1 − π)) + ln(C − 1): nothing for uniform priors.
    | LogOddsFull
    /// ln(π/(1 − π)), as published code has it.
    | LogOddsCode

/// The weight of a class's term, positive (the label) or negative.
[<RequireQualifiedAccess>]
type SigmoidWeight =
    | Unweighted
    /// 0 for negatives of a class with π < λ.
    | WithoutRareNegatives of Threshold: float
    /// r for negatives, 1 + α(1 − r) for positives, r = 1/(1 + exp(−γ(g − μ))).
    | GradientRatio of Gamma: float * Mu: float * Alpha: float

/// A pixel-wise loss on one probability per class: L = reduction of Σ_c w_c · −ln P(z'_c) of the label, −ln(1 − P) else.
type SigmoidLoss =
    {
        Link: SigmoidLink
        Shift: SigmoidShift
        Weight: SigmoidWeight
        Reduction: Reduction
        /// As in SoftmaxLoss.
        Ignore: int64 option
        Given: Given
    }

/// Over which classes a region loss is averaged.
[<RequireQualifiedAccess>]
type RegionClasses =
    /// All C; those without a pixel in the batch lose 0 (for Lovász, their largest probability).
    | All
    /// Those with a pixel in the batch.
    | Present

/// What becomes of a class's score S.
[<RequireQualifiedAccess>]
type OverlapForm =
    /// 1 − S.
    | Complement
    /// −ln max(S, 1e-7).
    | Logarithm
    /// (1 − S)^a.
    | Power of Exponent: float

/// How predicted and labelled regions are compared, per class.
[<RequireQualifiedAccess>]
type RegionMeasure =
    /// S = (TP + s)/(TP + a FP + b FN + s): Dice is a = b = ½, Jaccard a = b = 1.
    | Tversky of
        FalsePositives: float *
        FalseNegatives: float *
        Smooth: float *
        Form: OverlapForm *
        Classes: RegionClasses
    /// 1 − 2 Σ w I / Σ w (P + Y), w = 1/Y², over the classes present.
    | GeneralisedDice
    /// The convex surrogate of 1 − Jaccard.
    | Lovasz of RegionClasses

/// A loss of softmax probabilities summed over the batch's valid pixels, per class.
type RegionLoss = { Measure: RegionMeasure; Ignore: int64 option }

/// What a loss computes, by family.
[<RequireQualifiedAccess>]
type LossDefinition =
    /// Pixel-wise, on softmax probabilities.
    | Softmax of SoftmaxLoss
    /// Pixel-wise, one against the rest.
    | Sigmoid of SigmoidLoss
    /// On overlaps of regions.
    | Region of RegionLoss
    /// Σ a_i L_i.
    | WeightedSum of (float * LossDefinition) list

/// A loss with its spelling. `Keys` holds what differs from the catalogue's defaults, in the catalogue's order; the name of
/// a weighted sum is the sum.
type Loss = { Name: string; Keys: (string * string) list; Definition: LossDefinition }
