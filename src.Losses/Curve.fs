namespace PatFramework.Losses

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

    /// f(p) = w(p) · −ln p.
    let private f (loss: SoftmaxLoss) (p: Scalar<'T>) : Scalar<'T> =
        Softmax.weight loss.Weight (log p) * -log p

    /// The curve of a loss at p, without its label smoothing (which depends on the other logits too).
    let at (loss: SoftmaxLoss) (p: float) : CurvePoint =
        let point = Dual.derivatives (f loss) (positive p)

        { Probability = p
          Loss = point.Value + 0.0 // −ln 1 is 0, not −0
          Weight = Real.value (log >> Softmax.weight loss.Weight) p
          Gain = -p * point.First
          Curvature = point.Second }

    /// The curve at each p.
    let sample (loss: SoftmaxLoss) (probabilities: float seq) : CurvePoint list =
        [ for p in probabilities -> at loss p ]
