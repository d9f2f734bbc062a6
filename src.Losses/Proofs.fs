namespace PatFramework.Losses

open System

/// A pixel weight over any scalar, of l = ln p: a curve that the prover can look at, in the catalogue or not.
type PixelCurve =
    abstract Weight: l: Scalar<'T> -> Scalar<'T>

/// Statements over p: l = ln p runs over all finite numbers up to 0.
module CurveProver =

    /// f(l) = w(l) · −l.
    let private f (curve: PixelCurve) (l: Scalar<'T>) : Scalar<'T> = curve.Weight l * -l

    let private saving (curve: PixelCurve) (l: Scalar<'T>) : Scalar<'T> = (1.0 - curve.Weight l) * -l

    /// −p f'(p) = −df/dl.
    let private gain curve (l: Interval) =
        let slope = (Slope.derivative (f curve) l).First

        { Low = -slope.High; High = -slope.Low }

    /// The quantity as intervals and as floats have it, both of l.
    let subject (curve: PixelCurve) (quantity: Quantity) : Subject =
        let enclose, value =
            match quantity with
            | Quantity.Weight -> Interval.image curve.Weight, Real.value curve.Weight
            | Quantity.Saving -> Interval.image (saving curve), Real.value (saving curve)
            | Quantity.Gain -> gain curve, (fun l -> -(Dual.derivatives (f curve) l).First)
            | Quantity.PixelLoss
            | Quantity.Gradient -> invalidArg (nameof quantity) $"{quantity} is a quantity over logits, not over p"

        { Enclose = Array.head >> enclose; Value = Array.head >> value }

    /// ln p for p in (from, to], cut where p begins to count and where it ends to be a float.
    let domain (from: float) (upTo: float) : Interval[] list =
        let logarithm p = Interval.image log (Interval.point p)

        let low = if from = 0.0 then -Double.MaxValue else (logarithm from).Low
        let high = min 0.0 (logarithm upTo).High
        let cuts = [ -7.0; -700.0 ] |> List.filter (fun cut -> low < cut && cut < high)

        List.pairwise (high :: cuts @ [ low ]) |> List.map (fun (b, a) -> [| Interval.between a b |])

    let settle budget curve quantity (claim: Interval) from upTo : Verdict =
        domain from upTo |> BranchAndBound.settle budget (subject curve quantity) claim

/// Statements over logits. Softmax losses see only the differences d_k = z_k − z_y, so boxes have one side less.
module LogitProver =

    /// All logits of a pixel from d, with z_y = 0.
    let private logits (y: int) (d: Scalar<'T>[]) =
        Array.insertAt y (Scalar.constant 0.0) d

    let private loss (loss: SoftmaxLoss) y (d: Scalar<'T>[]) = Softmax.pixel loss (logits y d) y

    let private inIntervals (d: Interval[]) : Scalar<Interval>[] = Array.map (fun x -> { It = x }) d

    /// ∂L/∂z_k over the box.
    let private derivative (definition: SoftmaxLoss) y (d: Interval[]) k =
        let z = Array.insertAt y (Interval.point 0.0) d

        let variable j x : Scalar<Slope> =
            { It = { Value = x; First = Interval.point (if j = k then 1.0 else 0.0) } }

        (Softmax.pixel definition (Array.mapi variable z) y).It.First

    let private gradient (definition: SoftmaxLoss) y k (d: float[]) =
        let struct (_, g) = Reverse.gradient (fun z -> Softmax.pixel definition z y) (Array.insertAt y 0.0 d)

        g[k]

    let private value definition y (d: float[]) =
        (loss definition y (Array.map (fun x -> { It = { Real.Value = x } }) d)).It.Value

    /// What the quantity is for label y: one subject, or one for each class k that the loss is differentiated by.
    let subjects (definition: SoftmaxLoss) (quantity: Quantity) (classes: int) (y: int) : Subject list =
        match quantity with
        | Quantity.PixelLoss ->
            [ { Enclose = fun d -> (loss definition y (inIntervals d)).It
                Value = value definition y } ]
        | Quantity.Gradient ->
            [ for k in 0 .. classes - 1 ->
                  { Enclose = fun d -> derivative definition y d k
                    Value = gradient definition y k } ]
        | _ -> invalidArg (nameof quantity) $"{quantity} is a quantity over p, not over logits"

    /// The verdicts of all labels and classes as one.
    let private together (verdicts: Verdict list) =
        let add all verdict =
            match all, verdict with
            | Verdict.Proved a, Verdict.Proved b -> Verdict.Proved(a + b)
            | Verdict.Refuted _, _ -> all
            | _, Verdict.Refuted _ -> verdict
            | Verdict.Undecided _, _ -> all
            | _ -> verdict

        List.fold add (Verdict.Proved 0) verdicts

    let settle budget definition quantity (claim: Interval) (classes: int) (box: Interval) : Verdict =
        let width = (Interval.image (fun z -> z - { It = Interval.point box.Low }) box).High
        let sides = Array.create (classes - 1) (Interval.between -width width)

        [ 0 .. classes - 1 ]
        |> List.collect (subjects definition quantity classes)
        |> List.map (fun subject -> BranchAndBound.settle budget subject claim [ sides ])
        |> together

/// Mask-size invariance. A loss is Σ aᵢ Lᵢ (Reductions.factors), so copies of a mask's pixels leave it unchanged just where
/// the pixels of a mask share one factor a, and |M| a and every other mask's total are the same for all sizes |M|. In each
/// reduction 1/a is a product of at most three counts, each affine in |M|: a polynomial of degree at most 3. Totals
/// that agree for six sizes therefore agree for all. That is checked in every layout of masks over 2 images and 3 classes:
/// a proof for every size of every mask, in these layouts.
module MaskProver =
    let private images, private classes, private sizes = 2, 3, 6
    let private pixels = classes * sizes

    /// Labels with so many pixels of each mask (n, c), padded with ignored ones.
    let private labels (masks: ((int * int) * int) list) =
        [| for n in 0 .. images - 1 do
               let own =
                   [ for (image, c), size in masks do
                         if image = n then
                             yield! List.replicate size (int64 c) ]

               yield! own
               yield! List.replicate (pixels - own.Length) -1L |]

    let private shape = { Images = images; Classes = classes; Height = 1; Width = pixels }

    /// Σ a over each mask; NaN where its pixels have different factors.
    let private totals reduction masks =
        let labels = labels masks
        let a = Reductions.factors reduction [| 0.5; 1.0; 2.0 |] -1L shape labels

        let total ((n, c), _) =
            let own =
                [ for i in n * pixels .. (n + 1) * pixels - 1 do
                      if labels[i] = int64 c then
                          a[i] ]

            if List.forall ((=) own.Head) own then List.sum own else nan

        List.map total masks

    /// Rationals with small denominators: those that differ, differ by more.
    let private same a b =
        List.forall2 (fun (x: float) y -> abs (x - y) <= 1e-12) a b

    let private resized mask size masks =
        masks |> List.mapi (fun m (key, other) -> key, (if m = mask then size else other))

    /// The first size of this mask at which totals are not those of one pixel, with the mask's own total in proportion.
    let private counterexample reduction masks mask =
        let totals size =
            totals reduction (resized mask size masks)

        [ 2..sizes ]
        |> List.tryFind (fun size -> not (same (totals 1) (totals size)))
        |> Option.map (fun size -> size, (totals size)[mask] / (totals 1)[mask])

    /// Every layout of masks, of one to three pixels each, with each mask that it has.
    let private layouts =
        let keys = List.allPairs [ 0 .. images - 1 ] [ 0 .. classes - 1 ]

        [ for bits in 1 .. (1 <<< keys.Length) - 1 do
              let masks =
                  keys
                  |> List.indexed
                  |> List.filter (fun (k, _) -> bits &&& (1 <<< k) <> 0)
                  |> List.map (fun (k, key) -> key, 1 + k % 3)

              for mask in 0 .. masks.Length - 1 -> masks, mask ]

    let settle (reduction: Reduction) : Verdict =
        match layouts |> List.tryPick (fun (masks, mask) -> counterexample reduction masks mask) with
        | None -> Verdict.Proved layouts.Length
        | Some(size, ratio) ->
            Verdict.Refuted { Point = [| float size |]; Value = ratio; Enclosure = Interval.point ratio }

/// How far the prover goes.
type ProofSettings =
    {
        /// C of statements over logits.
        Classes: int
        /// Every logit lies in it.
        Box: Interval
        /// Boxes after which a statement stays undecided.
        Budget: int
    }

module Prover =
    let defaults: ProofSettings = { Classes = 3; Box = Interval.between -10.0 10.0; Budget = 100_000 }

    /// The weight of a softmax loss as a curve.
    let curve (loss: SoftmaxLoss) : PixelCurve =
        { new PixelCurve with
            member _.Weight l = Softmax.weight loss.Weight l }

    let private width (box: Interval) = box.High - box.Low

    let private settleSoftmax settings (loss: SoftmaxLoss) claim =
        match claim with
        | Claim.OverProbabilities(quantity, least, most, from, upTo) ->
            CurveProver.settle settings.Budget (curve loss) quantity (Interval.between least most) from upTo
        | Claim.OverLogits(quantity, least, most) ->
            let claim = Interval.between least (most settings.Classes (width settings.Box))
            LogitProver.settle settings.Budget loss quantity claim settings.Classes settings.Box
        | Claim.MaskSizeInvariance reduction -> MaskProver.settle reduction

    /// Settles one statement about a loss.
    let settle (settings: ProofSettings) (definition: LossDefinition) (statement: Statement) : Verdict =
        match definition with
        | LossDefinition.Softmax loss -> settleSoftmax settings loss statement.Claim
        | LossDefinition.Sigmoid _
        | LossDefinition.Region _
        | LossDefinition.WeightedSum _ ->
            invalidArg (nameof definition) "statements are about losses of the softmax family so far"

    /// Settles all statements about a loss.
    let prove (settings: ProofSettings) (definition: LossDefinition) : (Statement * Verdict) list =
        Statements.about definition
        |> List.map (fun statement -> statement, settle settings definition statement)
