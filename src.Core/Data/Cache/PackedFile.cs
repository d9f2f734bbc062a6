using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using PatFramework.Core.Training;

namespace PatFramework.Core.Data;

/// <summary>What a packed file says about its records.</summary>
/// <param name="Fingerprint">Of the sources that they were made from.</param>
/// <param name="Size">The size of every sample.</param>
/// <param name="Samples">Name and SHA-256 of each record in order; without a checksum, the sample could not be read.</param>
internal sealed record PackedIndex(string Fingerprint, ImageSize Size, IReadOnlyList<PackedSample> Samples);

/// <summary>A record of a packed file.</summary>
/// <param name="Name">The sample's name.</param>
/// <param name="Checksum">SHA-256 of its bytes in hexadecimal; null where the sample could not be read.</param>
internal sealed record PackedSample(string Name, string? Checksum);

/// <summary>
/// Decoded and resized samples in one file that is mapped into memory: a signature; for each sample its colours (Height × Width × 3)
/// and its labels (Height × Width); a JSON index; the index's length and SHA-256. A file that was cut short has no valid end.
/// </summary>
internal sealed class PackedFile : IDisposable
{
    private const int TailBytes = sizeof(long) + SHA256.HashSizeInBytes;
    private static readonly byte[] Signature = "PATPACK1\0\0\0\0\0\0\0\0"u8.ToArray();

    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;

    private PackedFile(MemoryMappedFile map, MemoryMappedViewAccessor view, PackedIndex index)
    {
        (_map, _view, Index) = (map, view, index);
    }

    public PackedIndex Index { get; }

    /// <summary>Opens a file; null with the reason where it is not whole.</summary>
    public static PackedFile? TryOpen(string path, out string? damage)
    {
        var length = new FileInfo(path).Length;
        if (length < Signature.Length + TailBytes)
        {
            damage = "it is cut short";
            return null;
        }
        var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        var view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        var index = TryReadIndex(view, length, out damage);
        if (index is null)
        {
            view.Dispose();
            map.Dispose();
            return null;
        }
        return new PackedFile(map, view, index);
    }

    /// <summary>Reads every sample of a data set and writes the file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dataset">The samples; one that can't be read gets no checksum.</param>
    /// <param name="size">The size to resize to.</param>
    /// <param name="fingerprint">Of the data set's sources.</param>
    /// <param name="progress">Told the samples done and how many there are.</param>
    /// <param name="cancellation">Asks to stop between chunks.</param>
    public static void Write(
        string path,
        ISegmentationDataset dataset,
        ImageSize size,
        string fingerprint,
        Action<int, int> progress,
        CancellationToken cancellation
    )
    {
        const int chunk = 64;
        AtomicFile.Write(
            path,
            stream =>
            {
                var samples = new List<PackedSample>();
                stream.Write(Signature);
                foreach (var indices in Enumerable.Range(0, dataset.Count).Chunk(chunk))
                {
                    cancellation.ThrowIfCancellationRequested();
                    foreach (var (index, record) in indices.Zip(Records(dataset, size, indices)))
                    {
                        stream.Write(record ?? new byte[4 * size.Pixels]);
                        samples.Add(new PackedSample(dataset.SampleName(index), record is null ? null : Hash(record)));
                    }
                    progress(samples.Count, dataset.Count);
                }
                WriteIndex(stream, new PackedIndex(fingerprint, size, samples));
            }
        );
    }

    /// <summary>The bytes of a record: colours, then labels.</summary>
    public byte[] Record(int index)
    {
        var record = new byte[4 * Index.Size.Pixels];
        _view.SafeMemoryMappedViewHandle.ReadSpan(
            (ulong)(Signature.Length + (long)index * record.Length),
            record.AsSpan()
        );
        return record;
    }

    /// <summary>Whether bytes are those that were written.</summary>
    public bool IsWhole(int index, byte[] record) => Index.Samples[index].Checksum == Hash(record);

    public void Dispose()
    {
        _view.Dispose();
        _map.Dispose();
    }

    private static byte[]?[] Records(ISegmentationDataset dataset, ImageSize size, int[] indices)
    {
        var records = new byte[]?[indices.Length];
        _ = Parallel.For(
            0,
            indices.Length,
            at =>
            {
                try
                {
                    var sample = dataset.Read(indices[at], size);
                    records[at] = [.. sample.Rgb, .. sample.Labels];
                }
                catch (PatException)
                {
                    records[at] = null;
                }
            }
        );
        return records;
    }

    private static void WriteIndex(Stream stream, PackedIndex index)
    {
        var json = Encoding.UTF8.GetBytes(RunJson.Line(index));
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        stream.Write(json);
        stream.Write(length);
        stream.Write(SHA256.HashData(json));
    }

    private static PackedIndex? TryReadIndex(MemoryMappedViewAccessor view, long length, out string? damage)
    {
        damage = "it is no file of this kind";
        var start = Bytes(view, 0, Signature.Length);
        var tail = Bytes(view, length - TailBytes, TailBytes);
        var indexLength = BinaryPrimitives.ReadInt64LittleEndian(tail);
        var indexStart = length - TailBytes - indexLength;
        if (!start.AsSpan().SequenceEqual(Signature))
        {
            return null;
        }
        damage = "it is cut short or damaged";
        if (indexLength is <= 0 or > int.MaxValue || indexStart < Signature.Length)
        {
            return null;
        }
        var json = Bytes(view, indexStart, (int)indexLength);
        if (!SHA256.HashData(json).AsSpan().SequenceEqual(tail.AsSpan(sizeof(long))))
        {
            return null;
        }
        var index = RunJson.Parse<PackedIndex>(Encoding.UTF8.GetString(json));
        damage = null;
        return index;
    }

    private static byte[] Bytes(MemoryMappedViewAccessor view, long offset, int count)
    {
        var bytes = new byte[count];
        view.SafeMemoryMappedViewHandle.ReadSpan((ulong)offset, bytes.AsSpan());
        return bytes;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
