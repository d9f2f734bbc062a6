/// safetensors: what is written comes back, and no file, however broken, does more than a clear sentence.
module PatFramework.Properties.SafeTensorsTests

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO
open System.Text
open NUnit.Framework
open FsCheck.FSharp
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Weights

let private types =
    [ torch.ScalarType.Float64
      torch.ScalarType.Float32
      torch.ScalarType.Float16
      torch.ScalarType.BFloat16
      torch.ScalarType.Int64
      torch.ScalarType.Int32
      torch.ScalarType.Byte
      torch.ScalarType.Bool ]

let private withFile (bytes: byte[]) (test: string -> unit) =
    let path = Path.GetTempFileName()

    try
        File.WriteAllBytes(path, bytes)
        test path
    finally
        File.Delete path

let private written (tensors: (string * torch.Tensor) list) (metadata: (string * string) list) : byte[] =
    use stream = new MemoryStream()
    SafeTensors.Write(stream, Dictionary(dict tensors), Dictionary(dict metadata))
    stream.ToArray()

/// A file of a given header and number of data bytes.
let private file (json: string) (data: int) : byte[] =
    let header = Encoding.UTF8.GetBytes json
    Array.concat [ BitConverter.GetBytes(int64 header.Length); header; Array.zeroCreate data ]

let private refusal (bytes: byte[]) : string =
    let mutable message = ""

    withFile bytes (fun path ->
        message <- Expect.refusal (fun () -> (SafeTensors.Read path).Dispose())
        message |> Expect.startsWith $"{path} is not a sound safetensors file: ")

    message

let private small () : byte[] =
    use _scope = torch.NewDisposeScope()

    written
        [ "a", torch.ones ([| 2L; 3L |], torch.ScalarType.Float32)
          "b", torch.ones ([| 3L |], torch.ScalarType.Byte) ]
        [ "epoch", "7" ]

let private contents =
    gen {
        let! name = Gen.elements [ "a"; "encoder.0.conv1.weight"; "größe \"1\"\n"; "" ]
        let! dtype = Gen.elements types
        let! rank = Gen.choose (0, 3)
        let! shape = Gen.arrayOfLength rank (Gen.choose (0, 4))
        return name, dtype, Array.map int64 shape
    }

[<Test>]
let ``what is written comes back bit for bit`` () =
    let files = Gen.listOf contents |> Gen.map (List.distinctBy (fun (name, _, _) -> name)) |> Arb.fromGen

    Check.cases 50 files (fun contents ->
        use _scope = torch.NewDisposeScope()

        let tensors =
            contents
            |> List.map (fun (name, dtype, shape) ->
                name, (torch.randn (shape, torch.ScalarType.Float32)).mul((3.0).ToScalar()).``to`` dtype)

        withFile (written tensors [ "k", "v" ]) (fun path ->
            use back = SafeTensors.Read path
            Expect.sameItems (Seq.sort (List.map fst tensors)) (Seq.sort (back.Tensors.Keys))
            Expect.same "v" (back.Metadata["k"])

            for name, tensor in tensors do
                let found = back.Tensors[name]
                Expect.same (tensor.dtype) (found.dtype)
                Expect.same (tensor.shape) (found.shape)
                Expect.same (tensor.contiguous().bytes.ToArray()) (found.bytes.ToArray())))

[<Test>]
let ``the bytes are the published layout`` () =
    use _scope = torch.NewDisposeScope()

    let bytes = written [ "b", torch.tensor ([| 7L |]); "a", torch.tensor ([| 1.5f; -2.0f |]) ] []

    let json =
        """{"b":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"""

    let length = BinaryPrimitives.ReadInt64LittleEndian(ReadOnlySpan(bytes, 0, 8)) |> int

    Expect.same 0 (length % 8)
    Expect.same json (Encoding.UTF8.GetString(bytes, 8, length).TrimEnd ' ')

    let data =
        Array.concat [ BitConverter.GetBytes 7L; BitConverter.GetBytes 1.5f; BitConverter.GetBytes -2.0f ]

    Expect.same data (bytes[8 + length ..])

[<Test>]
let ``a tensor that is not contiguous is written in its own order`` () =
    use _scope = torch.NewDisposeScope()

    let turned = (torch.arange 6L).reshape(2L, 3L).``to``(torch.ScalarType.Float32).permute(1L, 0L)

    withFile (written [ "t", turned ] []) (fun path ->
        use back = SafeTensors.Read path
        Expect.same [| 0f; 3f; 1f; 4f; 2f; 5f |] (back.Tensors["t"].data<float32>().ToArray()))

[<Test>]
let ``a tensor read from a file outlives the reading, and writing to it leaves the file as it is`` () =
    let whole = small ()

    withFile whole (fun path ->
        use _scope = torch.NewDisposeScope()
        let content = SafeTensors.Read path
        let kept = content.Tensors["a"].reshape(6L)
        content.Dispose()
        kept.add_ ((1.0).ToScalar()) |> ignore
        Expect.same (Array.create 6 2.0f) (kept.data<float32>().ToArray())
        Expect.same whole (File.ReadAllBytes path))

