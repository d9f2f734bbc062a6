/// The values of losses.md 1.1 and 9, computed by an independent program.
module PatFramework.Properties.Goldens

open NUnit.Framework
open PatFramework.Losses
open PatFramework.Properties.Comparison

/// One pixel (losses.md 9.1): z = (2, −1, .5, 0), y = 2; class counts (1000, 100, 10, 1), variation ½, ratios (2, .8, .5, .1).
let private pixel =
    { Shape = { Images = 1; Classes = 4; Height = 1; Width = 1 }
      Logits = [| 2.0; -1.0; 0.5; 0.0 |]
      Labels = [| 2L |] }

let private toldOfPixel: Given =
    { Counts = Some [| 1000L; 100L; 10L; 1L |]
      Variation = Some(Array.create 4 0.5)
      Ratios = Some [| 2.0; 0.8; 0.5; 0.1 |] }

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
[<TestCase("focal", 1.304780175, 0.85178831, 0.04240804, -1.00947337, 0.11527701)>]
[<TestCase("focal:gamma=5", 0.777652035, 0.81957195, 0.04080408, -0.97129304, 0.11091700)>]
[<TestCase("inap:reduction=pixel-mean", 2.137100094, 1.06415461, 0.05298114, -1.26115342, 0.14401767)>]
[<TestCase("inap:tau=2,reduction=pixel-mean", 1.593824864, 0.35037553, 0.07817935, -0.55745083, 0.12889595)>]
[<TestCase("ldam:scale=1", 2.083911182, 0.73879077, 0.03678223, -0.87555746, 0.09998446)>]
[<TestCase("ldam", 53.435119878, 30.0, 0.0, -30.0, 0.0)>]
[<TestCase("balanced-softmax", 6.112488684, 0.99270822, 0.00494240, -0.99778497, 0.00013435)>]
[<TestCase("logit-adjustment:tau=0.5", 3.844050158, 0.95938285, 0.01510457, -0.97859328, 0.00410585)>]
[<TestCase("blv", 1.635391564, 0.62893850, 0.03689952, -0.80512395, 0.13928592)>]
[<TestCase("seesaw", 4.514549285, 0.98555604, 0.00244295, -0.98905146, 0.00105247)>]
[<TestCase("bce", 3.607413863, 0.88079708, 0.26894142, -0.37754067, 0.5)>]
[<TestCase("balanced-sigmoid", 8.554858229, 0.99501754, 0.09841929, -0.95700714, 0.00269542)>]
[<TestCase("balanced-sigmoid:form=code", 8.466030146, 0.98520011, 0.03511010, -0.98524617, 0.00090009)>]
[<TestCase("eql:lambda=0.05", 2.914266683, 0.88079708, 0.26894142, -0.37754067, 0.0)>]
[<TestCase("eqlv2", 4.603662331, 0.88079659, 0.13447071, -1.84753756, 0.00011241)>]
[<TestCase("gol", 3.200376443, 0.93385820, 0.19204687, -0.60653066, 0.58197671)>]
let ``one pixel`` (spelling: string, value: float, g0: float, g1: float, g2: float, g3: float) =
    let loss = Members.Told((Members.parse spelling).Definition, toldOfPixel)
    let struct (l, g) = Definition.valueAndGradient loss pixel
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
      "Y1", y1, "inap", [ 2.52545845; 2.31500358; 0.57875089; 2.39137080; 2.39137080; 7.17411241; 1.80734245 ]
      "Y1", y1, "focal", [ 1.69801297; 1.55651189; 0.38912797; 1.57440979; 1.57440979; 4.72322937; 1.12017623 ]
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

let private valueTold (counts: int64[]) (spelling: string) (batch: LogitBatch) =
    let told =
        { Given.counts counts with
            Variation = Some(Array.create batch.Logits.Length 0.5) }

    Definition.value (Members.Told((Members.parse spelling).Definition, told)) batch

[<TestCase("cb:beta=0.9,reduction=weighted-mean", 1.62092095)>]
[<TestCase("cb:beta=0.9", 1.00143318)>]
[<TestCase("cb:beta=0.9999,reduction=weighted-mean", 1.55475147)>]
[<TestCase("balanced-softmax", 1.60902375)>]
[<TestCase("ldam:scale=1", 2.29742994)>]
[<TestCase("ldam", 56.46510036)>]
[<TestCase("blv", 2.15269116)>]
[<TestCase("seesaw", 4.49520210)>]
[<TestCase("dice", 0.72932454)>]
[<TestCase("log-dice", 1.33105253)>]
[<TestCase("jaccard", 0.84193142)>]
[<TestCase("tversky", 0.71768032)>]
[<TestCase("focal-tversky", 0.77961148)>]
[<TestCase("generalised-dice", 0.77205451)>]
[<TestCase("lovasz", 0.71790160)>]
let ``the batch in which every class has a mask, with its own counts`` (spelling: string, value: float) =
    equal (printed 8) "value" value (valueTold [| 6L; 3L; 1L; 1L |] spelling y1)

[<TestCase("balanced-softmax", 1.49999676)>]
[<TestCase("cb:beta=0.9,reduction=weighted-mean", 1.97245234)>]
[<TestCase("dice", 0.54272881)>]
[<TestCase("dice:classes=present", 0.72363842)>]
[<TestCase("jaccard", 0.62906384)>]
[<TestCase("jaccard:classes=present", 0.83875179)>]
[<TestCase("lovasz", 0.73322250)>]
[<TestCase("lovasz:classes=all", 0.75531205)>]
let ``the batch in which class 3 is absent, with its own counts`` (spelling: string, value: float) =
    equal (printed 8) "value" value (valueTold [| 7L; 3L; 1L; 0L |] spelling y2)

[<TestCase("dice", -0.00898715, 0.00401261, 0.00097370, 0.00400084)>]
[<TestCase("log-dice", -0.02728133, 0.01159859, 0.00307362, 0.01260912)>]
[<TestCase("jaccard", -0.00655930, 0.00295529, 0.00070491, 0.00289910)>]
[<TestCase("tversky", -0.00834895, 0.00347387, 0.00095052, 0.00392455)>]
[<TestCase("focal-tversky", -0.00689421, 0.00287051, 0.00078447, 0.00323924)>]
[<TestCase("lovasz", -0.00429002, 0.00193260, 0.00045736, 0.00190007)>]
let ``the gradient of a region loss at the first pixel`` (spelling, g0: float, g1: float, g2: float, g3: float) =
    let struct (_, g) = Definition.valueAndGradient (Members.parse spelling).Definition y1
    within (printed 8) "gradient" [| g0; g1; g2; g3 |] (Array.init 4 (Batches.logit { y1 with Logits = g } 0))

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
