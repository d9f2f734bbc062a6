namespace PatFramework.Losses

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
            Verdict.Refuted
                { Point = [| float size |]
                  Where = $"a mask of {size} pixels"
                  Value = ratio
                  Enclosure = Interval.point ratio }
