/// Bars: the drawing of `pat bench loss`.
namespace PatFramework.Properties

open System.Xml.Linq
open NUnit.Framework
open PatFramework.Experiments

[<TestFixture>]
type BarChartTests() =

    [<Test>]
    member _.``bars are as long as their numbers and need nothing but themselves``() =
        let chart: BarChart.BarChart =
            { Title = "<title>"
              XTitle = "times"
              Series = [ "a"; "b" ]
              Groups = [ { Name = "one"; Lengths = [ 10.0; 5.0 ] }; { Name = "two"; Lengths = [ 2.5; nan ] } ]
              Mark = Some 1.0 }

        let svg = BarChart.page [ chart; chart ]
        let tree = XDocument.Parse svg

        let bars =
            [ for element in tree.Descendants() do
                  let kind = element.Attribute(XName.Get "class") |> Option.ofObj

                  if element.Name.LocalName = "rect" && kind.IsSome && kind.Value.Value.StartsWith "marker" then
                      float (nonNull (element.Attribute(XName.Get "width"))).Value ]

        // Two charts, each with two entries of the legend and three bars.
        let lengths = bars |> List.filter ((<>) 24.0)
        Assert.That(lengths, Has.Length.EqualTo 6)
        Assert.That(lengths[0] / lengths[1], Is.EqualTo(2.0).Within 0.01)
        Assert.That(lengths[0] / lengths[2], Is.EqualTo(4.0).Within 0.01)
        Assert.That(svg, Does.Not.Contain("NaN").And.Not.Contain("url(").And.Not.Contain "href")

    [<Test>]
    member _.``an empty chart is drawn``() =
        let chart: BarChart.BarChart = { Title = ""; XTitle = ""; Series = []; Groups = []; Mark = None }

        Assert.That((BarChart.page [ chart ] |> XDocument.Parse).Descendants() |> Seq.length, Is.Positive)
