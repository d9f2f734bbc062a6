namespace PatFramework.Losses

/// Settles statements. What is proved holds for all numbers of the domain; what is refuted fails at a point that is shown.
module Prover =
    /// The counts of a long tail, a made-up one: 10^C, …, 100, 10.
    let longTail (classes: int) : int64[] =
        Array.init classes (fun c -> pown 10L (classes - c))

    let defaults: ProofSettings =
        { Counts = longTail 3; Box = Interval.between -10.0 10.0; Budget = 100_000 }

    /// Settles a statement over p about a curve, in the catalogue or not.
    let settleCurve (budget: int) (curve: PixelCurve) (statement: Statement) : Verdict =
        match statement.Claim with
        | Claim.OverProbabilities(quantity, least, most, from, upTo) ->
            CurveProver.settle budget curve quantity (Interval.between least most) from upTo
        | Claim.OverLogits _
        | Claim.MaskSizeInvariance _ -> invalidArg (nameof statement) $"'{statement.Says}' is no statement over p"

    /// Settles one statement about a loss, which is told what the settings say.
    let settle (settings: ProofSettings) (definition: LossDefinition) (statement: Statement) : Verdict =
        match statement.Claim, definition, Statements.curve definition with
        | Claim.OverProbabilities _, _, Some curve -> settleCurve settings.Budget curve statement
        | Claim.OverProbabilities(quantity, least, most, from, _), LossDefinition.Sigmoid loss, None ->
            PullProver.settle settings loss quantity (Interval.between least most) from
        | Claim.OverProbabilities _, _, None ->
            invalidArg
                (nameof definition)
                $"no weight w(p) and no sigmoid loss: '{statement.Says}' says nothing about it"
        | Claim.OverLogits(quantity, least, most), _, _ ->
            LogitProver.settle settings definition quantity (Interval.between least most)
        | Claim.MaskSizeInvariance reduction, _, _ -> MaskProver.settle reduction

    /// Settles all statements about a loss.
    let prove (settings: ProofSettings) (definition: LossDefinition) : (Statement * Verdict) list =
        Statements.about settings definition
        |> List.map (fun statement -> statement, settle settings definition statement)

    /// `proved`, `refuted` or `undecided`, and what that rests on: boxes, a point with its value, or where it is open.
    let describe (statement: Statement) (verdict: Verdict) : string * string =
        match verdict, statement.Claim with
        | Verdict.Proved count, Claim.MaskSizeInvariance _ -> "proved", $"for every size, in {count} layouts of masks"
        | Verdict.Proved count, _ -> "proved", (if count = 1 then "1 box" else $"{count} boxes")
        | Verdict.Refuted witness, Claim.MaskSizeInvariance _ ->
            "refuted", $"{witness.Where} counts {Witness.number witness.Value} times what it counts as one pixel"
        | Verdict.Refuted witness, _ -> "refuted", $"{witness.Where}: {Witness.number witness.Value}"
        | Verdict.Undecided(_, enclosure, near), _ ->
            "undecided", $"near {near}: in [{Witness.number enclosure.Low}, {Witness.number enclosure.High}]"
