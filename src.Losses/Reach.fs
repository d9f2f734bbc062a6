namespace PatFramework.Losses

open System

/// What statements are about beside the loss, and how far the prover goes.
type ProofSettings =
    {
        /// n_c: the pixels of each class that the loss is told; as many as there are classes.
        Counts: int64[]
        /// Every logit lies in it.
        Box: Interval
        /// Boxes after which a statement stays undecided.
        Budget: int
    }

    /// C.
    member settings.Classes = settings.Counts.Length

    /// The largest difference of two logits.
    member settings.Width = (Interval.image (fun z -> z - settings.Box.Low) settings.Box).High

    /// The largest |z|.
    member settings.Largest = max (abs settings.Box.Low) (abs settings.Box.High)

    /// What losses are told: the counts; a variation of 1, its largest; the gradient ratios n/(N − n) that a first step has
    /// where all probabilities are ½.
    member settings.Given(classes: int, pixels: int) : Given =
        let n =
            if classes = settings.Classes then
                settings.Counts
            else
                [| settings.Counts[0]; Array.last settings.Counts |]

        let all = Array.sumBy float n

        { Counts = Some n
          Variation = Some(Array.create (classes * pixels) 1.0)
          Ratios = Some(n |> Array.map (fun n_c -> float n_c / (all - float n_c))) }

/// The bounds that follow from what a pixel-wise loss is made of: L ≤ Loss, −Down ≤ ∂L/∂z_k ≤ Up.
type internal Reach =
    { Loss: float
      Down: float
      Up: float }

    /// L ≤ w_c (s · width + a + ln C) and |∂L/∂z_k| ≤ w_c g s: s stretches the logits and a tells them apart before the
    /// softmax; w and g bound the pixel weight and its gain.
    static member OfSoftmax (settings: ProofSettings) (loss: SoftmaxLoss) : Reach =
        let counted = Array.filter (fun n -> n > 0L) settings.Counts |> Array.map float
        let given = settings.Given(settings.Classes, 1)

        let s, a =
            match loss.Adjustment with
            | LogitAdjustment.Identity
            | LogitAdjustment.Equalised _ -> 1.0, 0.0
            | LogitAdjustment.Tempered τ -> 1.0 / τ, 0.0
            | LogitAdjustment.LogPrior τ -> 1.0, τ * log (Array.max counted / Array.min counted)
            | LogitAdjustment.Margin(m, s) -> s, s * m
            | LogitAdjustment.Varied _ -> 1.0, 1.0
            | LogitAdjustment.Seesaw(_, q, ε) -> 1.0, q * log (1.0 / ε)

        let w, g =
            match loss.Weight with
            | PixelWeight.Unweighted
            | PixelWeight.ExponentialConfidence _ -> 1.0, 1.0
            | PixelWeight.Focal γ -> 1.0, (if γ < 1.0 then 1.0 + γ else 1.0 + γ / Math.E)
            | PixelWeight.InverseConfidence -> Math.E / 2.0, 1.5134

        let w_c = Softmax.classWeights loss.ClassWeight given settings.Classes |> Array.max

        { Loss = w_c * w * (s * settings.Width + a + log (float settings.Classes))
          Down = w_c * g * s
          Up = w_c * g * s }

    /// Each term is a weight times at most ln 2 + |z'|; a label's under the Gumbel link e⁴ (1 + |z'|), with slopes from
    /// −e⁴, twice which is proved, as the slope breaks at −4; and those of the others are below 1.1.
    static member OfSigmoid (settings: ProofSettings) (loss: SigmoidLoss) : Reach =
        let loss = { loss with Given = settings.Given(settings.Classes, 1) }
        let largest = settings.Largest + Array.max (Array.map abs (Sigmoid.shifts loss settings.Classes))
        let weights = Sigmoid.weights loss settings.Classes
        let others = weights |> Array.map (fun (struct (other, _)) -> other) |> Array.max
        let label = weights |> Array.map (fun (struct (_, label)) -> label) |> Array.max

        let value, down, up =
            match loss.Link with
            | SigmoidLink.Logistic -> log 2.0 + largest, 1.0, 1.0
            | SigmoidLink.Gumbel -> exp 4.0 * (1.0 + largest), 2.0 * exp 4.0, 1.1

        { Loss = label * value + float (settings.Classes - 1) * others * (log 2.0 + largest)
          Down = label * down
          Up = others * up }
