/// A report as one file that needs no other: HTML with its style sheet in it.
module PatFramework.Experiments.Page

open PatFramework.Experiments.Markup

/// A page with this title, further style sheets beside that of every report, and this body.
let render (title: string) (sheets: string list) body : string =
    let head =
        [ element "meta" [ "charset", "utf-8" ] []
          element "meta" [ "name", "viewport"; "content", "width=device-width, initial-scale=1" ] []
          label "title" [] title
          for sheet in Style.sheet :: sheets do
              label "style" [] sheet ]

    element "html" [ "lang", "en" ] [ element "head" [] head; element "body" [] body ] |> document
