/// `pat loss …` as a user meets it: Table 1, curves, evaluation of files, proofs.
namespace PatFramework.Properties

open System
open System.IO
open System.Text.Json
open System.Xml.Linq
open NUnit.Framework
open PatFramework.Experiments
open PatFramework.Losses
open PatFramework.Properties.Comparison

[<TestFixture; NonParallelizable>]
type LossVerbTests() =

    let mutable folder = ""
    let inFolder name = Path.Combine(folder, name)

    let pat = Ran.pat

    let json = Ran.json

    let number (name: string) (parent: JsonElement) = parent.GetProperty(name).GetDouble()

    let text (name: string) (parent: JsonElement) =
        string (parent.GetProperty(name).GetString())

    let items (name: string) (parent: JsonElement) =
        [ for item in parent.GetProperty(name).EnumerateArray() -> item ]

    let refused (expected: string) arguments =
        let ran = pat arguments
        Assert.That(ran.Code, Is.Not.Zero)
        Assert.That(ran.Out, Is.Empty)
        Assert.That(ran.Error, Does.StartWith "pat: ")
        Assert.That(ran.Error, Does.Contain expected)

    /// A .npy file from its header's parts and bytes, as NumPy 1.24 writes it.
    let save name descriptor fortran shape (data: byte[]) =
        let header =
            $"{{'descr': '{descriptor}', 'fortran_order': {fortran}, 'shape': {shape}, }}".PadRight 117 + "\n"

        let bytes =
            [ [| 0x93uy; 78uy; 85uy; 77uy; 80uy; 89uy; 1uy; 0uy; byte header.Length; 0uy |]
              Text.Encoding.Latin1.GetBytes header
              data ]

        File.WriteAllBytes(inFolder name, Array.concat bytes)
        inFolder name

    let doubles (values: float[]) =
        Array.collect (fun (x: float) -> BitConverter.GetBytes x) values

    let singles (values: float[]) =
        Array.collect (fun (x: float) -> BitConverter.GetBytes(single x)) values

    /// Two images of 3 classes, 1 × 2 pixels, one of them ignored.
    let z = [| for k in 0..11 -> sin (float k) |]
    let y = [| 0L; 2L; 255L; 1L |]

    let batch =
        { Shape = { Images = 2; Classes = 3; Height = 1; Width = 2 }
          Logits = z
          Labels = y }

    let saveLogits () =
        save "z.npy" "<f8" false "(2, 3, 1, 2)" (doubles z)

    let saveLabels () =
        save "y.npy" "|u1" false "(2, 1, 2)" (Array.map byte y)

    [<SetUp>]
    member _.MakeFolder() =
        folder <- Directory.CreateTempSubdirectory("pat-loss-").FullName

    [<TearDown>]
    member _.DeleteFolder() = Directory.Delete(folder, true)

    [<Test>]
    member _.``all 32 cells of Table 1 are what the paper prints``() =
        let table = json [ "loss"; "table1" ]
        let cells = items "cells" table
        Assert.That((cells.Length, number "matching" table), Is.EqualTo((32, 32.0)))

        for cell in cells do
            Assert.That(number "rounded" cell, Is.EqualTo(float (text "printed" cell)))

    [<Test>]
    member _.``curves are written as drawing, page and numbers``() =
        let losses = [ "ce"; "pat:temperature=2"; "pat:temperature=5,weight=detached" ]

        for extension in [ ".svg"; ".html"; ".csv" ] do
            let ran = pat ([ "loss"; "curve" ] @ losses @ [ "--out"; inFolder ("curves" + extension) ])
            Assert.That(ran.Code, Is.Zero, ran.Error)

        let drawing = (XDocument.Load(inFolder "curves.svg")).Root |> nonNull
        let lines = drawing.Descendants(XName.Get("polyline", "http://www.w3.org/2000/svg"))
        Assert.That(Seq.length lines, Is.EqualTo 9)
        let page = File.ReadAllText(inFolder "curves.html")

        for words in losses @ [ "probability p of the label"; "in nats"; "Gain" ] do
            Assert.That(page, Does.Contain words)

        let rows = File.ReadAllLines(inFolder "curves.csv")
        Assert.That(rows[0], Is.EqualTo "loss,probability,value,weight,gain")
        Assert.That(rows, Has.Length.EqualTo(1 + 3 * 200))

        Assert.That(rows, Does.Contain $"ce,0.5,{-log 0.5:R},1,1")

        Assert.That(Array.last rows, Is.EqualTo "\"pat:temperature=5,weight=detached\",1,0,1,1")

    [<Test>]
    member _.``a curve that can't be written is refused``() =
        refused "not as '.txt'" [ "loss"; "curve"; "ce"; "--out"; inFolder "c.txt" ]
        refused "temperature" [ "loss"; "curve"; "pat"; "--out"; inFolder "c.svg" ]

    [<TestCase("definition", "<f8", 1e-14)>]
    [<TestCase("composed", "<f8", 1e-12)>]
    [<TestCase("definition", "<f4", 1e-6)>]
    [<TestCase("composed", "<f4", 1e-5)>]
    member _.``a loss of files is that of its definition, gradient included``
        (kernel: string, descriptor: string, tolerance: float)
        =
        let loss = Members.parse "pat:temperature=2"
        let struct (value, gradient) = Definition.valueAndGradient loss.Definition batch
        let data = if descriptor = "<f4" then singles z else doubles z
        let logits = save "z.npy" descriptor false "(2, 3, 1, 2)" data

        let result =
            json
                [ "loss"
                  "eval"
                  "pat:temperature=2"
                  "--logits"
                  logits
                  "--labels"
                  saveLabels ()
                  "--kernel"
                  kernel
                  "--grad"
                  inFolder "g.npy" ]

        let near = { Relative = tolerance; Absolute = tolerance }
        equal near "loss" value (number "loss" result)
        Assert.That(text "kernel" result, Is.EqualTo kernel)
        let written = Npy.read (inFolder "g.npy")
        Assert.That((written.Descriptor, written.Shape), Is.EqualTo((descriptor, [ 2; 3; 1; 2 ])))

        match written.Values with
        | Npy.Floats g -> within near "gradient" gradient g
        | Npy.Integers _ -> Assert.Fail "the gradient has no decimals"

    [<Test>]
    member _.``every loss of files is that of its definition by the composed kernel too``() =
        let counts =
            save "n.npy" "<i8" false "(3,)" (Array.collect (fun (n: int64) -> BitConverter.GetBytes n) [| 9L; 4L; 1L |])

        let noise =
            save "v.npy" "<f8" false "(2, 3, 1, 2)" (doubles [| for k in 0..11 -> float (k % 4) / 4.0 |])

        for spelling in "0.5*seesaw + 2*blv + lovasz" :: Members.All do
            let eval kernel =
                let gradient = inFolder $"{kernel}.npy"

                let files =
                    [ "--logits"; saveLogits (); "--labels"; saveLabels (); "--counts"; counts; "--noise"; noise ]

                let result = json ([ "loss"; "eval"; spelling; "--kernel"; kernel; "--grad"; gradient ] @ files)

                match (Npy.read gradient).Values with
                | Npy.Floats g -> number "loss" result, g
                | Npy.Integers _ -> invalidOp "the gradient has no decimals"

            let l, g = eval "definition"
            let l', g' = eval "composed"
            let near = { Relative = 1e-12; Absolute = 1e-12 }
            equal near $"{spelling}: loss" l l'
            within near $"{spelling}: gradient" g g'

    [<TestCase("definition")>]
    [<TestCase("composed")>]
    member _.``NaN logits give NaN, and --debug names the first``(kernel: string) =
        let z = z |> Array.mapi (fun j z -> if j = 9 then nan else z)

        let eval =
            [ "loss"
              "eval"
              "ce"
              "--logits"
              save "nan.npy" "<f8" false "(2, 3, 1, 2)" (doubles z)
              "--labels"
              saveLabels ()
              "--kernel"
              kernel ]

        Assert.That((pat eval).Out, Does.Contain "NaN")
        let ran = pat (eval @ [ "--debug" ])
        Assert.That(ran.Code, Is.EqualTo 1)
        Assert.That(ran.Error, Does.Contain "image 1, class 1, row 0, column 1 is NaN")

    [<Test>]
    member _.``what NumPy writes is read, and what is written is NumPy's format``() =
        let integers name descriptor bytes =
            match (save name descriptor false "(2,)" bytes |> Npy.read).Values with
            | Npy.Integers values -> values
            | Npy.Floats _ -> [||]

        let signed = [| -2L; 3L |]
        Expect.sameItems signed (integers "i1.npy" "|i1" [| 254uy; 3uy |])
        Expect.sameItems signed (integers "i2.npy" "<i2" [| 254uy; 255uy; 3uy; 0uy |])
        Expect.sameItems signed (integers "i4.npy" "<i4" [| 254uy; 255uy; 255uy; 255uy; 3uy; 0uy; 0uy; 0uy |])
        Expect.sameItems signed (integers "i8.npy" "<i8" (signed |> Array.collect (fun k -> BitConverter.GetBytes k)))
        Expect.sameItems [| 254L; 3L |] (integers "u1.npy" "|u1" [| 254uy; 3uy |])
        let ours, theirs = inFolder "ours.npy", save "theirs.npy" "<f8" false "(2, 3, 1, 2)" (doubles z)
        Npy.writeFloats ours "<f8" [ 2; 3; 1; 2 ] z
        Expect.sameItems (File.ReadAllBytes theirs) (File.ReadAllBytes ours)

    [<Test>]
    member _.``files that don't fit are refused with what to save instead``() =
        let labels, logits = saveLabels (), saveLogits ()

        let eval z y =
            [ "loss"; "eval"; "ce"; "--logits"; z; "--labels"; y ]

        refused "'>f8'" (eval (save "b.npy" ">f8" false "(2, 3, 1, 2)" (doubles z)) labels)
        refused "12 numbers of 8 bytes" (eval (save "s.npy" "<f8" false "(2, 3, 1, 2)" (doubles z[..4])) labels)
        refused "N×C×H×W" (eval labels labels)
        refused "integers of shape 2×1×2" (eval logits logits)
        refused "label 7" (eval logits (save "y7.npy" "|u1" false "(2, 1, 2)" [| 0uy; 7uy; 1uy; 1uy |]))
        File.WriteAllText(inFolder "t.npy", "nothing of NumPy's in here")
        refused "no .npy file" (eval (inFolder "t.npy") labels)
        refused "none.npy" (eval (inFolder "none.npy") labels)

    [<Test>]
    member _.``prove says what is proved and what is refuted, with a point``() =
        let verdicts loss =
            json [ "loss"; "prove"; loss; "--box"; "-5,5"; "--classes"; "2" ]
            |> items "statements"
            |> List.map (fun statement -> text "says" statement, text "verdict" statement)

        Assert.That(verdicts "pat:temperature=2" |> List.forall (snd >> (=) "proved"))
        let refuted = verdicts "ce" |> List.filter (snd >> (=) "refuted") |> List.map fst
        Expect.sameItems [ (Statements.maskSizeInvariance meanOverPixels).Says ] refuted
        Assert.That((pat [ "loss"; "prove"; "ce" ]).Out, Does.Contain "a mask of 2 pixels counts 1.5 times")

    [<Test>]
    member _.``a box or class count that can't be proved over is refused``() =
        refused "LO,HI" [ "loss"; "prove"; "ce"; "--box"; "3" ]
        refused "2 to 6" [ "loss"; "prove"; "ce"; "--classes"; "9" ]
        refused "--counts 1000,100,10" [ "loss"; "prove"; "cb"; "--counts"; "1000,few" ]
        refused "give --counts alone" [ "loss"; "prove"; "cb"; "--counts"; "9,9,9"; "--classes"; "2" ]

    [<Test>]
    member _.``prove tells a loss the counts given, or says which example it took``() =
        let prove arguments =
            (pat ([ "loss"; "prove" ] @ arguments)).Out

        Assert.That(prove [ "cb" ], Does.Contain "told: pixel counts 1000, 100, 10, an example: give --counts")
        let balanced = prove [ "cb"; "--counts"; "50,50" ]
        Assert.That(balanced, Does.Contain "told: pixel counts 50, 50")
        Assert.That(balanced, Does.Not.Contain "example")
        Assert.That(prove [ "blv" ], Does.Contain "told: a variation of 1, the largest")
        Assert.That(prove [ "eqlv2" ], Does.Contain "gradient ratios 9.09091, 0.0990099, 0.0090909")
        Assert.That(prove [ "ce" ], Does.Not.Contain "told")
        Assert.That(prove [ "dice" ], Does.Contain "logits of two pixels of 2 classes")
