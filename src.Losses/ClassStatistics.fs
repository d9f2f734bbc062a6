namespace PatFramework.Losses

/// From the pixels n_c that each class has in the training set to what losses make of them. What n_c = 0 means is decided
/// here: prior 0 (a softmax leaves the class out, so it cannot be a label), class weight 0, and margin and rarity of the
/// rarest class.
module ClassStatistics =

    /// π_c = n_c / Σ n.
    let priors (n: int64[]) : float[] =
        let total = max 1.0 (Array.sumBy float n)
        n |> Array.map (fun n_c -> float n_c / total)

    /// ln π_c; −∞ where n_c = 0.
    let logPriors (n: int64[]) : float[] = priors n |> Array.map log

    /// E_c = (1 − β^n_c) / (1 − β), the effective number of samples (Cui et al. 2019), from 1 − β: no cancellation near β = 1.
    let effectiveNumbers (oneMinusβ: float) (n: int64[]) : float[] =
        n
        |> Array.map (function
            | 0L -> 0.0
            | n_c -> -Elementary.expm1(float n_c * Elementary.log1p -oneMinusβ) / oneMinusβ)

    /// w_c = 1/E_c, scaled to sum to C; 0 where n_c = 0. Without β, 1 − β = 1 / Σ n.
    let classBalanced (oneMinusβ: float option) (n: int64[]) : float[] =
        let oneMinusβ = oneMinusβ |> Option.defaultWith (fun () -> 1.0 / max 1.0 (Array.sumBy float n))

        let inverse = effectiveNumbers oneMinusβ n |> Array.map (fun E -> if E = 0.0 then 0.0 else 1.0 / E)

        let scale = float n.Length / max (Array.sum inverse) System.Double.Epsilon
        inverse |> Array.map (fun w -> if w = 0.0 then 0.0 else w * scale)

    /// Δ_c = m (n_min / n_c)^¼ with n_min the smallest count above 0 (LDAM, Cao et al. 2019).
    let margins (m: float) (n: int64[]) : float[] =
        let rarest =
            Array.fold (fun least n_c -> if n_c > 0L then min least n_c else least) System.Int64.MaxValue n

        n |> Array.map (fun n_c -> m * (float rarest / float (max rarest n_c)) ** 0.25)

    /// −ln π_c / max −ln π: 1 for the rarest class, 0 for one that is alone (BLV, Wang et al. 2023).
    let rarities (n: int64[]) : float[] =
        let information = logPriors n |> Array.map (~-)
        let largest = information |> Array.filter System.Double.IsFinite |> Array.fold max 0.0
        information |> Array.map (fun c -> if c = 0.0 then 0.0 else min 1.0 (c / largest))

    /// ln(π_c / (1 − π_c)) with π_c in [1/Σn, 1 − 1/Σn].
    let logOdds (n: int64[]) : float[] =
        let least = 1.0 / max 2.0 (Array.sumBy float n)

        let odds π = log π - Elementary.log1p -π

        priors n |> Array.map (fun π -> odds (min (1.0 - least) (max least π)))

    /// The counts after a batch: each label that is a class counts its pixel (seesaw's step).
    let accumulate (labels: int64[]) (n: int64[]) : int64[] =
        let seen = Array.copy n

        for y in labels do
            if y >= 0L && y < n.LongLength then
                seen[int y] <- seen[int y] + 1L

        seen
