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

/// What happens to the logits of a pixel before the softmax.
[<RequireQualifiedAccess>]
type LogitAdjustment =
    /// z' = z.
    | Identity

/// The weight w(p) of a pixel, p the probability of its label.
[<RequireQualifiedAccess>]
type PixelWeight =
    /// w = 1.
    | Unweighted
    /// w = exp((p − 1) / T) (PAT, Do et al., arXiv 2404.05393, Table 1).
    | ExponentialConfidence of Temperature: float * Gradient: WeightGradient

/// The weight w_c of a class.
[<RequireQualifiedAccess>]
type ClassWeight =
    /// w_c = 1.
    | Uniform

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
    }

/// What a loss computes, by family.
[<RequireQualifiedAccess>]
type LossDefinition =
    /// Pixel-wise, on softmax probabilities.
    | Softmax of SoftmaxLoss

/// A loss with its spelling. `Keys` holds what differs from the catalogue's defaults, in the catalogue's order.
type Loss = { Name: string; Keys: (string * string) list; Definition: LossDefinition }
