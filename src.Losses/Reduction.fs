namespace PatFramework.Losses

/// N images of C classes, H × W pixels each.
type BatchShape =
    { Images: int
      Classes: int
      Height: int
      Width: int }

    member shape.PixelsPerImage = shape.Height * shape.Width
    member shape.Pixels = shape.Images * shape.PixelsPerImage

/// Logits z[n,c,h,w] and labels y[n,h,w], both flat in that order.
type LogitBatch = { Shape: BatchShape; Logits: float[]; Labels: int64[] }

/// The valid pixels of a batch.
module Pixels =
    /// The label that counts for nothing: the loss's own, or 255.
    let ignored (ignore: int64 option) : int64 = Option.defaultValue 255L ignore

    /// Calls `visit i z y` with each valid pixel i, counted over [N,H,W], its logits (of those flat as [N,C,H,W]) and label.
    let iterate (shape: BatchShape) (labels: int64[]) (ignore: int64) (z: 'a[]) (visit: int -> 'a[] -> int -> unit) =
        let size = shape.PixelsPerImage

        for i in 0 .. labels.Length - 1 do
            if labels[i] <> ignore then
                let logits = Array.init shape.Classes (fun c -> z[(i / size * shape.Classes + c) * size + i % size])

                visit i logits (int labels[i])

    /// Σ of a term for each valid pixel.
    let sum shape labels ignore (z: Scalar<'T>[]) (term: int -> Scalar<'T>[] -> int -> Scalar<'T>) : Scalar<'T> =
        let terms = ResizeArray()
        iterate shape labels ignore z (fun i z y -> terms.Add(term i z y))
        Scalar.sum (terms.ToArray())

/// Reductions as factors: the loss is Σ aᵢ Lᵢ, and only the labels decide the aᵢ.
module Reductions =
    let private sizes key pixels =
        let counts = pixels |> Array.countBy key |> dict
        struct (counts.Count, (fun pixel -> float counts[key pixel]))

    /// aᵢ of the valid pixel i, before class weights.
    let private share reduction (shape: BatchShape) (labels: int64[]) (valid: int[]) : int -> float =
        let image i = i / shape.PixelsPerImage
        let label i = labels[i]
        let mask i = struct (image i, label i)
        let constant a = fun _ -> a

        match reduction with
        | Reduction.Sum
        | Reduction.WeightedMean -> constant 1.0
        | Reduction.PixelMean
        | Reduction.WeightedSumMean -> constant (1.0 / float valid.Length)
        | Reduction.AllPixelMean -> constant (1.0 / float shape.Pixels)
        | Reduction.ElementMean -> constant (1.0 / (float shape.Pixels * float shape.Classes))
        | Reduction.MaskMean ->
            let struct (masks, size) = sizes mask valid
            fun i -> 1.0 / (float masks * size i)
        | Reduction.MaskSum ->
            let struct (_, size) = sizes mask valid
            fun i -> 1.0 / (float shape.Images * size i)
        | Reduction.ClassMean ->
            let struct (classes, size) = sizes label valid
            fun i -> 1.0 / (float classes * size i)
        | Reduction.ImageMaskMean ->
            let struct (_, size) = sizes mask valid
            let struct (images, masks) = valid |> Array.distinctBy mask |> sizes image
            fun i -> 1.0 / (float images * masks i * size i)

    /// What class weights are multiplied by.
    let private scale reduction (classWeights: float[]) (labels: int64[]) (valid: int[]) =
        let over total =
            if total = 0.0 then 0.0 else 1.0 / total

        match reduction with
        | Reduction.WeightedMean -> over (valid |> Array.sumBy (fun i -> classWeights[int labels[i]]))
        | Reduction.WeightedSumMean -> float classWeights.Length * over (Array.sum classWeights)
        | _ -> 1.0

    /// The factor of each pixel in the loss, class weights w_c included; 0 where the label is ignored.
    let factors
        (reduction: Reduction)
        (classWeights: float[])
        (ignore: int64)
        (shape: BatchShape)
        (labels: int64[])
        : float[] =
        let valid = [| for i in 0 .. labels.Length - 1 -> i |] |> Array.filter (fun i -> labels[i] <> ignore)

        let share = share reduction shape labels valid
        let scale = scale reduction classWeights labels valid
        let a = Array.zeroCreate labels.Length

        for i in valid do
            a[i] <- share i * scale * classWeights[int labels[i]]

        a
