namespace PatFramework.Losses

open Entry

/// Pixel-wise losses on one probability per class (losses.md 3).
module internal CatalogueSigmoid =

    let private ofSigmoid rules loss =
        accept rules (LossDefinition.Sigmoid loss)

    let private binaryCrossEntropy: Entry =
        { Name = "bce"
          Summary = "binary cross-entropy, summed over the classes"
          Source = "PyTorch's binary_cross_entropy_with_logits"
          Differs = "PyTorch averages over the classes too: reduction=element-mean"
          Keys = []
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "bce" ]
          Build = fun _ -> bce |> ofSigmoid [] }

    let private balancedSigmoid: Entry =
        { Name = "balanced-sigmoid"
          Summary = "balanced sigmoid: binary cross-entropy of z + ln(π/(1 − π)) + ln(C − 1)"
          Source = "Ren et al. 2020, arXiv 2007.10740"
          Differs =
            "π are shares of pixels; the authors' code takes shares of images and, as form=code, drops ln(C − 1)"
          Keys = [ choice "form" [ "full"; "code" ] "full: bce for uniform priors; code: without ln(C − 1)" ]
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "balanced-sigmoid"; "balanced-sigmoid:form=code" ]
          Build =
            fun values ->
                let shift =
                    match values.Word "form" with
                    | "code" -> SigmoidShift.LogOddsCode
                    | _ -> SigmoidShift.LogOddsFull

                { bce with Shift = shift } |> ofSigmoid [] }

    let private eql: Entry =
        { Name = "eql"
          Summary = "equalization: binary cross-entropy without the negatives of rare classes"
          Source = "Tan et al. 2020, arXiv 2003.05176"
          Differs = "rare is a pixel share below λ; the paper's are shares of images"
          Keys = [ number "lambda" "0.00177" "λ in [0, 1], the prior below which a class is rare; 0 is bce" ]
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "eql:lambda=0.05" ]
          Build =
            fun values ->
                let λ = values.Number "lambda"

                { bce with Weight = SigmoidWeight.WithoutRareNegatives λ }
                |> ofSigmoid [ between 0.0 1.0 "lambda" λ ] }

    let private eqlv2: Entry =
        { Name = "eqlv2"
          Summary = "equalization v2: binary terms weighted by each class's gradient so far, positives over negatives"
          Source = "Tan et al. 2021, arXiv 2012.08548"
          Differs = "the gradient ratios are a state that GradientSums.step returns; before the first step this is bce"
          Keys =
            [ number "gamma" "12" "γ, how steeply the weight follows the ratio"
              number "mu" "0.8" "μ, the ratio in the middle"
              number "alpha" "4" "α ≥ 0, what positives gain" ]
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "eqlv2" ]
          Build =
            fun values ->
                let γ, μ, α = values.Number "gamma", values.Number "mu", values.Number "alpha"

                { bce with Weight = SigmoidWeight.GradientRatio(γ, μ, α) }
                |> ofSigmoid [ positive "gamma" γ; atLeast 0.0 "mu" μ; atLeast 0.0 "alpha" α ] }

    let private gol: Entry =
        { Name = "gol"
          Summary = "Gumbel-optimized: binary cross-entropy of P = exp(−e^−z)"
          Source = "Alexandridis et al. 2022, arXiv 2203.02321"
          Differs =
            "below −4 the positive term goes on straight; the authors clamp there (no gradient) and cap the loss at 20"
          Keys = []
          DefaultReduction = Some Reduction.PixelMean
          Examples = [ "gol" ]
          Build = fun _ -> { bce with Link = SigmoidLink.Gumbel } |> ofSigmoid [] }

    let entries: Entry list = [ binaryCrossEntropy; balancedSigmoid; eql; eqlv2; gol ]
