namespace PatFramework.Losses

/// Statements over logits: of one pixel of each label where pixels have losses of their own, else of two pixels.
module LogitProver =

    /// Pixels in a row with these labels, and the loss as it is told about them.
    type private Scene = { Definition: LossDefinition; Classes: int; Labels: int64[] }

    let private scene (settings: ProofSettings) definition classes (labels: int list) : Scene =
        match Definition.bind (settings.Given(classes, labels.Length)) definition with
        | Ok told ->
            { Definition = told
              Classes = classes
              Labels = labels |> List.map int64 |> Array.ofList }
        | Error sentence -> invalidArg (nameof definition) sentence

    /// Softmax losses see only the differences d_k = z_k − z_y, so their boxes have a side less for each pixel.
    let private seesDifferences definition =
        Definition.terms definition |> List.forall (fun (_, term) -> not term.IsSigmoid)

    /// Pixels alone: w_c L_i, before anything is averaged.
    let private unreduced =
        Definition.mapTerms (function
            | LossDefinition.Softmax loss -> LossDefinition.Softmax { loss with Reduction = Reduction.Sum }
            | LossDefinition.Sigmoid loss -> LossDefinition.Sigmoid { loss with Reduction = Reduction.Sum }
            | other -> other)

    /// A pixel of each label that was ever counted; or two pixels of two classes, of both and of one alone.
    let private scenes (settings: ProofSettings) definition : Scene list =
        if Statements.isPixelWise definition then
            [ for y in 0 .. settings.Classes - 1 do
                  if settings.Counts[y] > 0L then
                      scene settings (unreduced definition) settings.Classes [ y ] ]
        else
            [ [ 0; 1 ]; [ 0; 0 ] ] |> List.map (scene settings definition 2)

    /// Logits flat as [C,W] from the d of each pixel, with z_y = 0.
    let private fromDifferences (scene: Scene) (zero: 'a) (d: 'a[]) : 'a[] =
        let pixels, others = scene.Labels.Length, scene.Classes - 1

        Array.init (scene.Classes * pixels) (fun j ->
            let k, i = j / pixels, j % pixels
            let y = int scene.Labels[i]
            if k = y then zero else d[i * others + (if k < y then k else k - 1)])

    let private over (scene: Scene) (z: Scalar<'T>[]) : Scalar<'T> =
        let shape = { Images = 1; Classes = scene.Classes; Height = 1; Width = scene.Labels.Length }

        Definition.over scene.Definition shape scene.Labels z

    /// ∂L/∂z_j over the box.
    let private derivative scene j (z: Interval[]) : Interval =
        let moving k x =
            Forward.moving { It = x } (Scalar.constant (if j = k then 1.0 else 0.0): Scalar<Interval>)

        (over scene (Array.mapi moving z)).It.First.It

    /// The logits of pixel i.
    let private pixel (scene: Scene) (z: 'a[]) i : 'a[] =
        Array.init scene.Classes (fun k -> z[k * scene.Labels.Length + i])

    /// Whether logits that lie within these may be shifted, pixel by pixel, into the box of the settings.
    let private fits (settings: ProofSettings) scene (z: Interval[]) =
        let spread (z: Interval[]) =
            (z |> Array.map _.Low |> Array.max) - (z |> Array.map _.High |> Array.min)

        Seq.init scene.Labels.Length (pixel scene z >> spread)
        |> Seq.forall (fun spread -> spread <= settings.Width)

    /// The least shift of a pixel's logits into the box.
    let private shifted (box: Interval) (z: float[]) =
        let shift = min 0.0 (box.High - Array.max z) + max 0.0 (box.Low - Array.min z)
        Array.map ((+) shift) z

    let private where (settings: ProofSettings) scene (z: float[]) =
        let pixel i =
            pixel scene z i |> shifted settings.Box |> Witness.numbers

        let z = Seq.init scene.Labels.Length (fun i -> $"({pixel i})") |> String.concat ", "
        $"z = {z}, y = {scene.Labels |> Seq.map float |> Witness.numbers}"

    /// L, or ∂L/∂z_j where there is a j, of all logits z.
    let private subject settings scene (j: int option) : Subject =
        let enclose, value =
            match j with
            | None ->
                (fun z -> (over scene (Array.map (fun x -> { It = x }) z)).It),
                (fun z -> (over scene (Array.map (fun x -> { It = { Real.Value = x } }) z)).It.Value)
            | Some j ->
                derivative scene j,
                (fun z ->
                    let struct (_, g) = Reverse.gradient (over scene) z
                    g[j])

        { Enclose = enclose
          Value = value
          Where = where settings scene
          Admits = fits settings scene }

    /// The box of the logits that are free, and all logits from them. A sigmoid loss's slope by z_j sees no other logit.
    let private free (settings: ProofSettings) (scene: Scene) (j: int option) =
        let pixels = scene.Labels.Length
        let others, all = (scene.Classes - 1) * pixels, scene.Classes * pixels

        let alone j rest (x: 'a[]) =
            Array.updateAt j x[0] (Array.create all rest)

        match seesDifferences scene.Definition, j with
        | true, _ ->
            let side = Interval.between -settings.Width settings.Width
            Array.create others side, fromDifferences scene (Interval.point 0.0), fromDifferences scene 0.0
        | false, Some j when scene.Definition.IsSigmoid ->
            [| settings.Box |], alone j settings.Box, alone j (Interval.middle settings.Box)
        | false, _ -> Array.create all settings.Box, id, id

    let private settleIn settings claim (scene, j) =
        let sides, inIntervals, inFloats = free settings scene j
        let subject = subject settings scene j

        let ofFree =
            { Enclose = inIntervals >> subject.Enclose
              Value = inFloats >> subject.Value
              Where = inFloats >> subject.Where
              Admits = inIntervals >> subject.Admits }

        BranchAndBound.settle settings.Budget ofFree claim [ sides ]

    /// Whether the quantity stays in `claim` for all labels and all logits of the settings' box.
    let settle (settings: ProofSettings) definition (quantity: Quantity) (claim: Interval) : Verdict =
        let slopes (scene: Scene) =
            match quantity with
            | Quantity.Loss -> [ None ]
            | Quantity.Gradient -> List.init (scene.Classes * scene.Labels.Length) Some
            | _ -> invalidArg (nameof quantity) $"{quantity} is a quantity over p, not over logits"

        [ for scene in scenes settings definition do
              for j in slopes scene -> scene, j ]
        |> List.map (settleIn settings claim)
        |> Verdict.all
