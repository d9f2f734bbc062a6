using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading;

namespace PatFramework.Core.Data;

/// <summary>A data set whose samples at one size come from a packed file; they are the same bytes.</summary>
public sealed class CachedDataset : ISegmentationDataset, IDisposable
{
    private readonly ISegmentationDataset _source;
    private readonly PackedFile _packed;
    private readonly string _path;
    private readonly Action<string> _warn;
    private readonly bool[] _checked;
    private int _warned;

    private CachedDataset(ISegmentationDataset source, PackedFile packed, string path, Action<string> warn)
    {
        (_source, _packed, _path, _warn) = (source, packed, path, warn);
        _checked = new bool[source.Count];
    }

    /// <inheritdoc/>
    public string Name => _source.Name;

    /// <inheritdoc/>
    public IReadOnlyList<ClassInfo> Classes => _source.Classes;

    /// <inheritdoc/>
    public byte Ignore => _source.Ignore;

    /// <inheritdoc/>
    public int Count => _source.Count;

    /// <summary>
    /// Opens the packed file of a data set in a folder, or writes it first where there is none, where it is damaged, or where a source
    /// file has another name, length or time of change than when it was written. Processes may share the folder.
    /// </summary>
    /// <param name="source">The data set.</param>
    /// <param name="size">The size of the samples.</param>
    /// <param name="folder">The folder; made if it isn't there.</param>
    /// <param name="warn">Told once where a file is written anew or a record is damaged; may be called from other threads.</param>
    /// <param name="progress">Told the samples packed and how many there are.</param>
    /// <param name="cancellation">Asks to stop.</param>
    /// <exception cref="PatException">The data set has no files to watch, or the folder can't be written to.</exception>
    public static CachedDataset Open(
        ISegmentationDataset source,
        ImageSize size,
        string folder,
        Action<string> warn,
        Action<int, int> progress,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(warn);
        ArgumentNullException.ThrowIfNull(progress);
        if (source is not ISampleFiles files)
        {
            throw new PatException(
                $"{source.Name} is not read from files, so there is nothing to cache: leave --cache out."
            );
        }
        var path = Path.Combine(folder, FileName(source.Name, size));
        var fingerprint = Fingerprint(source, files, size);
        if (File.Exists(path))
        {
            if (TryOpen(path, fingerprint, out var reason) is { } packed)
            {
                return new CachedDataset(source, packed, path, warn);
            }
            warn($"The cache {path} is written anew: {reason}.");
        }
        PackedFile.Write(path, source, size, fingerprint, progress, cancellation);
        return new CachedDataset(
            source,
            TryOpen(path, fingerprint, out var problem)
                ?? throw new PatException($"The cache {path} can't be read back ({problem}): choose another --cache."),
            path,
            warn
        );
    }

    /// <inheritdoc/>
    public string SampleName(int index) => _source.SampleName(index);

    /// <inheritdoc/>
    public DecodedSample Read(int index, ImageSize? size)
    {
        var sample = _packed.Index.Samples[index];
        if (size != _packed.Index.Size || sample.Checksum is null)
        {
            return _source.Read(index, size);
        }
        var record = _packed.Record(index);
        if (!_checked[index] && !_packed.IsWhole(index, record))
        {
            if (Interlocked.Exchange(ref _warned, 1) == 0)
            {
                _warn(
                    $"The cache {_path} is damaged at {sample.Name}: what is damaged is read from its source. Delete the file."
                );
            }
            return _source.Read(index, size);
        }
        _checked[index] = true;
        var colours = 3 * size.Value.Pixels;
        return new DecodedSample(sample.Name, size.Value, record[..colours], record[colours..]);
    }

    /// <inheritdoc/>
    public void Dispose() => _packed.Dispose();

    private static PackedFile? TryOpen(string path, string fingerprint, out string? reason)
    {
        if (PackedFile.TryOpen(path, out reason) is not { } packed)
        {
            return null;
        }
        if (packed.Index.Fingerprint == fingerprint)
        {
            return packed;
        }
        packed.Dispose();
        reason = "its source files have changed";
        return null;
    }

    private static string FileName(string name, ImageSize size)
    {
        const int most = 60;
        var plain = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')).Trim('-');
        var tail = plain.Length <= most ? plain : plain[^most..];
        return $"{tail}-{size}-{Hash(Encoding.UTF8.GetBytes(name))[..8]}.pack";
    }

    /// <summary>Of what a record depends on: the files with length and time of change, the classes, the ignored label and the size.</summary>
    private static string Fingerprint(ISegmentationDataset source, ISampleFiles files, ImageSize size)
    {
        var text = new StringBuilder(size.ToString()).AppendLine().Append(source.Ignore).AppendLine();
        foreach (var entry in source.Classes)
        {
            _ = text.AppendLine(entry.Name);
        }
        for (var index = 0; index < source.Count; index++)
        {
            foreach (var file in new[] { files.ImageFile(index), files.LabelFile(index) })
            {
                var info = new FileInfo(file);
                var length = info.Exists ? info.Length : -1;
                _ = text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"{info.FullName} {length} {info.LastWriteTimeUtc.Ticks}"
                );
            }
        }
        return Hash(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
