/// The page about a data set: how long its tail is, which classes occur together, how large their masks are. No script, no network.
module PatFramework.Experiments.DataPage

open System.Globalization
open PatFramework.Experiments.DataSummary
open PatFramework.Experiments.Markup

let private groups = [ "head"; "medium"; "tail" ]

let private grouped (value: int64) =
    value.ToString("N0", CultureInfo.InvariantCulture)

let private bar (item: ClassSummary) : DataCharts.Bar =
    { Name = item.Name
      Share = item.Share
      Series = List.findIndex ((=) item.Group) groups
      Hover = $"{item.Name}: {grouped item.Pixels} pixels, {DataCharts.percent item.Share} %%, in {item.Images} images" }

let private shareChart (split: SplitSummary) =
    split.Classes
    |> List.sortByDescending _.Pixels
    |> List.map bar
    |> DataCharts.shares $"Share of the pixels, {split.Name} (logarithmic)" groups

let private names (split: SplitSummary) =
    split.Classes |> List.map (fun item -> item.Name)

let private share part whole =
    if whole = 0L then nan else float part / float whole

let private togetherChart (split: SplitSummary) =
    let classes = Array.ofList split.Classes
    let count row column = classes[row].Together[column]

    DataCharts.matrix
        { Title = "Of 100 images with the class of the row, how many have the column's"
          RowTitle = "images with"
          Rows = names split
          Columns = names split
          Share = fun row column -> share (count row column) classes[row].Images
          Hover =
            fun row column ->
                $"{classes[row].Name} and {classes[column].Name}: {count row column} images; {classes[row].Name}: {classes[row].Images}" }

let private maskChart (split: SplitSummary) =
    let classes = Array.ofList split.Classes
    let bins = classes[0].Histogram.Length

    DataCharts.matrix
        { Title =
            "Of 100 masks of the row, how many have at least as many pixels as the column says, and fewer than the next"
          RowTitle = "masks of"
          Rows = names split
          Columns = [ for bin in 0 .. bins - 1 -> short (binStart bin) ]
          Share = fun row bin -> share classes[row].Histogram[bin] classes[row].Images
          Hover =
            fun row bin ->
                $"{classes[row].Name}: {classes[row].Histogram[bin]} of {classes[row].Images} masks have {grouped (binStart bin)} to {grouped (binStart (bin + 1) - 1L)} pixels" }

let private table (split: SplitSummary) =
    let heading (name, kind) =
        label "th" [ "class", kind; "scope", "col" ] name

    let row (item: ClassSummary) =
        element
            "tr"
            []
            [ element "td" [] (Page.swatch item.Colour item.Name)
              label "td" [] item.Group
              label "td" [ "class", "wide" ] (grouped item.Pixels)
              label "td" [] (DataCharts.percent item.Share)
              label "td" [] (string item.Images)
              label "td" [ "class", "wide" ] (grouped item.Smallest)
              label "td" [] (grouped item.Median)
              label "td" [ "class", "wide" ] (grouped item.Largest) ]

    let headings =
        [ "class", ""
          "group", ""
          "pixels", "wide"
          "%", ""
          "images", ""
          "least mask", "wide"
          "median mask", ""
          "largest mask", "wide" ]

    element
        "table"
        []
        [ element "thead" [] [ element "tr" [] (List.map heading headings) ]
          element "tbody" [] (List.map row split.Classes) ]
    |> Page.scrolled

let private facts (split: SplitSummary) =
    let listed group =
        match members split group with
        | [] -> $"{group}: none"
        | names -> $"""{group}: {String.concat ", " names}"""

    [ label
          "p"
          []
          $"{split.Images} images; {Terminal.percent split.Ignored} %% of the pixels have no class. The commonest class has {Terminal.decimals 1 split.Imbalance} times the pixels of the rarest that occurs."
      Page.remark (groups |> List.map listed |> String.concat "; " |> fun words -> words + ".") ]

let private ofSplit (split: SplitSummary) =
    Page.section split.Name (facts split @ [ Page.scrolled (shareChart split); table split ])
    :: [ Page.section $"{split.Name}: which classes occur together" [ togetherChart split ]
         Page.section
             $"{split.Name}: sizes of masks"
             [ Page.remark
                   "A mask is all pixels of a class in one image. Columns are powers of four: each doubles the side of a square."
               maskChart split ] ]

/// The page as HTML.
let html (data: string) (splits: SplitSummary list) : string =
    let title = $"Statistics of {data}"

    let lead =
        "Groups by share of the pixels that have a class: head from 10 %, medium from 2 %, tail below. Point at a bar or a cell for its counts."

    let body = label "h1" [] title :: label "p" [ "class", "lead" ] lead :: List.collect ofSplit splits

    Page.render title [ DataCharts.style ] body
