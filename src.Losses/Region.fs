namespace PatFramework.Losses

/// Region losses: softmax probabilities against masks, per class, summed over the valid pixels of the whole batch.
module Region =

    /// The valid pixels' ln p and labels, seen from class c.
    type private View<'T when 'T :> IScalar<'T>> =
        {
            /// Y_c: pixels with the label c.
            Size: float
            /// Σ p_c over them.
            Hits: Scalar<'T>
            /// Σ 1 − p_c over them.
            Misses: Scalar<'T>
            /// Σ p_c over the others.
            Alarms: Scalar<'T>
            /// 1 − p_c or p_c of each pixel, with whether its label is c.
            Errors: struct (Scalar<'T> * bool)[]
        }

    let private view (pixels: struct (Scalar<'T>[] * int)[]) (c: int) : View<'T> =
        let error (struct (l: Scalar<'T>[], y)) =
            if y = c then struct (-(Scalar.expm1 l[c]), true) else struct (exp l[c], false)

        let errors = Array.map error pixels

        let total isLabel =
            errors
            |> Array.filter (fun (struct (_, t)) -> t = isLabel)
            |> Array.map (fun (struct (e, _)) -> e)
            |> Scalar.sum

        let labelled = pixels |> Array.filter (fun (struct (_, y)) -> y = c)

        { Size = float labelled.Length
          Hits = labelled |> Array.map (fun (struct (l, _)) -> exp l[c]) |> Scalar.sum
          Misses = total true
          Alarms = total false
          Errors = errors }

    /// 1 − S = (a FP + b FN)/(TP + a FP + b FN + s).
    let private tversky (a: float) (b: float) (s: float) (form: OverlapForm) (view: View<'T>) : Scalar<'T> =
        let wrong = a * view.Alarms + b * view.Misses
        let right = view.Hits + s
        let whole = Scalar.atLeast 1e-7 (right + wrong)

        match form with
        | OverlapForm.Complement -> wrong / whole
        | OverlapForm.Logarithm -> -(log (Scalar.atLeast 1e-7 (right / whole)))
        | OverlapForm.Power exponent -> Scalar.power exponent (wrong / whole)

    /// Σ w (FP + FN) / Σ w (P + Y), w = 1/Y²: what 1 − 2 Σ w I / Σ w (P + Y) is without cancellation.
    let private generalisedDice (views: View<'T>[]) : Scalar<'T> =
        let over (part: View<'T> -> Scalar<'T>) =
            Scalar.sum (views |> Array.map (fun view -> part view / (view.Size * view.Size)))

        let wrong (view: View<'T>) = view.Alarms + view.Misses

        over wrong / over (fun view -> 2.0 * view.Hits + wrong view)

    /// Σ e_k (J_k − J_{k−1}) over the errors in descending order, J_k = 1 − (Y − F)/(Y + B) with F labelled and B other
    /// pixels among the first k (Berman et al. 2018); the differences in closed form.
    let private lovasz (view: View<'T>) : Scalar<'T> =
        let Y = view.Size

        let next (struct (F, B, _)) (struct (_, isLabel)) =
            if isLabel then struct (F + 1.0, B, 1.0 / (Y + B))
            elif Y + B = 0.0 then struct (F, 1.0, 1.0)
            else struct (F, B + 1.0, (Y - F) / ((Y + B) * (Y + B + 1.0)))

        let over (order: int[]) =
            let sorted = order |> Array.map (fun k -> view.Errors[k])
            let steps = Array.scan next (struct (0.0, 0.0, 0.0)) sorted |> Array.tail
            Array.map2 (fun (struct (e, _)) (struct (_, _, g)) -> g * e) sorted steps |> Scalar.sum

        Scalar.descending (view.Errors |> Array.map (fun (struct (e, _)) -> e)) over

    /// The mean over the classes, where those without a pixel lose `absent`.
    let private mean
        classes
        (absent: View<'T> -> Scalar<'T>)
        (loss: View<'T> -> Scalar<'T>)
        (views: View<'T>[])
        : Scalar<'T> =
        let present = views |> Array.filter (fun view -> view.Size > 0.0)

        match classes with
        | RegionClasses.Present -> Scalar.sum (Array.map loss present) / float (max 1 present.Length)
        | RegionClasses.All ->
            let each (view: View<'T>) =
                if view.Size > 0.0 then loss view else absent view

            Scalar.sum (Array.map each views) / float views.Length

    let private overPixels (measure: RegionMeasure) (views: View<'T>[]) : Scalar<'T> =
        match measure with
        | RegionMeasure.Tversky(a, b, s, form, classes) ->
            mean classes (fun _ -> Scalar.constant 0.0) (tversky a b s form) views
        | RegionMeasure.GeneralisedDice -> views |> Array.filter (fun view -> view.Size > 0.0) |> generalisedDice
        | RegionMeasure.Lovasz classes -> mean classes lovasz lovasz views

    /// The loss of a batch (logits flat as [N,C,H,W]); 0 where nothing is valid.
    let loss (loss: RegionLoss) (shape: BatchShape) (labels: int64[]) (z: Scalar<'T>[]) : Scalar<'T> =
        let pixels = ResizeArray<struct (Scalar<'T>[] * int)>()

        let add _ (z: Scalar<'T>[]) y =
            pixels.Add(struct (Softmax.logProbabilities z, y))

        Pixels.iterate shape labels (Pixels.ignored loss.Ignore) z add

        if pixels.Count = 0 then
            Scalar.constant 0.0
        else
            let pixels = pixels.ToArray()
            Array.init shape.Classes (view pixels) |> overPixels loss.Measure
