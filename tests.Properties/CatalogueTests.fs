/// What the losses of the catalogue are to each other, at the ends of their parameters, and what they refuse.
module PatFramework.Properties.CatalogueTests

open System
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Losses
open PatFramework.Properties.Comparison

let private toldOf (counts: int64[]) (batch: LogitBatch) : Given =
    { Generators.told [| 0 .. batch.Shape.Classes - 1 |] batch.Shape with
        Counts = Some counts }

let private definition (spelling: string) (given: Given) =
    Members.Told((Members.parse spelling).Definition, given)

let private value spelling counts batch =
    Definition.value (definition spelling (toldOf counts batch)) batch

let private countsOf (batch: LogitBatch) =
    Array.init batch.Shape.Classes (fun c -> 1L + int64 (pown 7 (c % 6)))

/// The same value and gradient on every batch.
let private agree (counts: LogitBatch -> int64[]) (one: string) (other: string) =
    Check.definition Generators.batches (fun batch ->
        let told = toldOf (counts batch) batch
        let struct (l, g) = Definition.valueAndGradient (definition one told) batch
        let struct (l', g') = Definition.valueAndGradient (definition other told) batch
        let scale = float batch.Shape.Classes
        equalAt float64 scale one l' l
        eachWithin float64 (Array.create g.Length scale) one g' g)

[<TestCase("focal:gamma=0", "ce")>]
[<TestCase("logit-adjustment:tau=0", "ce")>]
[<TestCase("logit-adjustment:tau=1", "balanced-softmax")>]
[<TestCase("cb:beta=0", "ce")>]
[<TestCase("cb:n=1", "ce")>]
[<TestCase("cb:beta=0.75", "cb:n=4")>]
[<TestCase("cbfocal:beta=0.9,gamma=0", "cb:beta=0.9")>]
[<TestCase("cbfocal:beta=0,gamma=3", "focal:gamma=3")>]
[<TestCase("ldam:margin=0,scale=1", "ce")>]
[<TestCase("blv:sigma=0", "ce")>]
[<TestCase("seesaw:p=0,q=0", "ce")>]
[<TestCase("seql:lambda=0", "ce")>]
[<TestCase("seql:lambda=1,gamma=0", "ce")>]
[<TestCase("pat:temperature=1e12,reduction=pixel-mean", "ce")>]
[<TestCase("eql:lambda=0", "bce")>]
[<TestCase("tversky:fp=0.5,fn=0.5", "dice")>]
[<TestCase("tversky:fp=1,fn=1", "jaccard")>]
[<TestCase("focal-tversky:gamma=1", "tversky")>]
[<TestCase("0.25*ce + 0.75*ce", "ce")>]
let ``the limits of a loss`` (spelling: string, limit: string) = agree countsOf spelling limit

[<TestCase("balanced-softmax", "ce")>]
[<TestCase("logit-adjustment:tau=3", "ce")>]
[<TestCase("cb", "ce")>]
[<TestCase("cb:beta=0.9999", "ce")>]
[<TestCase("seesaw:q=0", "ce")>]
[<TestCase("balanced-sigmoid", "bce")>]
let ``uniform counts change nothing`` (spelling: string, limit: string) =
    agree (fun batch -> Array.create batch.Shape.Classes 1234L) spelling limit

[<TestCase("balanced-softmax")>]
[<TestCase("ldam")>]
[<TestCase("seesaw")>]
[<TestCase("cb:beta=0.5,reduction=sum")>]
let ``what a count is worth`` (spelling: string) =
    // Only the ratios of counts matter, except to class-balanced weights, which saturate.
    Check.definition Generators.batches (fun batch ->
        let n = countsOf batch
        let tenfold = n |> Array.map ((*) 10L)

        if spelling.StartsWith("cb", StringComparison.Ordinal) then
            let E = ClassStatistics.effectiveNumbers 0.5 tenfold
            within float64 "E" (tenfold |> Array.map (fun n_c -> (1.0 - 0.5 ** float n_c) / 0.5)) E
        else
            let l = value spelling n batch
            equalAt float64 30.0 spelling l (value spelling tenfold batch))

[<Test>]
let ``focal is at most cross-entropy, jaccard at least dice, and overlaps lie in [0, 1]`` () =
    Check.definition Generators.batches (fun batch ->
        let of' spelling = value spelling (countsOf batch) batch
        between 0.0 (of' "ce") "focal ≤ ce" (of' "focal")
        between (of' "focal:gamma=5") (of' "ce") "falls in γ" (of' "focal:gamma=2")
        between (of' "dice") 1.0 "dice ≤ jaccard" (of' "jaccard")

        for name in [ "dice"; "tversky"; "focal-tversky"; "generalised-dice"; "lovasz"; "lovasz:classes=all" ] do
            between 0.0 1.0 name (of' name))

[<Test>]
let ``a class that was never counted has prior 0, weight 0, the rarest's margin and rarity`` () =
    let n = [| 90L; 9L; 1L; 0L |]
    within float64 "π" [| 0.9; 0.09; 0.01; 0.0 |] (ClassStatistics.priors n)
    Assert.That((ClassStatistics.logPriors n)[3], Is.EqualTo -infinity)
    Assert.That((ClassStatistics.classBalanced None n)[3], Is.Zero)
    equal float64 "Σ w" 4.0 (Array.sum (ClassStatistics.classBalanced (Some 0.01) n))

    within
        float64
        "Δ"
        [| 0.5 * (1.0 / 90.0) ** 0.25; 0.5 * (1.0 / 9.0) ** 0.25; 0.5; 0.5 |]
        (ClassStatistics.margins 0.5 n)

    within float64 "rarity" [| log 0.9 / log 0.01; log 0.09 / log 0.01; 1.0; 1.0 |] (ClassStatistics.rarities n)
    within float64 "odds" [| log 9.0; log (0.09 / 0.91); -(log 99.0); -(log 99.0) |] (ClassStatistics.logOdds n)
    within float64 "alone" [| 0.0; 1.0 |] (ClassStatistics.rarities [| 5L; 0L |])
    within float64 "nothing counted" [| 0.0; 0.0 |] (ClassStatistics.classBalanced None [| 0L; 0L |])

[<Test>]
let ``effective numbers near β = 1 keep their digits`` () =
    // E = n − n(n − 1)/2N + n(n − 1)(n − 2)/6N² …, N ≫ n
    for n in [ 1.0; 1e3; 1e6 ] do
        let N = 1e13
        let series = n - n * (n - 1.0) / (2.0 * N) + n * (n - 1.0) * (n - 2.0) / (6.0 * N * N)
        let E = ClassStatistics.effectiveNumbers (1.0 / N) [| int64 n |]
        within { Relative = 1e-14; Absolute = 0.0 } $"n = {n}" [| series |] E

[<TestCase("cb")>]
[<TestCase("balanced-softmax")>]
[<TestCase("ldam")>]
[<TestCase("blv")>]
[<TestCase("seesaw")>]
[<TestCase("seql")>]
[<TestCase("eql")>]
[<TestCase("balanced-sigmoid")>]
[<TestCase("0.5*ce + 0.5*balanced-softmax")>]
let ``a loss that needs class counts says so`` (spelling: string) =
    let loss = (Members.parse spelling).Definition
    Assert.That(Definition.needsCounts loss)

    match Definition.bind Given.nothing loss with
    | Ok _ -> Assert.Fail "bound without counts"
    | Error sentence -> Assert.That(sentence, Does.Contain "pixels of each class")

let private pixel: LogitBatch =
    { Shape = { Images = 1; Classes = 3; Height = 1; Width = 1 }
      Logits = [| 1.0; 0.0; -1.0 |]
      Labels = [| 2L |] }

[<Test>]
let ``a label that was never counted, and what does not fit, are refused`` () =
    let refused sentence spelling given =
        let act = Action(fun () -> Definition.value (definition spelling given) pixel |> ignore)
        Assert.That(act, Throws.ArgumentException.With.Message.Contains sentence)

    refused "never does" "balanced-softmax" (Given.counts [| 5L; 5L; 0L |])
    refused "3 are needed, received 2" "ldam" (Given.counts [| 5L; 5L |])
    refused "random part" "blv" (Given.counts [| 5L; 5L; 5L |])

[<Test>]
let ``the variation belongs to its pixel and class`` () =
    Check.definition Generators.batches (fun batch ->
        let n = countsOf batch
        let v = Array.init batch.Logits.Length (fun j -> float (j * 37 % 101) / 100.0)
        let c = ClassStatistics.rarities n
        let size = batch.Shape.PixelsPerImage
        let shifted = batch.Logits |> Array.mapi (fun j z -> z + c[j / size % c.Length] * v[j])
        let blv = definition "blv" { Given.counts n with Variation = Some v }
        let ce = definition "ce" Given.nothing
        equal float64 "blv" (Definition.value ce { batch with Logits = shifted }) (Definition.value blv batch))

[<Test>]
let ``seesaw's state counts labels, and equalization v2's its gradients`` () =
    let seen = ClassStatistics.accumulate [| 0L; 2L; 2L; 255L; -1L |] [| 1L; 1L; 1L |]
    Assert.That((seen = [| 2L; 1L; 3L |]), $"{seen}")

    match (Members.parse "eqlv2").Definition with
    | LossDefinition.Sigmoid eqlv2 ->
        let start = GradientSums.start 3
        within float64 "start" [| 100.0; 100.0; 100.0 |] (GradientSums.ratios start)
        let σ z = 1.0 / (1.0 + exp -z)
        let next = GradientSums.step eqlv2 pixel start
        within float64 "positive" [| 0.0; 0.0; σ 1.0 |] next.Positive
        within float64 "negative" [| σ 1.0; σ 0.0; 0.0 |] next.Negative
        let struct (_, g) = Definition.valueAndGradient (LossDefinition.Sigmoid eqlv2) pixel
        within float64 "the step adds up gradients" (Array.map abs g) (Array.map2 (+) next.Positive next.Negative)
        let after = GradientSums.step eqlv2 pixel next
        Assert.That(after.Negative[0] - next.Negative[0], Is.LessThan 1e-3, "a class without positives: r ≈ 0")
    | other -> Assert.Fail $"{other}"

/// The errors of each class in the order of their size.
let private lovaszOrder (batch: LogitBatch) =
    [ for c in 0 .. batch.Shape.Classes - 1 ->
          Batches.valid batch
          |> Array.sortBy (fun i ->
              let p = Elementary.softmax (Array.init batch.Shape.Classes (Batches.logit batch i))
              if batch.Labels[i] = int64 c then p[c] - 1.0 else -p[c]) ]

[<Test>]
let ``Lovász's gradient is that of central differences between its kinks`` () =
    let loss = definition "lovasz" Given.nothing

    Check.definition Generators.ordinaryBatches (fun batch ->
        let h = 1e-5
        let j = abs (hash batch.Labels) % batch.Logits.Length

        let at d =
            { batch with Logits = Array.updateAt j (batch.Logits[j] + d) batch.Logits }

        if lovaszOrder (at h) = lovaszOrder (at -h) then
            let difference = (Definition.value loss (at h) - Definition.value loss (at -h)) / (2.0 * h)
            let struct (_, g) = Definition.valueAndGradient loss batch
            equal differences "dL/dz" difference g[j])

[<Test>]
let ``Lovász of certain predictions is 1 − IoU, and of right ones every region loss is 0`` () =
    let certain (labels: int64[]) (predicted: int[]) =
        { Shape = { Images = 1; Classes = 3; Height = 1; Width = labels.Length }
          Logits =
            [| for c in 0..2 do
                   for p in predicted -> if p = c then 1e4 else 0.0 |]
          Labels = labels }

    let wrong = certain [| 0L; 0L; 0L; 1L; 1L; 2L |] [| 0; 0; 1; 1; 2; 2 |]
    equal float64 "1 − mIoU" (1.0 - (2.0 / 3.0 + 1.0 / 3.0 + 1.0 / 2.0) / 3.0) (value "lovasz" [| 1L; 1L; 1L |] wrong)
    let right = certain [| 0L; 0L; 1L; 2L |] [| 0; 0; 1; 2 |]

    for spelling in Members.Region do
        equal float64 spelling 0.0 (value spelling [| 1L; 1L; 1L |] right)

[<TestCase("focal:gamma=-1", "gamma must be 0 or more, received -1")>]
[<TestCase("inap:tau=0", "tau must be greater than 0")>]
[<TestCase("cb:beta=1", "beta must lie in [0, 1), received 1")>]
[<TestCase("cb:beta=0.9,n=10", "keep one")>]
[<TestCase("cb:n=0.5", "n must be 1 or more")>]
[<TestCase("ldam:scale=0", "scale must be greater than 0")>]
[<TestCase("seesaw:eps=2", "eps must lie in [0, 1]")>]
[<TestCase("seql:gamma=1.5", "gamma must lie in [0, 1]")>]
[<TestCase("tversky:fp=-0.1", "fp must be 0 or more")>]
[<TestCase("generalised-dice:classes=all", "unknown value 'all'")>]
[<TestCase("dice:reduction=sum", "unknown dice key 'reduction'")>]
[<TestCase("0*ce", "greater than 0, received '0'")>]
[<TestCase("half*ce + dice", "write 0.5*ce + 0.5*dice")>]
[<TestCase("0.5*ce + ", "expected a name")>]
let ``what makes no loss is refused with the reason`` (spelling: string, reason: string) =
    match Catalogue.parse spelling with
    | Ok loss -> Assert.Fail $"accepted {loss}"
    | Error sentence -> Assert.That(sentence, Does.Contain reason)

[<TestCase("0.5*ce+0.5*dice", "0.5*ce + 0.5*dice")>]
[<TestCase(" ce + 2.50*pat:temperature=1e+20 ", "1*ce + 2.5*pat:temperature=1E+20")>]
[<TestCase("0.5 * focal:gamma=2,reduction=sum + lovasz", "0.5*focal:reduction=sum + 1*lovasz")>]
let ``weighted sums print as they parse`` (text: string, canonical: string) =
    let loss = Members.parse text
    Assert.That(Catalogue.print loss, Is.EqualTo canonical)
    Assert.That(Members.parse canonical, Is.EqualTo loss)

[<Test>]
let ``a weighted sum is the sum of its terms, gradients too`` () =
    Check.definition Generators.batches (fun batch ->
        let at spelling =
            Definition.valueAndGradient (definition spelling (toldOf (countsOf batch) batch)) batch

        let struct (l, g) = at "0.5*balanced-softmax + 2*dice"
        let struct (a, ga) = at "balanced-softmax"
        let struct (b, gb) = at "dice"
        equal float64 "value" (0.5 * a + 2.0 * b) l
        within float64 "gradient" (Array.map2 (fun x y -> 0.5 * x + 2.0 * y) ga gb) g)

[<Test>]
let ``Gumbel's probabilities and the straight line below −4`` () =
    let gol z y =
        let batch =
            { Shape = { Images = 1; Classes = 2; Height = 1; Width = 1 }
              Logits = z
              Labels = [| y |] }

        Definition.value (definition "gol" Given.nothing) batch

    let P z = exp -(exp -z)

    for z in [ -3.5; -1.0; 0.0; 2.0; 8.0 ] do
        equal { float64 with Absolute = 1e-12 } $"z = {z}" (-log(P z) - log (1.0 - P -z)) (gol [| z; -z |] 0L)

    let far = exp 4.0 * (1.0 + 9996.0)
    equal float64 "−1e4 and 1e4" (far + 1e4) (gol [| -1e4; 1e4 |] 0L)
