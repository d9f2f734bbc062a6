/// The values of losses.md 1.1 and 9, computed by an independent program.
module PatFramework.Properties.Goldens

open NUnit.Framework
open PatFramework.Losses
open PatFramework.Properties.Comparison

/// One pixel (losses.md 9.1): z = (2, −1, .5, 0), y = 2.
let private pixel =
    { Shape = { Images = 1; Classes = 4; Height = 1; Width = 1 }
      Logits = [| 2.0; -1.0; 0.5; 0.0 |]
      Labels = [| 2L |] }

/// N = 2, C = 4, H = 2, W = 3 (losses.md 9.2): z[n,c,h,w] = 2 sin(1 + 3n + 5c + 7h + 11w).
let private batch labels =
    { Shape = { Images = 2; Classes = 4; Height = 2; Width = 3 }
      Logits =
        [| for n in 0..1 do
               for c in 0..3 do
                   for h in 0..1 do
                       for w in 0..2 -> 2.0 * sin (float (1 + 3 * n + 5 * c + 7 * h + 11 * w)) |]
      Labels = labels }

/// The batch in which every class has a mask, and the one in which class 3 is absent.
let private y1 = batch [| 0L; 0L; 0L; 0L; 1L; 2L; 0L; 1L; 1L; 3L; 0L; 255L |]
let private y2 = batch [| 0L; 0L; 0L; 0L; 1L; 2L; 0L; 1L; 1L; 0L; 0L; 255L |]

[<TestCase("ce", 1.842349582, 0.71009992, 0.03535379, -0.84155529, 0.09610157)>]
[<TestCase("pat:temperature=2", 1.209568953, 0.39816096, 0.01982327, -0.47186945, 0.05388523)>]
[<TestCase("pat:temperature=2,weight=detached", 1.209568953, 0.46620621, 0.02321104, -0.55251140, 0.06309415)>]
[<TestCase("pat:temperature=5", 1.556952906, 0.56506395, 0.02813288, -0.66966992, 0.07647309)>]
[<TestCase("pat:temperature=5,weight=detached", 1.556952906, 0.60009900, 0.02987717, -0.71119074, 0.08121457)>]
[<TestCase("pat:temperature=20", 1.766435968, 0.67090319, 0.03340230, -0.79510236, 0.09079687)>]
let ``one pixel`` (spelling: string, value: float, g0: float, g1: float, g2: float, g3: float) =
    let struct (l, g) = Definition.valueAndGradient (Members.parse spelling).Definition pixel

    equal (printed 9) "value" value l
    within (printed 8) "gradient" [| g0; g1; g2; g3 |] g

/// pixel-mean, all-pixel-mean, element-mean, mask-mean, image-mask-mean, mask-sum, class-mean.
let private columns =
    [ Reduction.PixelMean
      Reduction.AllPixelMean
      Reduction.ElementMean
      Reduction.MaskMean
      Reduction.ImageMaskMean
      Reduction.MaskSum
      Reduction.ClassMean ]

let private rows: (string * LogitBatch * string * float list) list =
    [ "Y1", y1, "ce", [ 2.03069117; 1.86146690; 0.46536673; 1.95655646; 1.95655646; 5.86966939; 1.55468602 ]
      "Y1",
      y1,
      "pat:temperature=5",
      [ 1.69744323; 1.55598963; 0.38899741; 1.64145724; 1.64145724; 4.92437173; 1.31915950 ]
      "Y1",
      y1,
      "pat:temperature=2",
      [ 1.30023401; 1.19188117; 0.29797029; 1.26426719; 1.26426719; 3.79280156; 1.03422484 ]
      "Y2", y2, "ce", [ 2.35115456; 2.15522501; 0.53880625; 2.25981402; 2.31117928; 5.64953504; 1.88904538 ]
      "Y2",
      y2,
      "pat:temperature=5",
      [ 1.95500858; 1.79209120; 0.44802280; 1.88425336; 1.92586333; 4.71063339; 1.58689642 ]
      "Y2",
      y2,
      "pat:temperature=2",
      [ 1.48498529; 1.36123652; 0.34030913; 1.43728063; 1.46747777; 3.59320159; 1.22495526 ] ]

let cells =
    [ for name, batch, spelling, values in rows do
          for reduction, value in List.zip columns values do
              TestCaseData(spelling, reduction, batch, value).SetArgDisplayNames(name, spelling, string reduction) ]

[<TestCaseSource(nameof cells)>]
let ``a batch under every reduction`` (spelling: string, reduction: Reduction, batch: LogitBatch, value: float) =
    equal
        (printed 8)
        "value"
        value
        (Definition.value (Members.Under((Members.parse spelling).Definition, reduction)) batch)

/// With uniform class weights both weighted means are the pixel mean; the sum is |V| of it.
[<Test>]
let ``the reductions without a column of their own`` () =
    let value reduction =
        Definition.value (Members.Under(LossDefinition.Softmax ce, reduction)) y1

    equal float64 "weighted-mean" (value Reduction.PixelMean) (value Reduction.WeightedMean)
    equal float64 "weighted-sum-mean" (value Reduction.PixelMean) (value Reduction.WeightedSumMean)
    equal float64 "sum" (11.0 * value Reduction.PixelMean) (value Reduction.Sum)

/// The PAT rows of the paper's Table 1, rounded half up to two decimals.
[<TestCase(2.0, "1.08 0.85 0.68 0.54 0.42 0.31 0.20 0.10")>]
[<TestCase(5.0, "1.37 1.05 0.81 0.63 0.47 0.34 0.21 0.10")>]
let ``Table 1 of the paper`` (T: float, cells: string) =
    let computed =
        Curve.sample (ce |> weighted (exponentialConfidence T)) [ for k in 2..9 -> float k / 10.0 ]

    let text =
        computed
        |> List.map (fun point -> (floor (point.Loss * 100.0 + 0.5) / 100.0).ToString "F2")
        |> String.concat " "

    Assert.That(text, Is.EqualTo cells)
