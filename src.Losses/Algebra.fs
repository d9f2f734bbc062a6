namespace PatFramework.Losses

/// Combinators: `ce |> weighted (exponentialConfidence 20.0) |> reducedBy meanOverMasks` is PAT, and so is any other
/// composition a loss.
[<AutoOpen>]
module Algebra =

    /// Cross-entropy, the mean over the valid pixels of −ln p: the loss that all others are composed from.
    let ce: SoftmaxLoss =
        { Adjustment = LogitAdjustment.Identity
          Smoothing = 0.0
          Weight = PixelWeight.Unweighted
          ClassWeight = ClassWeight.Uniform
          Reduction = Reduction.PixelMean
          Ignore = None
          Given = Given.nothing }

    /// Binary cross-entropy of each class, summed over the classes, the mean over the valid pixels.
    let bce: SigmoidLoss =
        { Link = SigmoidLink.Logistic
          Shift = SigmoidShift.Zero
          Weight = SigmoidWeight.Unweighted
          Reduction = Reduction.PixelMean
          Ignore = None
          Given = Given.nothing }

    /// Weighs each pixel by its label's probability.
    let weighted (weight: PixelWeight) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with Weight = weight }

    /// Adjusts the logits before the softmax.
    let adjusted (adjustment: LogitAdjustment) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with Adjustment = adjustment }

    /// Weighs each pixel by its class.
    let classWeighted (weight: ClassWeight) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with ClassWeight = weight }

    /// Gives ε/C of the label to each class (Szegedy et al. 2016).
    let smoothed (ε: float) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with Smoothing = ε }

    /// Weighs classes by 1/E_c, E_c their effective number of pixels (Cui et al. 2019).
    let classBalanced (β: float) : SoftmaxLoss -> SoftmaxLoss =
        classWeighted (ClassWeight.ClassBalanced(Some(1.0 - β)))

    /// Adds τ ln π to the logits: τ = 1 is balanced softmax.
    let logPrior (τ: float) : LogitAdjustment = LogitAdjustment.LogPrior τ

    /// w = (1 − p)^γ.
    let focal (γ: float) : PixelWeight = PixelWeight.Focal γ

    /// Chooses how the pixels become one number.
    let reducedBy (reduction: Reduction) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with Reduction = reduction }

    /// Leaves out the pixels with this label.
    let ignoring (label: int64) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with Ignore = Some label }

    /// w = exp((p − 1) / T), differentiated with the loss (PAT).
    let exponentialConfidence (T: float) : PixelWeight =
        PixelWeight.ExponentialConfidence(T, WeightGradient.Attached)

    /// The same weight, a constant to the gradient; weights without that choice stay as they are.
    let detached (weight: PixelWeight) : PixelWeight =
        match weight with
        | PixelWeight.ExponentialConfidence(temperature, _) ->
            PixelWeight.ExponentialConfidence(temperature, WeightGradient.Detached)
        | _ -> weight

    let meanOverPixels = Reduction.PixelMean
    let meanOverAllPixels = Reduction.AllPixelMean
    let meanOverElements = Reduction.ElementMean
    let weightedMean = Reduction.WeightedMean
    let weightedSumMean = Reduction.WeightedSumMean
    let meanOverMasks = Reduction.MaskMean
    let meanOverImagesAndMasks = Reduction.ImageMaskMean
    let sumOverMasks = Reduction.MaskSum
    let meanOverClasses = Reduction.ClassMean
    let sumOverPixels = Reduction.Sum
