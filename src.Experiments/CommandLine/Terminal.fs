/// Where output goes: results to stdout, progress and failures to stderr.
module PatFramework.Experiments.Terminal

open System
open System.IO
open System.Text
open System.Text.Json
open System.Text.Json.Nodes
open Spectre.Console

/// How a verb shows its result.
[<RequireQualifiedAccess>]
type Output =
    | Text
    | Json

let private console (writer: TextWriter) redirected =
    let console = AnsiConsole.Create(AnsiConsoleSettings(Out = AnsiConsoleOutput writer))

    // A file or a pipe has no width of its own: leave room for whole tables.
    if redirected then
        console.Profile.Width <- 140

    console

/// Results.
let standard () =
    console Console.Out Console.IsOutputRedirected

/// Progress and failures.
let error () =
    console Console.Error Console.IsErrorRedirected

/// Whether bars can be drawn over themselves.
let interactive () =
    not Console.IsErrorRedirected && AnsiConsole.Profile.Capabilities.Interactive

let private options =
    JsonSerializerOptions(WriteIndented = true, Encoder = Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

/// A JSON object as text for people to read.
let document (json: JsonObject) = json.ToJsonString options

/// Shows a result: as one JSON object on stdout, or as text.
let emit output (json: unit -> JsonObject) (show: IAnsiConsole -> unit) =
    match output with
    | Output.Json -> Console.Out.WriteLine(document (json ()))
    | Output.Text -> show (standard ())

/// A line on stderr.
let note (line: string) = Console.Error.WriteLine line

/// A JSON value; null is JSON's null.
type Json = JsonNode | null

/// A JSON object from its members.
let json (members: (string * Json) list) =
    let result = JsonObject()

    for name, value in members do
        result[name] <- value

    result

/// A JSON array.
let jsonArray (items: Json seq) : Json = JsonArray(Array.ofSeq items)

/// A JSON number; JSON has none for infinities and NaN, which become null.
let jsonNumber (value: float) : Json =
    if Double.IsFinite value then JsonValue.Create value else null

/// A JSON string.
let jsonText (value: string | null) : Json = JsonValue.Create value

/// A JSON true or false.
let jsonFlag (value: bool) : Json = JsonValue.Create value

/// A whole JSON number.
let jsonCount (value: int64) : Json = JsonValue.Create value

/// Text of a table cell, with Spectre's markup escaped.
let cell (value: string) = Text value :> Rendering.IRenderable

/// A table with a header, numbers to the right.
let table (columns: (string * Justify) list) (rows: string list list) =
    let table = Table().Border TableBorder.Rounded

    for name, alignment in columns do
        let column = TableColumn(Text name)
        column.Alignment <- Nullable alignment
        column.NoWrap <- true
        table.AddColumn column |> ignore

    for row in rows do
        table.AddRow(row |> List.map cell |> List.toArray) |> ignore

    table

/// A number with a fixed count of decimals.
let decimals (digits: int) (value: float) =
    value.ToString("F" + string digits, Globalization.CultureInfo.InvariantCulture)

/// A number with as many significant digits, as an option takes it.
let significant (digits: int) (value: float) =
    value.ToString("G" + string digits, Globalization.CultureInfo.InvariantCulture)

/// The number, or NaN where there is none.
let orNaN (value: Nullable<float>) =
    if value.HasValue then value.Value else nan

/// A share as a percentage with one decimal, or a dash where there is none.
let percent (value: float) =
    if Double.IsFinite value then decimals 1 (100.0 * value) else "–"

/// The number for a JSON record, which has no NaN and no infinities.
let finiteOrNull (value: float) =
    if Double.IsFinite value then Nullable value else Nullable()
