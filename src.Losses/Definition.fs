namespace PatFramework.Losses

/// What a loss is: the reference that every kernel is compared with.
module Definition =

    /// The losses that a sum is of, with their factors multiplied out; any other loss is its own and only term.
    let rec terms (definition: LossDefinition) : (float * LossDefinition) list =
        match definition with
        | LossDefinition.WeightedSum sum ->
            [ for a, part in sum do
                  for b, term in terms part -> a * b, term ]
        | term -> [ 1.0, term ]

    /// The loss with each of its terms changed.
    let rec mapTerms (change: LossDefinition -> LossDefinition) (definition: LossDefinition) : LossDefinition =
        match definition with
        | LossDefinition.WeightedSum sum -> LossDefinition.WeightedSum [ for a, part in sum -> a, mapTerms change part ]
        | term -> change term

    let private anyTerm (softmax: SoftmaxLoss -> bool) (sigmoid: SigmoidLoss -> bool) definition =
        terms definition
        |> List.exists (fun (_, term) ->
            match term with
            | LossDefinition.Softmax loss -> softmax loss
            | LossDefinition.Sigmoid loss -> sigmoid loss
            | LossDefinition.Region _
            | LossDefinition.WeightedSum _ -> false)

    /// Whether class counts decide about the loss.
    let needsCounts (definition: LossDefinition) : bool =
        anyTerm Softmax.needsCounts Sigmoid.needsCounts definition

    /// Whether something has to be drawn for each logit.
    let needsVariation (definition: LossDefinition) : bool =
        anyTerm Softmax.needsVariation (fun _ -> false) definition

    /// Whether gradient ratios decide about the loss.
    let hasRatios (definition: LossDefinition) : bool =
        anyTerm (fun _ -> false) _.Weight.IsGradientRatio definition

    /// The loss with what it is told beside logits and labels; every term of a sum is told the same.
    let tell (what: Given) : LossDefinition -> LossDefinition =
        mapTerms (function
            | LossDefinition.Softmax loss -> LossDefinition.Softmax { loss with Given = what }
            | LossDefinition.Sigmoid loss -> LossDefinition.Sigmoid { loss with Given = what }
            | other -> other)

    /// The loss with the class-balanced weights of β in its softmax terms, as deferred re-weighting has it from its switch on
    /// (Cao et al. 2019); a mean over pixels becomes the weighted mean. Or why there is nothing to weigh.
    let classReweighted (β: float) (definition: LossDefinition) : Result<LossDefinition, string> =
        let reduction (loss: SoftmaxLoss) =
            match loss.Reduction with
            | Reduction.PixelMean -> Reduction.WeightedMean
            | other -> other

        let change (term: LossDefinition) =
            match term with
            | LossDefinition.Softmax({ ClassWeight = ClassWeight.Uniform } as loss) ->
                LossDefinition.Softmax(loss |> classBalanced β |> reducedBy (reduction loss))
            | other -> other

        let changed = mapTerms change definition

        if changed = definition then
            Error
                "no term of this loss is of the softmax family without class weights of its own, so there is nothing to re-weight: take another loss, such as ce or ldam, or leave deferred re-weighting out"
        else
            Ok changed

    let private unless told sentence = if told then Ok() else Error sentence

    let private counted needs (given: Given) =
        unless
            (not needs || given.Counts.IsSome)
            "this loss needs class counts, the pixels of each class in the training set, and was given none: pass them with Definition.bind (Given.counts [| n_0; n_1; … |])"

    let private drawn needs (given: Given) =
        unless
            (not needs || given.Variation.IsSome)
            "this loss has a random part and was given none: draw a number in [0, 1] for each logit and pass them as the Variation of Definition.bind"

    /// What the loss still has to be told, if anything.
    let private told (definition: LossDefinition) : Result<unit, string> =
        let one (term: LossDefinition) =
            match term with
            | LossDefinition.Softmax loss ->
                counted (Softmax.needsCounts loss) loss.Given
                |> Result.bind (fun () -> drawn (Softmax.needsVariation loss) loss.Given)
            | LossDefinition.Sigmoid loss -> counted (Sigmoid.needsCounts loss) loss.Given
            | LossDefinition.Region _
            | LossDefinition.WeightedSum _ -> Ok()

        terms definition |> List.map (snd >> one) |> Spelling.sequence |> Result.map ignore

    /// `tell`, or what is missing.
    let bind (what: Given) (definition: LossDefinition) : Result<LossDefinition, string> =
        let definition = tell what definition
        told definition |> Result.map (fun () -> definition)

    let private refuseUnless condition sentence =
        if not condition then
            invalidArg "batch" sentence

    let private checkLengths (batch: LogitBatch) =
        let shape = batch.Shape
        let logits, labels = shape.Pixels * shape.Classes, shape.Pixels

        refuseUnless
            (batch.Logits.Length = logits && batch.Labels.Length = labels)
            $"N×C×H×W = {shape.Images}×{shape.Classes}×{shape.Height}×{shape.Width} needs {logits} logits and {labels} labels, received {batch.Logits.Length} and {batch.Labels.Length}"

    let private checkGiven (given: Given) (batch: LogitBatch) =
        let fits name (values: 'a[] option) length =
            match values with
            | Some values ->
                refuseUnless (values.Length = length) $"{name}: {length} are needed, received {values.Length}"
            | None -> ()

        fits "class counts" given.Counts batch.Shape.Classes
        fits "variation, one for each logit" given.Variation batch.Logits.Length
        fits "gradient ratios" given.Ratios batch.Shape.Classes

    let private checkLabels (ignore: int64 option) (impossible: int64 list) (batch: LogitBatch) =
        let ignore = Pixels.ignored ignore

        let outside y =
            y <> ignore && (y < 0L || y >= int64 batch.Shape.Classes)

        match Array.tryFindIndex outside batch.Labels with
        | Some i ->
            refuseUnless
                false
                $"label {batch.Labels[i]} of pixel {i} is outside 0..{batch.Shape.Classes - 1} and not the ignored label {ignore}"
        | None -> ()

        match batch.Labels |> Array.tryFind (fun y -> y <> ignore && List.contains y impossible) with
        | Some y ->
            refuseUnless
                false
                $"label {y} occurs, but the class counts say that it never does: count the classes of the data that these labels are from"
        | None -> ()

    let rec private check (definition: LossDefinition) (batch: LogitBatch) =
        match definition with
        | LossDefinition.Softmax loss ->
            checkGiven loss.Given batch
            checkLabels loss.Ignore (Softmax.impossible loss) batch
        | LossDefinition.Sigmoid loss ->
            checkGiven loss.Given batch
            checkLabels loss.Ignore [] batch
        | LossDefinition.Region loss -> checkLabels loss.Ignore [] batch
        | LossDefinition.WeightedSum terms -> terms |> List.iter (fun (_, term) -> check term batch)

    let private checkAll definition batch =
        checkLengths batch

        match told definition with
        | Ok() -> check definition batch
        | Error sentence -> invalidArg (nameof definition) sentence

    /// The loss over any scalar, of logits flat as [N,C,H,W].
    let rec over (definition: LossDefinition) (shape: BatchShape) (labels: int64[]) (z: Scalar<'T>[]) : Scalar<'T> =
        match definition with
        | LossDefinition.Softmax loss -> Softmax.loss loss shape labels z
        | LossDefinition.Sigmoid loss -> Sigmoid.loss loss shape labels z
        | LossDefinition.Region loss -> Region.loss loss shape labels z
        | LossDefinition.WeightedSum terms -> Scalar.sum [| for a, term in terms -> a * over term shape labels z |]

    /// The loss of a batch; ArgumentException where lengths or labels don't fit the shape, or something isn't given.
    let value (definition: LossDefinition) (batch: LogitBatch) : float =
        checkAll definition batch
        let z = batch.Logits |> Array.map (fun z -> { It = { Real.Value = z } })
        (over definition batch.Shape batch.Labels z).It.Value

    /// The loss and its exact gradient by the logits, by reverse mode.
    let valueAndGradient (definition: LossDefinition) (batch: LogitBatch) : struct (float * float[]) =
        checkAll definition batch
        Reverse.gradient (over definition batch.Shape batch.Labels) batch.Logits

    /// dL/dz along a direction in logit space, by forward mode: the loss with its first and second derivative.
    let along (direction: float[]) (definition: LossDefinition) (batch: LogitBatch) : Dual =
        checkAll definition batch

        Array.map2 Dual.moving batch.Logits direction
        |> over definition batch.Shape batch.Labels
        |> Dual.read
