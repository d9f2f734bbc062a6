namespace PatFramework.Losses

open Entry

/// Losses on overlaps of regions (losses.md 4).
module internal CatalogueRegion =

    let private ofRegion rules measure =
        accept rules (LossDefinition.Region { Measure = measure; Ignore = None })

    let private classesOf (values: Values) =
        match values.Word "classes" with
        | "present" -> RegionClasses.Present
        | _ -> RegionClasses.All

    let private classesKey =
        choice
            "classes"
            [ "all"; "present" ]
            "all: the mean over C, absent classes lose 0; present: over those in the batch"

    let private smoothKey = number "smooth" "0" "s ≥ 0, added to numerator and denominator"

    /// A loss of (TP + s)/(TP + a FP + b FN + s).
    let private overlap name summary source differs form (a, b, s) : Entry =
        { Name = name
          Summary = summary
          Source = source
          Differs = differs
          Keys = [ classesKey; smoothKey ]
          DefaultReduction = None
          Examples = [ name; $"{name}:classes=present,smooth=1" ]
          Build =
            fun values ->
                let smooth = values.Number "smooth"

                RegionMeasure.Tversky(a, b, s * smooth, form, classesOf values)
                |> ofRegion [ atLeast 0.0 "smooth" smooth ] }

    let private smpSmooth = "smp's smooth is twice this one"

    let private diceSource = "Milletari et al. 2016, arXiv 1606.04797, without the squares; as in smp"

    let private jaccardSource = "Rahman & Wang 2016; as in smp"

    let private tverskyKeys =
        [ number "fp" "0.3" "weight of false positives, ≥ 0"
          number "fn" "0.7" "weight of false negatives, ≥ 0"
          classesKey
          smoothKey ]

    let private tverskyOf form rules (values: Values) =
        let a, b, s = values.Number "fp", values.Number "fn", values.Number "smooth"

        RegionMeasure.Tversky(a, b, s, form, classesOf values)
        |> ofRegion ([ atLeast 0.0 "fp" a; atLeast 0.0 "fn" b; atLeast 0.0 "smooth" s ] @ rules)

    let private tversky: Entry =
        { Name = "tversky"
          Summary = "1 − I/(I + fp FP + fn FN): ½, ½ is dice, 1, 1 jaccard"
          Source = "Salehi et al. 2017, arXiv 1706.05721"
          Differs = "smp calls fp α and fn β; Abraham & Khan call fn α"
          Keys = tverskyKeys
          DefaultReduction = None
          Examples = [ "tversky"; "tversky:fp=0,fn=1" ]
          Build = tverskyOf OverlapForm.Complement [] }

    let private focalTversky: Entry =
        { Name = "focal-tversky"
          Summary = "(1 − Tversky)^(1/γ) of each class"
          Source = "Abraham & Khan 2018, arXiv 1810.07842"
          Differs = "smp raises the mean over the classes, not each class"
          Keys = number "gamma" "1.3333333333333333" "γ > 0; 1 is tversky" :: tverskyKeys
          DefaultReduction = None
          Examples = [ "focal-tversky" ]
          Build =
            fun values ->
                let γ = values.Number "gamma"
                tverskyOf (OverlapForm.Power(1.0 / γ)) [ positive "gamma" γ ] values }

    let private generalisedDice: Entry =
        { Name = "generalised-dice"
          Summary = "1 − 2 Σ w I / Σ w (P + Y), w = 1/Y²"
          Source = "Sudre et al. 2017, arXiv 1707.03237"
          Differs = "a class without a pixel has no weight; elsewhere it can have all of it"
          Keys = [ choice "classes" [ "present" ] "the others would weigh 1/0" ]
          DefaultReduction = None
          Examples = [ "generalised-dice" ]
          Build = fun _ -> RegionMeasure.GeneralisedDice |> ofRegion [] }

    let private lovasz: Entry =
        { Name = "lovasz"
          Summary = "Lovász-softmax: the convex surrogate of 1 − IoU, over the whole batch"
          Source = "Berman et al. 2018, arXiv 1705.08790"
          Differs = ""
          Keys = [ choice "classes" [ "present"; "all" ] "all: a class without a pixel loses its largest probability" ]
          DefaultReduction = None
          Examples = [ "lovasz"; "lovasz:classes=all" ]
          Build = fun values -> RegionMeasure.Lovasz(classesOf values) |> ofRegion [] }

    let private log differs =
        $"unlike 1 − S, without bound; S at least 1e-7; {differs}"

    let entries: Entry list =
        [ overlap "dice" "1 − 2I/(P + Y)" diceSource smpSmooth OverlapForm.Complement (0.5, 0.5, 0.5)
          overlap "log-dice" "−ln(2I/(P + Y))" diceSource (log smpSmooth) OverlapForm.Logarithm (0.5, 0.5, 0.5)
          overlap "jaccard" "1 − I/(P + Y − I)" jaccardSource "" OverlapForm.Complement (1.0, 1.0, 1.0)
          overlap "log-jaccard" "−ln(I/(P + Y − I))" jaccardSource (log "") OverlapForm.Logarithm (1.0, 1.0, 1.0)
          tversky
          focalTversky
          generalisedDice
          lovasz ]
