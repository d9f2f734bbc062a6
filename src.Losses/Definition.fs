namespace PatFramework.Losses

/// What a loss is: the reference that every kernel is compared with.
module Definition =

    let private ignored (definition: LossDefinition) =
        match definition with
        | LossDefinition.Softmax loss -> Softmax.ignored loss

    let private checkLengths (batch: LogitBatch) =
        let shape = batch.Shape
        let logits, labels = shape.Pixels * shape.Classes, shape.Pixels

        if batch.Logits.Length <> logits || batch.Labels.Length <> labels then
            invalidArg
                (nameof batch)
                $"N×C×H×W = {shape.Images}×{shape.Classes}×{shape.Height}×{shape.Width} needs {logits} logits and {labels} labels, received {batch.Logits.Length} and {batch.Labels.Length}"

    let private checkLabels (ignore: int64) (batch: LogitBatch) =
        let outside y =
            y <> ignore && (y < 0L || y >= int64 batch.Shape.Classes)

        match Array.tryFindIndex outside batch.Labels with
        | Some i ->
            invalidArg
                (nameof batch)
                $"label {batch.Labels[i]} of pixel {i} is outside 0..{batch.Shape.Classes - 1} and not the ignored label {ignore}"
        | None -> ()

    /// The loss over any scalar, of logits flat as [N,C,H,W].
    let over (definition: LossDefinition) (shape: BatchShape) (labels: int64[]) (logits: Scalar<'T>[]) : Scalar<'T> =
        match definition with
        | LossDefinition.Softmax loss -> Softmax.loss loss shape labels logits

    let private check definition batch =
        checkLengths batch
        checkLabels (ignored definition) batch

    /// The loss of a batch; ArgumentException where lengths or labels don't fit the shape.
    let value (definition: LossDefinition) (batch: LogitBatch) : float =
        check definition batch
        let z = batch.Logits |> Array.map (fun z -> { It = { Real.Value = z } })
        (over definition batch.Shape batch.Labels z).It.Value

    /// The loss and its exact gradient by the logits, by reverse mode.
    let valueAndGradient (definition: LossDefinition) (batch: LogitBatch) : struct (float * float[]) =
        check definition batch
        Reverse.gradient (over definition batch.Shape batch.Labels) batch.Logits

    /// dL/dz along a direction in logit space, by forward mode: the loss with its first and second derivative.
    let along (direction: float[]) (definition: LossDefinition) (batch: LogitBatch) : Dual =
        check definition batch

        let step z d =
            { It = { Dual.Value = z; First = d; Second = 0.0 } }

        (Array.map2 step batch.Logits direction |> over definition batch.Shape batch.Labels).It
