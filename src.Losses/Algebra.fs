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
          Ignore = None }

    /// Weighs each pixel by its label's probability.
    let weighted (weight: PixelWeight) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with Weight = weight }

    /// Adjusts the logits before the softmax.
    let adjusted (adjustment: LogitAdjustment) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with Adjustment = adjustment }

    /// Weighs each pixel by its class.
    let classWeighted (weight: ClassWeight) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with ClassWeight = weight }

    /// Gives ε/C of the label to each class (Szegedy et al. 2016).
    let smoothed (ε: float) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with Smoothing = ε }

    /// Chooses how the pixels become one number.
    let reducedBy (reduction: Reduction) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with Reduction = reduction }

    /// Leaves out the pixels with this label.
    let ignoring (label: int64) (loss: SoftmaxLoss) : SoftmaxLoss = { loss with Ignore = Some label }

    /// w = exp((p − 1) / T), differentiated with the loss (PAT).
    let exponentialConfidence (T: float) : PixelWeight =
        PixelWeight.ExponentialConfidence(T, WeightGradient.Attached)

    /// The same weight, a constant to the gradient; weights without parameters stay as they are.
    let detached (weight: PixelWeight) : PixelWeight =
        match weight with
        | PixelWeight.Unweighted -> weight
        | PixelWeight.ExponentialConfidence(temperature, _) ->
            PixelWeight.ExponentialConfidence(temperature, WeightGradient.Detached)

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
