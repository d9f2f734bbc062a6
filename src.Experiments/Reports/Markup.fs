/// HTML and SVG as trees: System.Xml.Linq escapes, so that no text can break a page.
module PatFramework.Experiments.Markup

open System.Globalization
open System.Xml.Linq

/// An element with attributes and children.
let element (name: string) (attributes: (string * string) list) (children: XNode list) =
    let parent = XElement(XName.Get name)
    attributes |> List.iter (fun (key, value) -> parent.SetAttributeValue(XName.Get key, value))
    children |> List.iter parent.Add
    parent :> XNode

/// Text, escaped when it is written.
let text (value: string) = XText value :> XNode

/// An element that holds only text.
let label name attributes value = element name attributes [ text value ]

/// A number for an attribute: a point as decimal mark and at most two decimals.
let number (value: float) =
    value.ToString("0.##", CultureInfo.InvariantCulture)

/// Writes a whole page: an HTML5 document type, then the tree. An element without children is closed in place only where HTML allows it.
let document (root: XNode) =
    let closed = set [ "meta"; "br"; "img"; "line"; "rect"; "circle"; "path"; "polyline"; "hr"; "col" ]

    let rec fill (node: XNode) =
        match node with
        | :? XElement as parent ->
            if parent.IsEmpty && not (closed.Contains parent.Name.LocalName) then
                parent.Value <- ""

            Seq.iter fill (List.ofSeq (parent.Nodes()))
        | _ -> ()

    fill root
    "<!DOCTYPE html>\n" + root.ToString SaveOptions.DisableFormatting + "\n"
