/// Event files as TensorBoard reads them, decoded here by the formats' own descriptions.
namespace PatFramework.Properties

open System
open System.IO
open System.Text
open NUnit.Framework
open PatFramework.Core.Data
open PatFramework.Core.Training
open PatFramework.Properties.TrainingRuns

/// A field of a protocol-buffer message.
[<RequireQualifiedAccess>]
type Field =
    | Varint of uint64
    | Fixed64 of byte[]
    | Fixed32 of byte[]
    | Bytes of byte[]

module private Decoding =

    /// CRC-32C bit by bit: polynomial 0x1EDC6F41, reflected.
    let crc32c (data: byte[]) : uint32 =
        let byte (crc: uint32) (value: byte) =
            let shift crc _ =
                if crc &&& 1u = 1u then (crc >>> 1) ^^^ 0x82F63B78u else crc >>> 1

            List.fold shift (crc ^^^ uint32 value) [ 1..8 ]

        ~~~(Array.fold byte UInt32.MaxValue data)

    let masked (data: byte[]) : uint32 =
        let crc = crc32c data
        ((crc >>> 15) ||| (crc <<< 17)) + 0xa282ead8u

    /// The records of a TFRecord file; both checksums of each must be right.
    let records (file: string) : byte[] list =
        use reader = new BinaryReader(File.OpenRead file)

        [ while reader.BaseStream.Position < reader.BaseStream.Length do
              let length = reader.ReadBytes 8
              Expect.same (masked length) (reader.ReadUInt32())
              let data = reader.ReadBytes(int (BitConverter.ToUInt64 length))
              Expect.same (masked data) (reader.ReadUInt32())
              data ]

    let private varint (bytes: byte[]) (start: int) : uint64 * int =
        let rec go value shift at =
            let value = value ||| (uint64 (bytes[at] &&& 0x7Fuy) <<< shift)
            if bytes[at] < 0x80uy then value, at + 1 else go value (shift + 7) (at + 1)

        go 0UL 0 start

    /// Number and value of each field.
    let rec fields (bytes: byte[]) (start: int) : (int * Field) list =
        if start = bytes.Length then
            []
        else
            let key, at = varint bytes start

            let value, next =
                match key &&& 7UL with
                | 0UL -> varint bytes at |> fun (value, next) -> Field.Varint value, next
                | 1UL -> Field.Fixed64 bytes[at .. at + 7], at + 8
                | 5UL -> Field.Fixed32 bytes[at .. at + 3], at + 4
                | _ ->
                    let length, body = varint bytes at
                    let next = body + int length
                    Field.Bytes bytes[body .. next - 1], next

            (int (key >>> 3), value) :: fields bytes next

    let find (number: int) (message: (int * Field) list) : Field option =
        message |> List.tryFind (fst >> (=) number) |> Option.map snd

    let message (field: Field option) =
        match field with
        | Some(Field.Bytes bytes) -> fields bytes 0
        | other -> failwithf "a message was expected, not %A" other

    let text (field: Field option) =
        match field with
        | Some(Field.Bytes bytes) -> Encoding.UTF8.GetString bytes
        | other -> failwithf "a string was expected, not %A" other

    let step (event: (int * Field) list) =
        match find 2 event with
        | Some(Field.Varint value) -> int64 value
        | other -> failwithf "a step was expected, not %A" other

    /// Tag, step and value, as the message that it is in, of an event with one.
    let point (event: (int * Field) list) : (string * int64 * (int * Field) list) option =
        find 5 event
        |> Option.map (fun summary ->
            let point = message (find 1 (message (Some summary)))
            text (find 1 point), step event, point)

    /// Tag, step and value of an event with a scalar.
    let scalar (event: (int * Field) list) : (string * int64 * float32) option =
        match point event with
        | Some(tag, step, value) ->
            match find 2 value with
            | Some(Field.Fixed32 bytes) -> Some(tag, step, BitConverter.ToSingle bytes)
            | _ -> None
        | None -> None

    /// Tag, step, height, width and picture of an event with an image.
    let image (event: (int * Field) list) : (string * int64 * RgbImage) option =
        match point event with
        | Some(tag, step, value) when (find 4 value).IsSome ->
            let picture = message (find 4 value)

            match find 1 picture, find 2 picture, find 4 picture with
            | Some(Field.Varint height), Some(Field.Varint width), Some(Field.Bytes png) ->
                let decoded = Codecs.DecodeImage(ReadOnlySpan png, tag)
                Expect.same (ImageSize(int height, int width)) decoded.Size
                Some(tag, step, decoded)
            | other -> failwithf "an image was expected, not %A" other
        | _ -> None

    let events (file: string) =
        records file |> List.map (fun record -> fields record 0)

open Decoding

