/// .pt and .pth files: tensors come in, everything else is one sentence, and nothing in them is run.
module PatFramework.Properties.TorchArchiveTests

open System
open System.Collections.Generic
open System.IO
open System.IO.Compression
open System.Text
open System.Text.RegularExpressions
open NUnit.Framework
open FsCheck.FSharp
open TorchSharp
open PatFramework.Core
open PatFramework.Core.Weights

let private withFile (extension: string) (test: string -> unit) =
    let path = Path.Combine(Path.GetTempPath(), $"pat-{Guid.NewGuid():N}{extension}")

    try
        test path
    finally
        File.Delete path

let private withBytes (bytes: byte[]) (test: string -> unit) =
    withFile ".pth" (fun path ->
        File.WriteAllBytes(path, bytes)
        test path)

let private latin (text: string) = Encoding.Latin1.GetBytes text

/// The archive that torch.save makes of a pickle and records.
let private archive (program: string) (records: (string * byte[]) list) : byte[] =
    use stream = new MemoryStream()

    do
        use zip = new ZipArchive(stream, ZipArchiveMode.Create, true)

        for name, bytes in ("data.pkl", latin program) :: ("version", latin "3\n") :: records do
            use entry = zip.CreateEntry($"archive/{name}", CompressionLevel.NoCompression).Open()
            entry.Write(bytes, 0, bytes.Length)

    stream.ToArray()

let private text (word: string) =
    $"X{char word.Length}\000\000\000{word}"

/// A pickle, in which «word» stands for a string.
let private pickle (parts: string list) =
    Regex.Replace(String.concat "" parts, "«(.*?)»", (fun found -> text found.Groups[1].Value))

let private numbers (values: int list) =
    let each = values |> List.map (fun value -> $"K{char value}") |> String.concat ""
    $"({each}t"

/// A float32 tensor of record 0, as Python pickles it.
let private tensor (elements: int) (offset: int) (shape: int list) (strides: int list) =
    pickle
        [ "ctorch._utils\n_rebuild_tensor_v2\n((«storage»ctorch\nFloatStorage\n«0»«cpu»"
          $"K{char elements}tQK{char offset}{numbers shape}{numbers strides}"
          "\137ccollections\nOrderedDict\n)RtR" ]

let private elements = [ "data/0", [| 1f; 2f; 3f; 4f; 5f; 6f |] |> Array.collect BitConverter.GetBytes ]

let private read (bytes: byte[]) (test: IReadOnlyDictionary<string, torch.Tensor> -> unit) =
    withBytes bytes (fun path ->
        use content = WeightsFile.Read path
        test content.Tensors)

let private refusal (bytes: byte[]) : string =
    let mutable message = ""

    withBytes bytes (fun path ->
        message <- Expect.refusal (fun () -> (WeightsFile.Read path).Dispose())
        message |> Expect.startsWith path)

    message

/// An OrderedDict with attributes, as torch.save writes a module's state_dict; a transposed view of a storage.
let private stateDict =
    pickle
        [ "\128\002ccollections\nOrderedDict\nq\000)Rq\001(«w»q\002"
          tensor 6 0 [ 3; 2 ] [ 1; 3 ]
          "u}«_metadata»h\000)Rsb." ]

[<Test>]
let ``a state_dict as torch.save writes it is read`` () =
    read (archive stateDict elements) (fun tensors ->
        Expect.sameItems [ "w" ] tensors.Keys
        Expect.same [| 3L; 2L |] tensors["w"].shape
        Expect.same [| 1f; 4f; 2f; 5f; 3f; 6f |] (tensors["w"].data<float32>().ToArray()))

[<Test>]
let ``a checkpoint's state_dict is found, without the prefix of parallel training`` () =
    let program = pickle [ "\128\002}(«epoch»K\007«state_dict»}«module.a»"; tensor 6 2 [ 2 ] [ 1 ]; "su." ]

    read (archive program elements) (fun tensors ->
        Expect.sameItems [ "a" ] tensors.Keys
        Expect.same [| 3f; 4f |] (tensors["a"].data<float32>().ToArray()))

