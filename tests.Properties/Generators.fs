/// Batches that are likely to break a loss: ties, ±0, saturation, ±1e4, one class, absent classes, everything ignored,
/// single pixels, huge masks beside tiny ones.
module PatFramework.Properties.Generators

open FsCheck
open FsCheck.FSharp
open PatFramework.Losses

/// The ignored label of the generated batches.
let ignored = 255L

let private fill count (element: Gen<'a>) = Gen.arrayOfLength count element

let private real lower upper =
    Gen.choose (0, 1 <<< 30) |> Gen.map (fun k -> lower + (upper - lower) * float k / float (1 <<< 30))

let private sized images classes height width =
    { Images = images; Classes = classes; Height = height; Width = width }

let private smallShape =
    gen {
        let! images = Gen.choose (1, 3)
        let! classes = Gen.frequency [ 1, Gen.constant 1; 4, Gen.choose (2, 4); 2, Gen.choose (5, 9) ]
        let! height = Gen.choose (1, 5)
        let! width = Gen.choose (1, 6)
        return sized images classes height width
    }

let private singlePixel = Gen.choose (1, 5) |> Gen.map (fun C -> sized 1 C 1 1)

/// A row long enough that a mask of one pixel lies beside one of hundreds.
let private longRow =
    Gen.map2 (fun C width -> sized 1 C 1 width) (Gen.choose (2, 4)) (Gen.choose (100, 400))

/// Shapes small enough that thousands of cases take seconds.
let shape: Gen<BatchShape> = Gen.frequency [ 17, smallShape; 2, singlePixel; 1, longRow ]

/// Some pixel count or class count is 0.
let emptyShape: Gen<BatchShape> =
    Gen.elements
        [ { Images = 0; Classes = 3; Height = 2; Width = 2 }
          { Images = 2; Classes = 3; Height = 0; Width = 4 }
          { Images = 1; Classes = 1; Height = 5; Width = 0 } ]

/// Pixels about multiples of 16, 64 and 256, so that kernels that work in tiles have every tail; up to 40 classes.
let private tiledShape =
    gen {
        let! tile = Gen.elements [ 16; 64; 256 ]
        let! tail = Gen.elements [ -1; 0; 1; 7 ]
        let! classes = if tile = 256 then Gen.choose (1, 6) else Gen.choose (1, 40)
        let! images = Gen.choose (1, 2)
        return! Gen.elements [ sized images classes 1 (tile + tail); sized images classes (tile + tail) 1 ]
    }

/// Logits of ordinary size, away from the kinks of floating point.
let ordinaryLogits count : Gen<float[]> = fill count (real -4.0 4.0)

let private tiedLogits count =
    fill count (Gen.elements [ -1.0; 0.0; -0.0; 1.0 ])

let private saturatedLogits count =
    fill count (Gen.elements [ -1e4; -40.0; 0.0; 40.0; 1e4 ])

let private hugeLogits count = fill count (real -1e4 1e4)
let private tinyLogits count = fill count (real -1e-8 1e-8)

/// Logits of every kind, one kind a batch or all kinds mixed.
let logits count : Gen<float[]> =
    let kinds =
        [ ordinaryLogits; tiedLogits; saturatedLogits; hugeLogits; tinyLogits ]
        |> List.map (fun kind -> kind count)

    let mixed =
        gen {
            let! rows = Gen.sequenceToList kinds
            let! picks = fill count (Gen.choose (0, rows.Length - 1))
            return Array.mapi (fun i k -> rows[k][i]) picks
        }

    Gen.oneof (Gen.oneof [ ordinaryLogits count; real 10.0 60.0 |> fill count ] :: mixed :: kinds)

let private sprinkled share count (labels: Gen<int64[]>) =
    Gen.map2
        (Array.map2 (fun y percent -> if percent <= share then ignored else y))
        labels
        (fill count (Gen.choose (1, 100)))

let private label classes =
    Gen.choose (0, classes - 1) |> Gen.map int64

let private allOneClass classes count =
    label classes |> Gen.map (Array.create count)

let private fewClasses classes count =
    fill count (label (max 1 (classes / 2)))

/// One pixel of another class in a sea of one.
let private hugeAndTiny classes count =
    gen {
        let! sea = allOneClass classes count
        let! pixel = Gen.choose (0, max 0 (count - 1))
        let! drop = label classes
        return Array.mapi (fun i y -> if i = pixel then drop else y) sea
    }

/// Now and then an image without a single valid pixel beside others.
let private perhapsWithoutFirst (shape: BatchShape) (labels: Gen<int64[]>) =
    let blank = Array.mapi (fun i y -> if i < shape.PixelsPerImage then ignored else y)

    Gen.frequency [ 9, labels; 1, Gen.map blank labels ]

/// Labels of every kind, with none, some, most or all pixels ignored.
let labels (shape: BatchShape) : Gen<int64[]> =
    let classes, count = shape.Classes, shape.Pixels

    gen {
        let! share =
            Gen.frequency [ 4, Gen.constant 0; 4, Gen.constant 20; 2, Gen.constant 80; 1, Gen.constant 100 ]

        let! kind = Gen.elements [ (fun c n -> fill n (label c)); allOneClass; fewClasses; hugeAndTiny ]

        return! kind classes count |> sprinkled share count |> perhapsWithoutFirst shape
    }

let private batchOf (shapes: Gen<BatchShape>) (logits: int -> Gen<float[]>) =
    gen {
        let! shape = shapes
        let! z = logits (shape.Pixels * shape.Classes)
        let! y = labels shape

        return { Shape = shape; Logits = z; Labels = y }
    }

/// Keeps the part of a batch inside a smaller shape; labels that lose their class are ignored.
let crop (batch: LogitBatch) (smaller: BatchShape) : LogitBatch =
    let s = batch.Shape

    let at n c h w =
        ((n * s.Classes + c) * s.Height + h) * s.Width + w

    { Shape = smaller
      Logits =
        [| for n in 0 .. smaller.Images - 1 do
               for c in 0 .. smaller.Classes - 1 do
                   for h in 0 .. smaller.Height - 1 do
                       for w in 0 .. smaller.Width - 1 -> batch.Logits[at n c h w] |]
      Labels =
        [| for n in 0 .. smaller.Images - 1 do
               for h in 0 .. smaller.Height - 1 do
                   for w in 0 .. smaller.Width - 1 ->
                       let y = batch.Labels[(n * s.Height + h) * s.Width + w]
                       if y >= int64 smaller.Classes then ignored else y |] }

let private smallerShapes (s: BatchShape) =
    [ { s with Images = s.Images - 1 }
      { s with Height = s.Height - 1 }
      { s with Width = s.Width - 1 }
      { s with Classes = s.Classes - 1 } ]
    |> List.filter (fun t -> t.Images > 0 && t.Height > 0 && t.Width > 0 && t.Classes > 0)

let private zeroed (batch: LogitBatch) =
    [ for i in 0 .. batch.Logits.Length - 1 do
          if batch.Logits[i] <> 0.0 then
              { batch with Logits = Array.updateAt i 0.0 batch.Logits } ]

/// Smaller batches that may still fail: an image, row, column or class less, or a logit set to 0.
let shrink (batch: LogitBatch) : LogitBatch seq =
    Seq.append (smallerShapes batch.Shape |> Seq.map (crop batch)) (zeroed batch)

let private arbitrary generator = Arb.fromGenShrink (generator, shrink)

/// Batches of every kind.
let batches: Arbitrary<LogitBatch> = arbitrary (batchOf shape logits)

/// Batches with logits of ordinary size, for what holds only up to rounding of the logits.
let ordinaryBatches: Arbitrary<LogitBatch> = arbitrary (batchOf shape ordinaryLogits)

/// Batches whose pixels fill tiles, or nearly.
let tiledBatches: Arbitrary<LogitBatch> = arbitrary (batchOf tiledShape logits)

/// One image, logits of ordinary size.
let images: Arbitrary<LogitBatch> =
    arbitrary (batchOf (shape |> Gen.map (fun s -> { s with Images = 1 })) ordinaryLogits)

/// Batches without a single pixel.
let emptyBatches: Arbitrary<LogitBatch> = Arb.fromGen (batchOf emptyShape ordinaryLogits)

/// What losses are told about C classes: counts from 1 to millions, a variation that is the same for every pixel (0 and 1
/// among it), and gradient ratios; `rename` calls class c `rename[c]`.
let told (rename: int[]) (shape: BatchShape) : Given =
    let original = Array.init shape.Classes (fun c -> System.Array.IndexOf(rename, c))
    let pick (values: 'a[]) c = values[original[c] % values.Length]
    let variation = pick [| 0.3; 1.0; 0.0; 0.77; 0.5 |]

    { Counts = Some(Array.init shape.Classes (pick [| 900_000L; 1000L; 30_000L; 1L; 12L; 7_000_000L |]))
      Variation =
        Array.init (shape.Pixels * shape.Classes) (fun j -> variation (j / shape.PixelsPerImage % shape.Classes))
        |> Some
      Ratios = Some(Array.init shape.Classes (pick [| 2.0; 0.1; 0.8; 30.0; 0.0 |])) }

let reductions: Arbitrary<Reduction> =
    Catalogue.reductions |> List.map snd |> Gen.elements |> Arb.fromGen

/// Both, independently.
let both (first: Arbitrary<'a>) (second: Arbitrary<'b>) : Arbitrary<'a * 'b> =
    let shrink (a, b) =
        Seq.append (first.Shrinker a |> Seq.map (fun a -> a, b)) (second.Shrinker b |> Seq.map (fun b -> a, b))

    Arb.fromGenShrink (Gen.zip first.Generator second.Generator, shrink)

/// T from just above the smallest that PAT allows to nearly cross-entropy.
let temperatures: Arbitrary<float> =
    Gen.oneof [ real 0.368 3.0; real 3.0 50.0; Gen.elements [ 2.0; 5.0; 20.0; 1e3 ] ] |> Arb.fromGen

/// p in (0, 1], crowded towards both ends.
let probabilities: Arbitrary<float> =
    Gen.oneof
        [ real 0.001 1.0
          real 0.0 300.0 |> Gen.map (fun k -> 10.0 ** -k)
          real 0.0 15.0 |> Gen.map (fun k -> 1.0 - 10.0 ** -k)
          Gen.constant 1.0 ]
    |> Gen.filter (fun p -> p > 0.0)
    |> Arb.fromGen

/// A file's bytes with one or more of them changed.
let damaged (whole: byte[]) : Arbitrary<byte[]> =
    let write (bytes: byte[]) (place, value) =
        bytes[place] <- byte value
        bytes

    Gen.zip (Gen.choose (0, whole.Length - 1)) (Gen.choose (0, 255))
    |> Gen.nonEmptyListOf
    |> Gen.map (fun changes -> List.fold write (Array.copy whole) changes)
    |> Arb.fromGen
