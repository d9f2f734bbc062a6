/// A report as one file that needs no other, and the parts that reports share.
module PatFramework.Experiments.Page

open System
open PatFramework.Experiments.Markup

/// PNG bytes with a caption.
type Picture = { Caption: string; Png: byte[] }

/// A picture from its caption and its bytes.
let picture caption png = { Caption = caption; Png = png }

/// A page with this title, further style sheets beside that of every report, and this body.
let render (title: string) (sheets: string list) body : string =
    let head =
        [ element "meta" [ "charset", "utf-8" ] []
          element "meta" [ "name", "viewport"; "content", "width=device-width, initial-scale=1" ] []
          label "title" [] title
          for sheet in Style.sheet :: sheets do
              label "style" [] sheet ]

    element "html" [ "lang", "en" ] [ element "head" [] head; element "body" [] body ] |> document

/// A part of the page under a heading.
let section (heading: string) content =
    element "section" [] (label "h2" [] heading :: content)

/// A remark in small letters.
let remark (sentence: string) = label "p" [ "class", "soft" ] sentence

/// What is wider than a phone is scrolled within the page.
let scrolled content =
    element "div" [ "class", "scroll" ] [ content ]

/// A table from its headings and rows.
let table headings rows =
    element
        "table"
        []
        [ element "thead" [] [ element "tr" [] [ for name in headings -> label "th" [ "scope", "col" ] name ] ]
          element "tbody" [] rows ]
    |> scrolled

/// Names and what they are.
let facts (rows: (string * string) list) =
    let row (name, value) =
        element "tr" [] [ label "th" [ "scope", "row" ] name; label "td" [] value ]

    element "table" [ "class", "facts" ] [ element "tbody" [] (List.map row rows) ] |> scrolled

/// A name after a patch of its colour, a colour of CSS.
let swatch (colour: string) (name: string) =
    [ element "span" [ "class", "swatch"; "style", $"background:{colour}" ] [ text "" ]; text name ]

/// The colours of an overlay and their names.
let key (colours: (string * string) list) =
    element "ul" [ "class", "key" ] [ for colour, name in colours -> element "li" [] (swatch colour name) ]

/// A picture within the page.
let figure (picture: Picture) =
    let source = "data:image/png;base64," + Convert.ToBase64String picture.Png

    element
        "figure"
        []
        [ label "figcaption" [] picture.Caption
          element "img" [ "src", source; "alt", picture.Caption ] [] ]

/// Pictures beside each other.
let panel (pictures: Picture list) =
    element "div" [ "class", "panels" ] (List.map figure pictures)