/// The length of a header need not be a multiple of 8: other writers don't pad.
[<Test>]
let ``bytes that are not aligned are read as well`` () =
    let json = """{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}}"""

    for blanks in 0..7 do
        let head = file (json + String(' ', blanks)) 0
        let data = Array.append (BitConverter.GetBytes 1.5) (BitConverter.GetBytes -2.0)

        withFile (Array.append head data) (fun path ->
            use back = SafeTensors.Read path
            Expect.same [| 1.5; -2.0 |] (back.Tensors["a"].data<float>().ToArray()))

[<Test>]
let ``a file cut anywhere is refused`` () =
    let whole = small ()

    for length in 0 .. whole.Length - 1 do
        refusal whole[.. length - 1] |> ignore

    refusal (Array.append whole [| 0uy |]) |> ignore

let private f32 offsets =
    $"""{{"a":{{"dtype":"F32","shape":[2],"data_offsets":{offsets}}}}}"""

let private pair first second =
    $"""{{"a":{{"dtype":"F32","shape":[2],"data_offsets":{first}}},"b":{{"dtype":"F32","shape":[2],"data_offsets":{second}}}}}"""

let private lies: obj[] list =
    [ [| f32 "[0,12]"; 12; "has the data_offsets [0,12]" |]
      [| f32 "[8,0]"; 8; "has the data_offsets [8,0]" |]
      [| f32 "[0]"; 8; "has the data_offsets [0]" |]
      [| f32 "[-8,0]"; 8; "data_offsets that is not a list of whole numbers" |]
      [| f32 "\"0\""; 8; "data_offsets that is not a list of whole numbers" |]
      [| f32 "[0,8]"; 4; "take 8 bytes, but 4 follow" |]
      [| f32 "[0,8]"; 16; "take 8 bytes, but 16 follow" |]
      [| f32 "[4,12]"; 12; "leaves a gap" |]
      [| pair "[0,8]" "[4,12]"; 12; "'b' overlaps" |]
      [| pair "[0,8]" "[12,20]"; 20; "'b' leaves a gap" |]
      [| (pair "[0,8]" "[8,16]").Replace("\"b\"", "\"a\""); 16; "'a' twice" |]
      [| (f32 "[0,8]").Replace("F32", "F31"); 8; "the type F31" |]
      [| (f32 "[0,8]").Replace("\"F32\"", "5"); 8; "the type 5" |]
      [| (f32 "[0,8]").Replace("[2]", "[2.5]"); 8; "shape that is not a list" |]
      [| (f32 "[0,8]").Replace("[2]", "[4611686018427387904,4]"); 8; "impossible shape" |]
      [| """{"a":{"dtype":"F32"}}"""; 0; "lacks dtype, shape or data_offsets" |]
      [| """{"a":3}"""; 0; "lacks dtype, shape or data_offsets" |]
      [| """{"__metadata__":{"k":1}}"""; 0; "is not a string" |]
      [| """{"__metadata__":[]}"""; 0; "not an object of strings" |]
      [| """[]"""; 0; "not a JSON object" |]
      [| """{"a" """; 0; "not JSON" |]
      [| String('[', 5000); 0; "not JSON" |]
      [| """{"\ud800":{}}"""; 0; "not JSON in UTF-8" |] ]

[<TestCaseSource(nameof lies)>]
let ``a lying header is refused with its lie`` (json: string, data: int, expected: string) =
    refusal (file json data) |> Expect.contains expected

[<TestCase(Int64.MaxValue)>]
[<TestCase(-1L)>]
[<TestCase(1L <<< 40)>]
[<TestCase(99999999L)>]
let ``a header longer than the file is refused before anything is reserved`` (length: int64) =
    let bytes = file "{}" 0
    BinaryPrimitives.WriteInt64LittleEndian(Span(bytes, 0, 8), length)
    refusal bytes |> Expect.contains "claims a header"

[<Test>]
let ``any damaged byte gives either tensors or one sentence`` () =
    let whole = small ()

    Check.kernel (Generators.damaged whole) (fun bytes ->
        withFile bytes (fun path ->
            try
                (SafeTensors.Read path).Dispose()
            with :? PatException as refusal ->
                refusal.Message |> Expect.startsWith path))

[<Test>]
let ``a missing file and a type outside the format are refused`` () =
    use _scope = torch.NewDisposeScope()
    let missing = Path.Combine(Path.GetTempPath(), "pat-no-such-file.safetensors")

    Expect.refusal (fun () -> SafeTensors.Read missing |> ignore)
    |> Expect.startsWith $"{missing} could not be read"

    let odd = torch.ones ([| 1L |], torch.ScalarType.Int16)

    Expect.refusal (fun () -> written [ "a", odd ] [] |> ignore) |> Expect.contains "can't hold Int16"