[<Test>]
let ``what is written comes back, and as safetensors too`` () =
    use _scope = torch.NewDisposeScope()

    let tensors =
        Dictionary(
            dict
                [ "a.weight", torch.randn ([| 3L; 2L |], torch.ScalarType.Float32)
                  "a.turned", (torch.arange 6L).reshape(2L, 3L).permute(1L, 0L)
                  "b", torch.ones ([||], torch.ScalarType.Float64)
                  "none", torch.ones ([| 0L; 4L |], torch.ScalarType.Byte)
                  "half", torch.ones ([| 5L |], torch.ScalarType.BFloat16) ]
        )

    for extension in [ ".pt"; ".pth"; ".safetensors" ] do
        withFile extension (fun path ->
            WeightsFile.Write(path, tensors)
            use back = WeightsFile.Read path
            Expect.sameItems (Seq.sort tensors.Keys) (Seq.sort back.Tensors.Keys)

            for entry in tensors do
                let found = back.Tensors[entry.Key]
                Expect.same entry.Value.dtype found.dtype
                Expect.same entry.Value.shape found.shape
                Expect.same (entry.Value.contiguous().bytes.ToArray()) (found.contiguous().bytes.ToArray()))

let private code: obj[] list =
    [ [| "\128\002cposix\nsystem\n(«touch x»tR."; "posix.system" |]
      [| "\128\002cbuiltins\neval\n(«1»tR."; "builtins.eval" |]
      [| "\128\002cargparse\nNamespace\n)R."; "argparse.Namespace" |]
      [| "\128\004\140\002os\140\006system\147(«x»tR."; "os.system" |] ]

[<TestCaseSource(nameof code)>]
let ``a pickle that holds code is refused, with the code's name`` (program: string, name: string) =
    refusal (archive (pickle [ program ]) elements)
    |> Expect.contains $"holds Python code ({name}), which is never run"

let private lone (one: string) = pickle [ "\128\002}«a»"; one; "s." ]

let private broken: obj[] list =
    [ [| "\128\002i"; "the operation 0x69" |]
      [| "\128\002cos\nsystem\n(i."; "the operation 0x69" |]
      [| "\128\002."; "an empty stack" |]
      [| "\128\002}s."; "an empty stack" |]
      [| "\128\002u."; "no mark" |]
      [| "\128\002(."; "a mark in place of a value" |]
      [| "\128\002h\005."; "never stored" |]
      [| "\128\002X\255\255\255\127abc"; "ends too early" |]
      [| "\128\002K\001."; "holds no tensors by name" |]
      [| "\128\002}."; "holds no tensors by name" |]
      [| lone (tensor 6 0 [ 7 ] [ 1 ]); "reaches beyond its storage of 6" |]
      [| lone (tensor 6 5 [ 2 ] [ 1 ]); "reaches beyond its storage of 6" |]
      [| lone (tensor 6 0 [ 2; 2 ] [ 5; 1 ]); "reaches beyond its storage of 6" |]
      [| lone (tensor 7 0 [ 7 ] [ 1 ]); "missing or too few" |]
      [| pickle [ "\128\002}(«a»"; tensor 6 0 [ 1 ] [ 1 ]; "«a»"; tensor 6 0 [ 1 ] [ 1 ]; "u." ]
         "'a' twice" |] ]

[<TestCaseSource(nameof broken)>]
let ``a broken or lying pickle is refused with what is wrong`` (program: string, expected: string) =
    refusal (archive program elements) |> Expect.contains expected

[<Test>]
let ``a dictionary that holds itself does no harm`` () =
    let program = pickle [ "\128\002}q\000(«model»h\000«w»"; tensor 6 0 [ 6 ] [ 1 ]; "u." ]
    read (archive program elements) (fun tensors -> Expect.sameItems [ "w" ] tensors.Keys)

[<Test>]
let ``the format from before PyTorch 1.6 is refused with the way to convert it`` () =
    refusal (latin "\128\002\138\010") |> Expect.contains "torch.save(torch.load("

[<Test>]
let ``a file cut anywhere is refused`` () =
    let whole = archive stateDict elements

    for length in 0..7 .. whole.Length - 1 do
        refusal whole[.. length - 1] |> ignore

[<Test>]
let ``any damaged byte gives either tensors or one sentence`` () =
    let whole = archive stateDict elements

    Check.kernel (Generators.damaged whole) (fun bytes ->
        withBytes bytes (fun path ->
            try
                (WeightsFile.Read path).Dispose()
            with :? PatException as refusal ->
                refusal.Message |> Expect.startsWith path))

[<TestCase("weights.bin", "has no extension of weights")>]
[<TestCase("no-such-file.pt", "could not be read")>]
let ``another extension or a missing file is refused`` (name: string, expected: string) =
    let path = Path.Combine(Path.GetTempPath(), name)
    Expect.refusal (fun () -> WeightsFile.Read path |> ignore) |> Expect.contains expected
