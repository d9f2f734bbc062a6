/// NumPy's .npy files for the verbs: what `NpyFile` of the data room reads, as floats or integers.
module PatFramework.Experiments.Npy

open System
open System.IO
open PatFramework.Core.Data

/// The numbers of an array, flat in C order.
type Values =
    | Floats of float[]
    | Integers of int64[]

/// An array: `Descriptor` is NumPy's name of the type, `<f4` for float32.
type NpyArray = { Descriptor: string; Shape: int list; Values: Values }

/// The array in a file, or one sentence that says what is wrong with it.
let read (path: string) : NpyArray =
    let file = NpyFile.Read path

    { Descriptor = file.Descriptor
      Shape = List.ofSeq file.Shape
      Values =
        if file.IsFloating then
            Floats(file.ToDoubles())
        else
            Integers(file.ToIntegers()) }

/// Writes the memory of an array in C order, its numbers of the type that the descriptor names.
let writeBytes (path: string) (descriptor: string) (shape: int list) (bytes: ReadOnlySpan<byte>) : unit =
    use stream = File.Create path
    stream.Write(ReadOnlySpan(NpyFile.Header(descriptor, Array.ofList shape)))
    stream.Write bytes

/// Writes numbers as float64 (`<f8`) or float32 (`<f4`).
let writeFloats (path: string) (descriptor: string) (shape: int list) (values: float[]) : unit =
    use stream = File.Create path
    use writer = new BinaryWriter(stream)
    writer.Write(NpyFile.Header(descriptor, Array.ofList shape))

    for value in values do
        if descriptor = "<f8" then writer.Write value else writer.Write(float32 value)
