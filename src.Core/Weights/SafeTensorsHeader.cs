using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using static TorchSharp.torch;

namespace PatFramework.Core.Weights;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DataType">Its element type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte.</param>
public sealed record SafeTensorsEntry(string Name, ScalarType DataType, long[] Shape, long Begin, long End);

/// <summary>
/// The header of a safetensors file: 8 bytes with its length (little-endian), then JSON
/// <c>{"__metadata__": {…}, NAME: {"dtype": "F32", "shape": […], "data_offsets": [begin, end]}, …}</c>, padded with blanks.
/// </summary>
/// <param name="Entries">The tensors in the order of their bytes.</param>
/// <param name="Metadata">Free text by key.</param>
public sealed record SafeTensorsHeader(
    IReadOnlyList<SafeTensorsEntry> Entries,
    IReadOnlyDictionary<string, string> Metadata
)
{
    /// <summary>Longest header that is read, in bytes.</summary>
    public const long MaximumLength = 100_000_000;

    private const string MetadataName = "__metadata__";

    private static readonly Dictionary<string, (ScalarType Type, int Size)> Types = new(StringComparer.Ordinal)
    {
        ["F64"] = (ScalarType.Float64, 8),
        ["F32"] = (ScalarType.Float32, 4),
        ["F16"] = (ScalarType.Float16, 2),
        ["BF16"] = (ScalarType.BFloat16, 2),
        ["I64"] = (ScalarType.Int64, 8),
        ["I32"] = (ScalarType.Int32, 4),
        ["U8"] = (ScalarType.Byte, 1),
        ["BOOL"] = (ScalarType.Bool, 1),
    };

    /// <summary>Lays tensors out one after the other, the widest element types first so that each is aligned.</summary>
    /// <param name="tensors">Name, type and shape.</param>
    /// <param name="metadata">Free text by key.</param>
    /// <exception cref="PatException">A type that the format lacks, or a name twice.</exception>
    public static SafeTensorsHeader Layout(
        IEnumerable<(string Name, ScalarType Type, long[] Shape)> tensors,
        IReadOnlyDictionary<string, string> metadata
    )
    {
        var entries = new List<SafeTensorsEntry>();
        var begin = 0L;
        var ordered = tensors
            .OrderByDescending(tensor => Size(tensor.Type))
            .ThenBy(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var (name, type, shape) in ordered)
        {
            if (name == MetadataName || entries.Any(entry => entry.Name == name))
            {
                throw new PatException($"A safetensors file can't hold the name '{name}' (reserved, or there twice).");
            }
            var end = begin + Size(type) * shape.Aggregate(1L, (product, extent) => checked(product * extent));
            entries.Add(new SafeTensorsEntry(name, type, shape, begin, end));
            begin = end;
        }
        return new SafeTensorsHeader(entries, metadata);
    }

    /// <summary>The JSON text, padded with blanks so that the bytes after it start at a multiple of 8.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (Metadata.Count > 0)
            {
                json.WritePropertyName(MetadataName);
                JsonSerializer.Serialize(json, Metadata);
            }
            foreach (var entry in Entries)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", Types.First(pair => pair.Value.Type == entry.DataType).Key);
                WriteNumbers(json, "shape", entry.Shape);
                WriteNumbers(json, "data_offsets", entry.Begin, entry.End);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        var padded = new byte[(buffer.WrittenCount + 7) / 8 * 8];
        padded.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(padded);
        return padded;
    }

    /// <summary>Reads and checks the JSON text: every type known, every length right, no gap, no overlap, no name twice.</summary>
    /// <param name="json">The text.</param>
    /// <param name="dataLength">Number of bytes after the header.</param>
    /// <exception cref="InvalidDataException">What is wrong.</exception>
    public static SafeTensorsHeader Parse(ReadOnlyMemory<byte> json, long dataLength)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Parse(document, dataLength);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException("its header is not JSON in UTF-8", failure);
        }
    }

    private static SafeTensorsHeader Parse(JsonDocument document, long dataLength)
    {
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException("its header is not a JSON object");
        }
        var entries = new List<SafeTensorsEntry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (!names.Add(property.Name))
            {
                throw new InvalidDataException($"its header holds '{property.Name}' twice");
            }
            if (property.Name == MetadataName)
            {
                ReadMetadata(property.Value, metadata);
            }
            else
            {
                entries.Add(ReadEntry(property.Name, property.Value));
            }
        }
        entries = [.. entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End)];
        CheckCover(entries, dataLength);
        return new SafeTensorsHeader(entries, metadata);
    }

    private static void ReadMetadata(JsonElement value, Dictionary<string, string> metadata)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException("its __metadata__ is not an object of strings");
        }
        foreach (var item in value.EnumerateObject())
        {
            metadata[item.Name] =
                item.Value.ValueKind == JsonValueKind.String
                    ? item.Value.GetString()!
                    : throw new InvalidDataException($"its __metadata__ '{item.Name}' is not a string");
        }
    }

    private static SafeTensorsEntry ReadEntry(string name, JsonElement value)
    {
        if (
            value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtype)
            || !value.TryGetProperty("shape", out var shape)
            || !value.TryGetProperty("data_offsets", out var offsets)
        )
        {
            throw new InvalidDataException($"tensor '{name}' lacks dtype, shape or data_offsets");
        }
        if (dtype.ValueKind != JsonValueKind.String || !Types.TryGetValue(dtype.GetString()!, out var type))
        {
            throw new InvalidDataException(
                $"tensor '{name}' has the type {dtype}, which is none of {string.Join(", ", Types.Keys)}"
            );
        }
        var extents = Numbers(name, "shape", shape);
        var span = Numbers(name, "data_offsets", offsets);
        if (span.Length != 2 || span[1] < span[0] || span[1] - span[0] != ByteLength(name, extents, type.Size))
        {
            throw new InvalidDataException(
                $"tensor '{name}' of type {dtype} and shape [{string.Join(',', extents)}] has the data_offsets [{string.Join(',', span)}]"
            );
        }
        return new SafeTensorsEntry(name, type.Type, extents, span[0], span[1]);
    }

    private static long[] Numbers(string name, string key, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            var numbers = value
                .EnumerateArray()
                .Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var n) ? n : -1)
                .ToArray();
            if (numbers.All(number => number >= 0))
            {
                return numbers;
            }
        }
        throw new InvalidDataException($"tensor '{name}' has a {key} that is not a list of whole numbers from 0 up");
    }

    private static long ByteLength(string name, long[] shape, int size)
    {
        try
        {
            return shape.Aggregate((long)size, (product, extent) => checked(product * extent));
        }
        catch (OverflowException failure)
        {
            throw new InvalidDataException(
                $"tensor '{name}' has the impossible shape [{string.Join(',', shape)}]",
                failure
            );
        }
    }

    private static void CheckCover(List<SafeTensorsEntry> entries, long dataLength)
    {
        var end = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin != end)
            {
                var fault = entry.Begin < end ? "overlaps the tensor before it" : "leaves a gap before it";
                throw new InvalidDataException($"tensor '{entry.Name}' {fault}");
            }
            end = entry.End;
        }
        if (end != dataLength)
        {
            throw new InvalidDataException($"its tensors take {end} bytes, but {dataLength} follow the header");
        }
    }

    private static int Size(ScalarType type)
    {
        var known = Types.Values.FirstOrDefault(value => value.Type == type);
        return known.Size > 0
            ? known.Size
            : throw new PatException(
                $"A safetensors file can't hold {type}; it takes {string.Join(", ", Types.Keys)}."
            );
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, params long[] numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }
        json.WriteEndArray();
    }
}
