namespace PatFramework.Losses

/// A pixel weight over any scalar, of l = ln p, in the catalogue or not.
type PixelCurve =
    abstract Weight: l: Scalar<'T> -> Scalar<'T>

/// A pixel's loss as a function of its label's probability p.
type CurvePoint =
    {
        Probability: float
        /// f(p) = w(p) · −ln p.
        Loss: float
        /// w(p).
        Weight: float
        /// G(p) = −p f'(p), the factor of p_k − δ_ky in dL/dz_k; cross-entropy has 1 (losses.md 0.2).
        Gain: float
        /// f''(p).
        Curvature: float
    }

/// Loss, weight and gain over p: the curves that papers draw.
module Curve =

    let private positive p =
        if p > 0.0 && p <= 1.0 then
            p
        else
            invalidArg (nameof p) $"a probability in (0, 1] is needed, received {p}"

    /// The curve of Σ aᵢ wᵢ(p).
    let ofWeights (weights: (float * PixelWeight) list) : PixelCurve =
        { new PixelCurve with
            member _.Weight l =
                Scalar.sum [| for a, w in weights -> a * Softmax.weight w l |] }

    /// A curve at p.
    let along (curve: PixelCurve) (p: float) : CurvePoint =
        let f p = curve.Weight(log p) * -log p
        let point = Dual.derivatives f (positive p)

        { Probability = p
          Loss = point.Value + 0.0 // −ln 1 is 0, not −0
          Weight = Real.value (log >> curve.Weight) p
          Gain = -p * point.First
          Curvature = point.Second }

    /// The curve of a loss at p, without its label smoothing (which depends on the other logits too).
    let at (loss: SoftmaxLoss) (p: float) : CurvePoint =
        along (ofWeights [ 1.0, loss.Weight ]) p

    /// The curve at each p.
    let sample (loss: SoftmaxLoss) (probabilities: float seq) : CurvePoint list =
        [ for p in probabilities -> at loss p ]
