using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using PatFramework.Core.Native;
using PatFramework.Core.Training;
using static TorchSharp.torch;

namespace PatFramework.Core.Weights;

/// <summary>Weights in the safetensors format (github.com/huggingface/safetensors): plain bytes, nothing executed on reading.</summary>
public static class SafeTensors
{
    private const int ChunkElements = 1 << 24;
    private static readonly Dictionary<string, string> NoMetadata = [];

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">By name; on any device.</param>
    /// <param name="metadata">Free text by key.</param>
    /// <exception cref="PatException">The file can't be written, or a tensor's type is not in the format.</exception>
    public static void Write(
        string path,
        IReadOnlyDictionary<string, Tensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null
    ) => AtomicFile.Write(path, stream => Write(stream, tensors, metadata));

    /// <summary>Writes to a stream, one tensor in memory at a time.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="tensors">By name; on any device.</param>
    /// <param name="metadata">Free text by key.</param>
    /// <exception cref="PatException">A tensor's type is not in the format.</exception>
    public static void Write(
        Stream stream,
        IReadOnlyDictionary<string, Tensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null
    )
    {
        var header = SafeTensorsHeader.Layout(
            tensors.Select(pair => (pair.Key, pair.Value.dtype, pair.Value.shape)),
            metadata ?? NoMetadata
        );
        var json = header.ToJson();
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        stream.Write(length);
        stream.Write(json);
        foreach (var entry in header.Entries)
        {
            using var scope = NewDisposeScope();
            foreach (var chunk in Chunks(tensors[entry.Name].detach().cpu().contiguous()))
            {
                stream.Write(chunk.bytes);
            }
        }
    }

    /// <summary>Maps a file into memory: its tensors are read when they are used, and writing to them stays out of the file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PatException">No such file, or what is wrong with it.</exception>
    public static WeightsContent Read(string path) =>
        Open(
            path,
            (file, header, start) =>
            {
                var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
                foreach (var entry in header.Entries)
                {
                    tensors[entry.Name] = file.Tensor(start + entry.Begin, entry.Shape, entry.DataType)
                        .DetachFromDisposeScope();
                }
                return new WeightsContent(tensors, header.Metadata);
            }
        );

    /// <summary>Reads names, types, shapes and metadata only.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PatException">No such file, or what is wrong with it.</exception>
    public static SafeTensorsHeader ReadHeader(string path) => Open(path, (_, header, _) => header);

    private static T Open<T>(string path, Func<MappedFile, SafeTensorsHeader, long, T> read)
    {
        try
        {
            using var file = new MappedFile(path);
            var length = HeaderLength(file);
            var header = SafeTensorsHeader.Parse(file.Bytes(8, length), file.Length - 8 - length);
            return read(file, header, 8 + length);
        }
        catch (InvalidDataException failure)
        {
            throw new PatException(
                $"{path} is not a sound safetensors file: {failure.Message}; write or download it again.",
                failure
            );
        }
        catch (IOException failure)
        {
            throw new PatException($"{path} could not be read: {failure.Message}", failure);
        }
    }

    private static int HeaderLength(MappedFile file)
    {
        if (file.Length < 8)
        {
            throw new InvalidDataException("it is shorter than 8 bytes");
        }
        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Bytes(0, 8));
        var rest = file.Length - 8;
        return length <= SafeTensorsHeader.MaximumLength && (long)length <= rest
            ? (int)length
            : throw new InvalidDataException($"it claims a header of {length} bytes, but only {rest} bytes follow");
    }

    /// <summary>Views of at most 2^24 elements, so that the bytes of each fit a span.</summary>
    private static IEnumerable<Tensor> Chunks(Tensor contiguous)
    {
        var flat = contiguous.reshape(-1);
        var count = flat.numel();
        for (var start = 0L; start < count; start += ChunkElements)
        {
            yield return flat.narrow(0, start, Math.Min(ChunkElements, count - start));
        }
    }
}
