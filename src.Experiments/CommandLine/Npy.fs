/// NumPy's .npy files (format 1 to 3; NumPy Enhancement Proposal 1): little-endian numbers in C order.
module PatFramework.Experiments.Npy

open System
open System.Buffers.Binary
open System.Globalization
open System.IO
open System.Text
open System.Text.RegularExpressions

/// The numbers of an array, flat in C order.
type Values =
    | Floats of float[]
    | Integers of int64[]

/// An array: `Descriptor` is NumPy's name of the type, `<f4` for float32.
type NpyArray = { Descriptor: string; Shape: int list; Values: Values }

let private magic = [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y' |]

let private floats: Map<string, int * (ReadOnlyMemory<byte> -> float)> =
    Map
        [ "<f4", (4, (fun bytes -> float (BinaryPrimitives.ReadSingleLittleEndian bytes.Span)))
          "<f8", (8, (fun bytes -> BinaryPrimitives.ReadDoubleLittleEndian bytes.Span)) ]

let private integers: Map<string, int * (ReadOnlyMemory<byte> -> int64)> =
    Map
        [ "|u1", (1, (fun bytes -> int64 bytes.Span[0]))
          "|i1", (1, (fun bytes -> int64 (sbyte bytes.Span[0])))
          "<i2", (2, (fun bytes -> int64 (BinaryPrimitives.ReadInt16LittleEndian bytes.Span)))
          "<i4", (4, (fun bytes -> int64 (BinaryPrimitives.ReadInt32LittleEndian bytes.Span)))
          "<i8", (8, (fun bytes -> BinaryPrimitives.ReadInt64LittleEndian bytes.Span)) ]

let private problem path sentence : 'a = Outcome.fail $"{path}: {sentence}"

/// Where the header's text lies: after the magic string, two bytes of version and its length.
let private headerAt path (bytes: byte[]) =
    let enough = bytes.Length >= 12 && bytes.AsSpan(0, 6).SequenceEqual(magic.AsSpan())

    if not enough then
        problem path "this is no .npy file: write it with numpy.save."

    let start, length =
        match bytes[6] with
        | 1uy -> 10, int (BinaryPrimitives.ReadUInt16LittleEndian(ReadOnlySpan(bytes, 8, 2)))
        | _ -> 12, int (BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan(bytes, 8, 4)))

    if length < 0 || start + length > bytes.Length then
        problem path "the file ends within its header: write it again."

    start, length

let private field path (pattern: string) name (header: string) =
    let found = Regex.Match(header, pattern)

    if found.Success then
        found.Groups[1].Value
    else
        problem path $"the header has no {name}: write the file with numpy.save."

let private sides path (text: string) =
    text.Split(',', StringSplitOptions.RemoveEmptyEntries ||| StringSplitOptions.TrimEntries)
    |> Array.map (fun side ->
        match Int32.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, length -> length
        | _ -> problem path $"the shape ({text}) is not one of whole numbers that fit 32 bits.")
    |> List.ofArray

let private items path (data: ReadOnlyMemory<byte>) (shape: int list) (size: int, read) =
    let count = shape |> List.fold (fun count side -> count * int64 side) 1L

    if count * int64 size <> int64 data.Length then
        problem path $"{count} numbers of {size} bytes are announced, but {data.Length} bytes follow: write it again."

    Array.init (int count) (fun i -> read (data.Slice(i * size, size)))

let private values path descriptor data shape =
    match Map.tryFind descriptor floats, Map.tryFind descriptor integers with
    | Some kind, _ -> Floats(items path data shape kind)
    | _, Some kind -> Integers(items path data shape kind)
    | _ ->
        problem
            path
            $"numbers of type '{descriptor}' can't be read: save float32 or float64 ('<f4', '<f8'), or integers ('|u1', '|i1', '<i2', '<i4', '<i8')."

/// The array in a file, or one sentence that says what is wrong with it.
let read (path: string) : NpyArray =
    let bytes = File.ReadAllBytes path
    let start, length = headerAt path bytes
    let header = Encoding.Latin1.GetString(bytes, start, length)

    if field path "'fortran_order': *(True|False)" "'fortran_order'" header = "True" then
        problem path "the array lies in Fortran order: save numpy.ascontiguousarray(a)."

    let descriptor = field path "'descr': *'([^']*)'" "plain 'descr'" header
    let shape = field path "'shape': *\\(([^)]*)\\)" "'shape'" header |> sides path
    let data = ReadOnlyMemory(bytes, start + length, bytes.Length - start - length)

    { Descriptor = descriptor
      Shape = shape
      Values = values path descriptor data shape }

/// `(2, 3)`, and `(2,)` of one side, as Python writes tuples.
let private tuple (shape: int list) =
    match shape with
    | [ side ] -> $"({side},)"
    | _ -> shape |> List.map string |> String.concat ", " |> sprintf "(%s)"

let private header descriptor shape =
    let text = $"{{'descr': '{descriptor}', 'fortran_order': False, 'shape': {tuple shape}, }}"

    // Format 1: ten bytes, then a header that ends in a line feed at a multiple of 64 bytes.
    let padded = text.PadRight((text.Length + 11 + 63) / 64 * 64 - 11) + "\n"
    let length = Array.zeroCreate<byte> 2
    BinaryPrimitives.WriteUInt16LittleEndian(length.AsSpan(), uint16 padded.Length)
    Array.concat [ magic; [| 1uy; 0uy |]; length; Encoding.Latin1.GetBytes padded ]

/// Writes the memory of an array in C order, its numbers of the type that the descriptor names.
let writeBytes (path: string) (descriptor: string) (shape: int list) (bytes: ReadOnlySpan<byte>) : unit =
    use stream = File.Create path
    stream.Write(ReadOnlySpan(header descriptor shape))
    stream.Write bytes

/// Writes numbers as float64 (`<f8`) or float32 (`<f4`).
let writeFloats (path: string) (descriptor: string) (shape: int list) (values: float[]) : unit =
    use stream = File.Create path
    use writer = new BinaryWriter(stream)
    writer.Write(header descriptor shape)

    for value in values do
        if descriptor = "<f8" then writer.Write value else writer.Write(float32 value)
