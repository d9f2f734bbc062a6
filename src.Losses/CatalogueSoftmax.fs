namespace PatFramework.Losses

open Entry

/// Pixel-wise losses on softmax probabilities (losses.md 1 and 2).
module internal CatalogueSoftmax =

    let private ofSoftmax rules loss =
        accept rules (LossDefinition.Softmax loss)

    let private crossEntropy: Entry =
        { Name = "ce"
          Summary = "cross-entropy: −ln p"
          Source = "PyTorch's cross_entropy; smoothing: Szegedy et al. 2016, arXiv 1512.00567"
          Differs =
            "PyTorch returns NaN where nothing is valid, this 0; smp and mmseg count ignored pixels: all-pixel-mean"
          Keys = [ number "smoothing" "0" "ε in [0, 1): (1 − ε)(−ln p_y) + ε/C Σ_c −ln p_c" ]
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "ce"; "ce:smoothing=0.1" ]
          Build =
            fun values ->
                let ε = values.Number "smoothing"
                ce |> smoothed ε |> ofSoftmax [ below 0.0 1.0 "smoothing" ε ] }

    let private gammaRule (γ: float) = atLeast 0.0 "gamma" γ

    let private focalLoss: Entry =
        { Name = "focal"
          Summary = "focal loss on softmax: −(1 − p)^γ ln p"
          Source = "Lin et al. 2017, arXiv 1708.02002"
          Differs = "the paper's is one against the rest with α_t, over the number of positives; so is smp's"
          Keys = [ number "gamma" "2" "γ ≥ 0; 0 is cross-entropy" ]
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "focal"; "focal:gamma=5"; "focal:gamma=0.5" ]
          Build =
            fun values ->
                let γ = values.Number "gamma"
                ce |> weighted (focal γ) |> ofSoftmax [ gammaRule γ ] }

    let private patWeight T (gradient: WeightGradient) =
        let steep = gradient = WeightGradient.Attached && T < exp -1.0

        if T <= 0.0 then
            Error $"temperature must be greater than 0, received {T} (the paper's Table 1 uses 2 and 5; try 20)"
        elif steep then
            Error
                $"temperature {T} is below 1/e ≈ 0.3679, where the loss rises with p once its weight is differentiated, so that training would push correct pixels away: pass temperature=0.37 or more, or weight=detached"
        else
            Ok(PixelWeight.ExponentialConfidence(T, gradient))

    let private pat: Entry =
        { Name = "pat"
          Summary = "pixel-wise adaptive training with temperature: −ln p · exp((p − 1)/T), each mask counted once"
          Source = "Do et al. 2024, arXiv 2404.05393, Table 1 and Eq. 4"
          Differs = "the authors' code computes inap; Eq. 1–4 to the letter are reduction=mask-sum"
          Keys =
            [ required "temperature" "T > 0; T → ∞ is cross-entropy; 1/e or more unless weight=detached"
              choice "weight" [ "attached"; "detached" ] "whether the gradient flows through the weight" ]
          DefaultReduction = Some Reduction.MaskMean
          Examples = [ "pat:temperature=20"; "pat:temperature=2"; "pat:temperature=5,weight=detached" ]
          Build =
            fun values ->
                let gradient =
                    match values.Word "weight" with
                    | "detached" -> WeightGradient.Detached
                    | _ -> WeightGradient.Attached

                patWeight (values.Number "temperature") gradient
                |> Result.map (fun weight -> LossDefinition.Softmax(ce |> weighted weight)) }

    let private inap: Entry =
        { Name = "inap"
          Summary =
            "what the PAT authors' code computes: −½ exp(1 − p) ln p with p = softmax(z/τ), which weighs hard pixels up"
          Source = "the code of Do et al. 2024, commit ffabf4c"
          Differs = "there ignored pixels are not left out"
          Keys = [ number "tau" "1" "τ > 0 divides the logits" ]
          DefaultReduction = Some Reduction.ElementMean
          Examples = [ "inap"; "inap:tau=2" ]
          Build =
            fun values ->
                let τ = values.Number "tau"

                ce
                |> adjusted (LogitAdjustment.Tempered τ)
                |> weighted PixelWeight.InverseConfidence
                |> ofSoftmax [ positive "tau" τ ] }

    let private volumeKeys =
        [ optional "beta" "β in [0, 1); 0 is uniform, towards 1 inverse frequency; pixel counts saturate below 1 − 1/Σn"
          optional "n" "N ≥ 1 instead of β = (N − 1)/N; without either, N is the number of pixels counted" ]

    /// `loss` with class weights of the effective number of pixels.
    let private balanced rules (values: Values) (loss: SoftmaxLoss) =
        match values.TryNumber "beta", values.TryNumber "n" with
        | Some _, Some _ -> Error "beta and n say the same, β = (n − 1)/n: keep one"
        | Some β, None -> loss |> classBalanced β |> ofSoftmax (below 0.0 1.0 "beta" β :: rules)
        | None, n ->
            loss
            |> classWeighted (ClassWeight.ClassBalanced(Option.map ((/) 1.0) n))
            |> ofSoftmax ((n |> Option.map (atLeast 1.0 "n") |> Option.toList) @ rules)

    let private cb: Entry =
        { Name = "cb"
          Summary = "class-balanced cross-entropy: weights (1 − β)/(1 − β^n_c), summing to C"
          Source = "Cui et al. 2019, arXiv 1901.05555"
          Differs = "PyTorch ports divide by the weights of the batch's labels: weighted-mean"
          Keys = volumeKeys
          DefaultReduction = Some Reduction.WeightedSumMean
          Examples = [ "cb"; "cb:beta=0.9"; "cb:n=1000" ]
          Build = fun values -> ce |> balanced [] values }

    let private cbfocal: Entry =
        { Name = "cbfocal"
          Summary = "class-balanced focal loss on softmax"
          Source = "Cui et al. 2019, arXiv 1901.05555"
          Differs = "the authors' code has the sigmoid focal loss inside, over the number of positives"
          Keys = volumeKeys @ [ number "gamma" "2" "γ ≥ 0; 0 is cb" ]
          DefaultReduction = Some Reduction.WeightedSumMean
          Examples = [ "cbfocal:beta=0.99,gamma=1" ]
          Build =
            fun values ->
                let γ = values.Number "gamma"
                ce |> weighted (focal γ) |> balanced [ gammaRule γ ] values }

    let private balancedSoftmax: Entry =
        { Name = "balanced-softmax"
          Summary = "balanced softmax: cross-entropy of z + ln π"
          Source = "Ren et al. 2020, arXiv 2007.10740"
          Differs = "a class that was never counted is left out of the softmax; the authors' code adds ln 0"
          Keys = []
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "balanced-softmax" ]
          Build = fun _ -> ce |> adjusted (logPrior 1.0) |> ofSoftmax [] }

    let private logitAdjustment: Entry =
        { Name = "logit-adjustment"
          Summary = "logit-adjusted loss: cross-entropy of z + τ ln π"
          Source = "Menon et al. 2021, arXiv 2007.07314"
          Differs = "a class that was never counted is left out of the softmax; the authors' code adds 1e-12 to π^τ"
          Keys = [ number "tau" "1" "τ ≥ 0; 0 is cross-entropy, 1 balanced-softmax" ]
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "logit-adjustment:tau=0.5" ]
          Build =
            fun values ->
                let τ = values.Number "tau"
                ce |> adjusted (logPrior τ) |> ofSoftmax [ atLeast 0.0 "tau" τ ] }

    let private ldam: Entry =
        { Name = "ldam"
          Summary = "label-distribution-aware margins: cross-entropy of s(z − Δ_y), Δ_c = m (n_min/n_c)^¼"
          Source = "Cao et al. 2019, arXiv 1906.07413"
          Differs = "the paper's logits are cosines; on free logits s=30 is an inverse temperature"
          Keys = [ number "margin" "0.5" "m ≥ 0, of the rarest class"; number "scale" "30" "s > 0" ]
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "ldam"; "ldam:scale=1" ]
          Build =
            fun values ->
                let m, s = values.Number "margin", values.Number "scale"

                ce
                |> adjusted (LogitAdjustment.Margin(m, s))
                |> ofSoftmax [ atLeast 0.0 "margin" m; positive "scale" s ] }

    let private blv: Entry =
        { Name = "blv"
          Summary =
            "balancing logit variation: cross-entropy of z + v ln π / min ln π, v = |clamp(noise, −1, 1)| in training"
          Source = "Wang et al. 2023, arXiv 2306.02061"
          Differs = "the authors count ignored pixels: all-pixel-mean"
          Keys =
            [ number "sigma" "4" "σ ≥ 0, the noise's spread; 0 is cross-entropy"
              choice "noise" [ "gaussian"; "uniform"; "xavier" ] "what v is drawn from" ]
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "blv" ]
          Build =
            fun values ->
                let σ = values.Number "sigma"

                let noise =
                    match values.Word "noise" with
                    | "uniform" -> Noise.Uniform
                    | "xavier" -> Noise.Xavier
                    | _ -> Noise.Gaussian

                ce |> adjusted (LogitAdjustment.Varied(σ, noise)) |> ofSoftmax [ atLeast 0.0 "sigma" σ ] }

    let private seesaw: Entry =
        { Name = "seesaw"
          Summary = "seesaw: negatives weigh (N_j/N_y)^p where rarer than the label, (s_j/s_y)^q where more likely"
          Source = "Wang et al. 2021, arXiv 2008.10032"
          Differs = "without the objectness branch; N are the counts given: ClassStatistics.accumulate steps them"
          Keys =
            [ number "p" "0.8" "p ≥ 0, mitigation; p = q = 0 is cross-entropy"
              number "q" "2" "q ≥ 0, compensation"
              number "eps" "0.01" "ε in (0, 1], the least s_y" ]
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "seesaw"; "seesaw:q=0" ]
          Build =
            fun values ->
                let p, q, ε = values.Number "p", values.Number "q", values.Number "eps"

                ce
                |> adjusted (LogitAdjustment.Seesaw(p, q, ε))
                |> ofSoftmax [ atLeast 0.0 "p" p; atLeast 0.0 "q" q; positive "eps" ε; between 0.0 1.0 "eps" ε ] }

    let private seql: Entry =
        { Name = "seql"
          Summary = "softmax equalization: a rare class is no negative with probability γ"
          Source = "Tan et al. 2020, arXiv 2003.05176"
          Differs = "rare is a pixel share below λ; the paper's are shares of images"
          Keys =
            [ number "lambda" "0.00177" "λ in [0, 1], the prior below which a class is rare; 0 is cross-entropy"
              number "gamma" "0.9" "γ in [0, 1]; 0 is cross-entropy, 1 nothing drawn" ]
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "seql:lambda=0.05"; "seql:lambda=0.01,gamma=1" ]
          Build =
            fun values ->
                let λ, γ = values.Number "lambda", values.Number "gamma"

                ce
                |> adjusted (LogitAdjustment.Equalised(λ, γ))
                |> ofSoftmax [ between 0.0 1.0 "lambda" λ; between 0.0 1.0 "gamma" γ ] }

    let entries: Entry list =
        [ crossEntropy
          focalLoss
          pat
          inap
          cb
          cbfocal
          balancedSoftmax
          logitAdjustment
          ldam
          blv
          seesaw
          seql ]
