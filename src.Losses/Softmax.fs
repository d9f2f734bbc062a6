namespace PatFramework.Losses

/// The softmax family: what a pixel with logits z and label y loses, and how pixels become a loss.
module Softmax =

    let private differentiated (gradient: WeightGradient) (weight: Scalar<'T>) =
        match gradient with
        | WeightGradient.Attached -> weight
        | WeightGradient.Detached -> Scalar.detach weight

    /// l = ln p_y = −ln Σ_k exp(z_k − z_y), the label's own term exactly 1: no cancellation where p is near 1.
    let logProbability (z: Scalar<'T>[]) (y: int) : Scalar<'T> =
        let difference k =
            if k = y then Scalar.constant 0.0 else z[k] - z[y]

        -Scalar.logSumExp(Array.init z.Length difference)

    /// The logits that enter the softmax.
    let adjust (adjustment: LogitAdjustment) (z: Scalar<'T>[]) (_y: int) : Scalar<'T>[] =
        match adjustment with
        | LogitAdjustment.Identity -> z

    /// w(p), from l = ln p: PAT's exp((p − 1)/T) = exp(expm1(l)/T) (losses.md 1.4).
    let weight (weight: PixelWeight) (l: Scalar<'T>) : Scalar<'T> =
        match weight with
        | PixelWeight.Unweighted -> Scalar.constant 1.0
        | PixelWeight.ExponentialConfidence(temperature, gradient) ->
            exp (Scalar.expm1 l / temperature) |> differentiated gradient

    /// (1 − ε)(−l_y) + ε/C Σ_c −l_c, where l_c = l_y + z_c − z_y.
    let smoothedCrossEntropy (ε: float) (z: Scalar<'T>[]) (y: int) (l: Scalar<'T>) : Scalar<'T> =
        if ε = 0.0 then
            -l
        else
            ε / float z.Length * Scalar.sum (Array.map (fun z_c -> z[y] - z_c) z) - l

    /// L_i: weight · cross-entropy of one pixel.
    let pixel (loss: SoftmaxLoss) (z: Scalar<'T>[]) (y: int) : Scalar<'T> =
        let z = adjust loss.Adjustment z y
        let l = logProbability z y
        weight loss.Weight l * smoothedCrossEntropy loss.Smoothing z y l

    /// w_c of each class.
    let classWeights (weight: ClassWeight) (classes: int) : float[] =
        match weight with
        | ClassWeight.Uniform -> Array.create classes 1.0

    /// The label that counts for nothing: the loss's own, or 255.
    let ignored (loss: SoftmaxLoss) : int64 = Option.defaultValue 255L loss.Ignore

    /// Σ aᵢ Lᵢ over the valid pixels (logits flat as [N,C,H,W]).
    let loss (loss: SoftmaxLoss) (shape: BatchShape) (labels: int64[]) (z: Scalar<'T>[]) : Scalar<'T> =
        let a =
            Reductions.factors loss.Reduction (classWeights loss.ClassWeight shape.Classes) (ignored loss) shape labels

        let size = shape.PixelsPerImage

        let logits i =
            Array.init shape.Classes (fun c -> z[(i / size * shape.Classes + c) * size + i % size])

        let term i =
            a[i] * pixel loss (logits i) (int labels[i])

        let valid = [| 0 .. labels.Length - 1 |] |> Array.filter (fun i -> labels[i] <> ignored loss)

        Scalar.sum (Array.map term valid)
