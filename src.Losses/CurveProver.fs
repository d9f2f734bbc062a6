namespace PatFramework.Losses

open System

/// Statements over p: l = ln p runs over all finite numbers up to 0.
module CurveProver =

    /// f(l) = w(l) · −l.
    let private f (curve: PixelCurve) (l: Scalar<'T>) : Scalar<'T> = curve.Weight l * -l

    let private saving (curve: PixelCurve) (l: Scalar<'T>) : Scalar<'T> = (1.0 - curve.Weight l) * -l

    /// −p f'(p) = −df/dl.
    let private gain curve (l: Interval) =
        let slope = Slope.derivative (f curve) l

        { Low = -slope.High; High = -slope.Low }

    /// The quantity as intervals and as floats have it, both of l.
    let subject (curve: PixelCurve) (quantity: Quantity) : Subject =
        let enclose, value =
            match quantity with
            | Quantity.Weight -> Interval.image curve.Weight, Real.value curve.Weight
            | Quantity.Saving -> Interval.image (saving curve), Real.value (saving curve)
            | Quantity.Gain -> gain curve, (fun l -> -(Dual.derivatives (f curve) l).First)
            | _ -> invalidArg (nameof quantity) $"{quantity} is a quantity of other losses"

        { Enclose = Array.head >> enclose
          Value = Array.head >> value
          Where = fun l -> $"p = {Witness.number (exp l[0])}"
          Admits = fun _ -> true }

    /// ln p for p in (from, to], cut where p begins to count and where it ends to be a float.
    let domain (from: float) (upTo: float) : Interval[] list =
        let logarithm p = Interval.image log (Interval.point p)

        let low = if from = 0.0 then -Double.MaxValue else (logarithm from).Low
        let high = min 0.0 (logarithm upTo).High
        let cuts = [ -7.0; -700.0 ] |> List.filter (fun cut -> low < cut && cut < high)

        List.pairwise (high :: cuts @ [ low ]) |> List.map (fun (b, a) -> [| Interval.between a b |])

    let settle budget curve quantity (claim: Interval) from upTo : Verdict =
        domain from upTo |> BranchAndBound.settle budget (subject curve quantity) claim

/// Statements over the probability P of a class in a sigmoid loss: z = P⁻¹(p) runs up to 700, where 1 − P is below 1e-300.
module PullProver =

    /// |∂L/∂z| over |P − [k = y]| of the class c with weight w, by its logit with what is added to it.
    let private subject (link: SigmoidLink) (isLabel: bool) (c: int, w: float) : Subject =
        let term (z: Scalar<'T>) = Sigmoid.term link z isLabel
        let sign = if isLabel then -w else w

        let wrong (z: Scalar<'T>) = -(Scalar.expm1 -(term z))

        { Enclose = fun z -> (sign * { It = Slope.derivative term z[0] } / wrong { It = z[0] }).It
          Value = fun z -> sign * (Dual.derivatives term z[0]).First / Real.value wrong z[0]
          Where = fun z -> $"class {c}, which weighs {Witness.number w}, z = {Witness.number z[0]}"
          Admits = fun _ -> true }

    let settle (settings: ProofSettings) (loss: SigmoidLoss) quantity (claim: Interval) (from: float) : Verdict =
        let loss = { loss with Given = settings.Given(settings.Classes, 1) }
        let box = [| Interval.between (Sigmoid.logit loss.Link from) 700.0 |]
        let isLabel = (quantity = Quantity.LabelPull)

        Sigmoid.weights loss settings.Classes
        |> Array.map (fun (struct (other, label)) -> if isLabel then label else other)
        |> Array.indexed
        |> List.ofArray
        |> List.map (fun weight ->
            BranchAndBound.settle settings.Budget (subject loss.Link isLabel weight) claim [ box ])
        |> Verdict.all
