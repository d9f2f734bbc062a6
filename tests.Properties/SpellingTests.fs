/// The spelling of losses, data and models, and what a reader is told when it is wrong.
module PatFramework.Properties.SpellingTests

open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open PatFramework.Losses

let private sentence text =
    match Catalogue.parse text with
    | Ok loss -> failwith $"accepted '{text}' as {loss}"
    | Error sentence -> sentence

[<TestCase("focl", "unknown loss 'focl'; did you mean 'focal'?")>]
[<TestCase("pta:temperature=3", "did you mean 'pat'?")>]
[<TestCase("pat:temprature=2", "did you mean 'temperature'?")>]
[<TestCase("pat:temprature=2", "(at character 5 of 'pat:temprature=2')")>]
[<TestCase("pat:temp=2", "did you mean 'temperature'?")>]
[<TestCase("pat:temperature=hot", "expected a finite number, received 'hot' (at character 5 of")>]
[<TestCase("pat:temperature=NaN", "expected a finite number")>]
[<TestCase("pat:temperature=2,weight=atached", "did you mean 'attached'?")>]
[<TestCase("pat:temperature=2,temperature=3", "given twice: keep one (at character 19 of")>]
[<TestCase("ce:reduction=maskmean", "did you mean 'mask-mean'?")>]
[<TestCase("ce:ignore=1.5", "expected an integer, received '1.5'")>]
[<TestCase("ce:smoothing", "expected key=value, received 'smoothing' (at character 4 of")>]
[<TestCase("ce:smoothing=0.1,", "expected key=value, received '' (at character 18 of")>]
[<TestCase("ce:smoothing=1", "smoothing must lie in [0, 1), received 1")>]
[<TestCase("ce:", "expected key=value")>]
[<TestCase("", "expected a name")>]
let ``what is wrong, where, and what to write`` (text: string, expected: string) =
    Assert.That(sentence text, Does.Contain expected)

[<TestCase(" ce : smoothing = 0.10 , reduction=mask-mean ", "ce:smoothing=0.1,reduction=mask-mean")>]
[<TestCase("pat:weight=attached,temperature=2e1", "pat:temperature=20")>]
[<TestCase("pat:ignore=11,temperature=20,reduction=mask-mean", "pat:temperature=20,ignore=11")>]
let ``spaces, order and defaults do not matter`` (text: string, canonical: string) =
    Assert.That(Catalogue.print (Members.parse text), Is.EqualTo canonical)

[<Test>]
let ``any temperature survives printing`` () =
    Check.definition Generators.temperatures (fun T ->
        let printed = Catalogue.print (Members.parse $"pat:temperature={T:R}")

        Assert.That(
            (Members.parse printed).Definition,
            Is.EqualTo(LossDefinition.Softmax(ce |> weighted (exponentialConfidence T) |> reducedBy meanOverMasks))
        ))

[<Test>]
let ``no text makes the parser throw`` () =
    let letters = Gen.elements (List.ofSeq "cepat:=, temru0.1e-∞")

    let texts = Gen.listOf letters |> Gen.map (List.toArray >> System.String) |> Arb.fromGen

    Check.definition texts (fun text ->
        match Catalogue.parse text with
        | Ok loss -> Assert.That(Catalogue.parse (Catalogue.print loss), Is.EqualTo(Catalogue.parse text))
        | Error sentence -> Assert.That(sentence, Is.Not.Empty))

[<TestCase("kitten", "sitting", 3)>]
[<TestCase("", "abc", 3)>]
[<TestCase("abc", "", 3)>]
[<TestCase("focal", "focal", 0)>]
let ``distances between words`` (a: string, b: string, edits: int) =
    Assert.That(Spelling.distance a b, Is.EqualTo edits)

[<Test>]
let ``every entry of the catalogue has examples that parse, a summary and a source`` () =
    for entry in Catalogue.entries do
        Assert.That(entry.Examples, Is.Not.Empty, entry.Name)
        Assert.That([ entry.Summary; entry.Source ], Has.None.Empty, entry.Name)

        for example in entry.Examples do
            Assert.That((Members.parse example).Name, Is.EqualTo entry.Name)