[<TestFixture>]
type TensorBoardTests() =

    let eventFiles (folder: string) =
        Directory.GetFiles(folder, "events.out.tfevents.*") |> Array.sortBy File.GetCreationTimeUtc

    [<Test>]
    member _.``the checksum is CRC-32C``() =
        crc32c (Encoding.ASCII.GetBytes "123456789") |> Expect.same 0xE3069283u

    [<Test>]
    member _.``an event file begins with its version and holds each step's loss and each epoch's scores``() =
        inFolder (fun folder ->
            let recorder = Recorder()
            let outcome = Trainer.Run(plan config, folder, false, recorder)
            let read = events (Array.exactlyOne (eventFiles folder))
            text (find 3 (List.head read)) |> Expect.same "brain.Event:2"
            let scalars = List.choose scalar read

            let curve tag =
                scalars |> List.filter (fun (name, _, _) -> name = tag)

            curve "train/loss"
            |> Expect.sameItems (recorder.Losses |> List.mapi (fun i loss -> "train/loss", int64 i + 1L, float32 loss))

            let last = Option.ofObj outcome.Last |> Option.get
            let _, step, value = List.last (curve "val/mIoU")
            Expect.same (8L, float32 last.MeanIoU.Value) (step, value)

            for entry in last.IoU do
                if entry.Value.HasValue then
                    let _, _, value = List.last (curve $"IoU/{entry.Key}")
                    Expect.same (float32 entry.Value.Value) value)

    [<Test>]
    member _.``a continued run voids what older files hold after its checkpoint``() =
        inFolder (fun folder ->
            runUntil (isStep 6) folder (plan config) |> ignore
            resume folder (plan config) (Recorder()) |> ignore
            let continued = events (Array.last (eventFiles folder))
            let session = continued[1]
            // session_log { status: START } tells TensorBoard to drop older points from this step on.
            Expect.same 6L (step session)
            Expect.same [ 1, Field.Varint 1UL ] (message (find 7 session))

            let _, first, _ =
                continued
                |> List.pick (fun event -> scalar event |> Option.filter (fun (tag, _, _) -> tag = "train/loss"))

            Expect.same 7L first)

    [<Test>]
    member _.``each epoch has its confusion matrix and validation images, and the run its configuration``() =
        inFolder (fun folder ->
            run folder (plan config) |> ignore
            let read = events (Array.exactlyOne (eventFiles folder))
            let images = List.choose image read
            use trained = TrainedRun.Load(folder, "last", config, (plan config).CreateModel)

            let _, _, confusion = images |> List.findBack (fun (tag, step, _) -> tag = "val/confusion" && step = 8L)

            let expected = ConfusionImage.Draw((trained.Evaluate validation).Scores.Confusion, validation.Classes)

            Expect.sameItems expected.Pixels confusion.Pixels
            let name = $"samples/{validation.SampleName 0}"
            let _, _, sample = images |> List.findBack (fun (tag, step, _) -> tag = name && step = 8L)
            let decoded = validation.Read(0, Nullable config.Size)
            let predicted = trained.CreatePredictor().Predict(RgbImage(config.Size, decoded.Rgb))
            Expect.same (ImageSize(48, 3 * 64)) sample.Size

            let at row column =
                Array.sub sample.Pixels (3 * (row * 192 + column)) 3

            let colour (label: byte) =
                if int label < validation.Classes.Count then
                    let item = validation.Classes[int label]
                    [| item.Red; item.Green; item.Blue |]
                else
                    [| 0uy; 0uy; 0uy |]

            for row, column in [ 0, 0; 17, 40; 47, 63 ] do
                let pixel = row * 64 + column
                Expect.sameItems (Array.sub decoded.Rgb (3 * pixel) 3) (at row column)
                Expect.sameItems (colour decoded.Labels[pixel]) (at row (64 + column))
                Expect.sameItems (colour predicted.Labels[pixel]) (at row (128 + column))

            let configuration =
                read
                |> List.pick (fun event ->
                    point event |> Option.filter (fun (tag, _, value) -> tag = "config" && (find 8 value).IsSome))

            let _, _, value = configuration
            text (find 8 (message (find 8 value))) |> Expect.contains "unet:width=4,depth=3"
            Expect.same "text" (text (find 1 (message (find 1 (message (find 9 value)))))))

    [<Test>]
    member _.``a confusion matrix is drawn by shares of the true class``() =
        let classes = [| ClassInfo("a", 9uy, 8uy, 7uy); ClassInfo("b", 1uy, 2uy, 3uy) |]
        let drawn = ConfusionImage.Draw(array2D [ [ 3L; 1L ]; [ 0L; 0L ] ], classes)

        let cell row column =
            3 * (row * 16 * drawn.Size.Width + column * 16)

        let at row column =
            Array.sub drawn.Pixels (cell row column) 3

        Expect.same (ImageSize(48, 48)) drawn.Size
        Expect.sameItems [ 9uy; 8uy; 7uy ] (at 1 0)
        Expect.sameItems [ 1uy; 2uy; 3uy ] (at 0 2)
        Expect.sameItems [ 64uy; 64uy; 64uy ] (at 1 1)
        Expect.sameItems [ 191uy; 191uy; 191uy ] (at 1 2)
        Expect.sameItems [ 255uy; 255uy; 255uy ] (at 2 1)

    [<Test>]
    member _.``a file begun with a clock that was set back comes after those before it``() =
        inFolder (fun folder ->
            runUntil (isStep 6) folder (plan config) |> ignore
            let future = Path.Combine(folder, "events.out.tfevents.9999999998.here.1.0")
            File.Move(Array.exactlyOne (eventFiles folder), future)
            resume folder (plan config) (Recorder()) |> ignore
            let names = Directory.GetFiles(folder, "events.out.tfevents.*") |> Array.sort
            Expect.same future names[0]
            names[1] |> Expect.contains "events.out.tfevents.9999999999.")
