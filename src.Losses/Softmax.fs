namespace PatFramework.Losses

#nowarn "3536" // generic over the scalar by its static members: the point of this file

/// The softmax family: what a pixel with logits z and label y loses, and how pixels become a loss.
module Softmax =

    /// l = ln p_y = −ln Σ_k exp(z_k − z_y), the label's own term exactly 1: no cancellation where p is near 1.
    let logProbability<'T when 'T :> IScalar<'T>> (z: 'T[]) (y: int) : 'T =
        let difference k = if k = y then 'T.Of 0.0 else z[k] - z[y]
        -('T.LogSumExp(Array.init z.Length difference))

    /// The logits that enter the softmax.
    let adjust<'T when 'T :> IScalar<'T>> (adjustment: LogitAdjustment) (z: 'T[]) (_y: int) : 'T[] =
        match adjustment with
        | LogitAdjustment.Identity -> z

    /// w(p), from l = ln p: PAT's exp((p − 1)/T) = exp(expm1(l)/T) (losses.md 1.4).
    let weight<'T when 'T :> IScalar<'T>> (weight: PixelWeight) (l: 'T) : 'T =
        match weight with
        | PixelWeight.Unweighted -> 'T.Of 1.0
        | PixelWeight.ExponentialConfidence(temperature, WeightGradient.Attached) ->
            'T.Exp('T.Expm1 l / 'T.Of temperature)
        | PixelWeight.ExponentialConfidence(temperature, WeightGradient.Detached) ->
            'T.Detach('T.Exp('T.Expm1 l / 'T.Of temperature))

    /// (1 − ε)(−l_y) + ε/C Σ_c −l_c, where l_c = l_y + z_c − z_y.
    let smoothedCrossEntropy<'T when 'T :> IScalar<'T>> (ε: float) (z: 'T[]) (y: int) (l: 'T) : 'T =
        let share (z_c: 'T) : 'T = 'T.Of(ε / float z.Length) * (z[y] - z_c)
        if ε = 0.0 then -l else 'T.Sum(Array.map share z) - l

    /// L_i: weight · cross-entropy of one pixel.
    let pixel<'T when 'T :> IScalar<'T>> (loss: SoftmaxLoss) (z: 'T[]) (y: int) : 'T =
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
    let loss<'T when 'T :> IScalar<'T>> (loss: SoftmaxLoss) (shape: BatchShape) (labels: int64[]) (z: 'T[]) : 'T =
        let a = Reductions.factors loss.Reduction (classWeights loss.ClassWeight shape.Classes) (ignored loss) shape labels
        let size = shape.PixelsPerImage
        let logits i = Array.init shape.Classes (fun c -> z[(i / size * shape.Classes + c) * size + i % size])
        let term i = 'T.Of a[i] * pixel loss (logits i) (int labels[i])
        'T.Sum([| 0 .. labels.Length - 1 |] |> Array.filter (fun i -> labels[i] <> ignored loss) |> Array.map term)
