using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace PatFramework.Core.Data;

/// <summary>
/// A data set in which a few samples may be unreadable: each gives way to the next readable one of the data set's order, so that
/// batches keep their size and what they hold depends on the files alone.
/// </summary>
public sealed class ReadableSamples : ISegmentationDataset
{
    private readonly ISegmentationDataset _source;
    private readonly int _allowed;
    private readonly Action<string> _warn;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, string> _bad = [];

    /// <summary>Nothing unreadable met yet.</summary>
    /// <param name="source">The data set.</param>
    /// <param name="allowed">How many different samples may be unreadable.</param>
    /// <param name="known">The names of those that an earlier process met.</param>
    /// <param name="warn">Told of each new one, once; may be called from other threads.</param>
    public ReadableSamples(ISegmentationDataset source, int allowed, IEnumerable<string> known, Action<string> warn)
    {
        (_source, _allowed, _warn) = (source, allowed, warn);
        var names = known.ToHashSet();
        for (var index = 0; names.Count > 0 && index < source.Count; index++)
        {
            if (names.Contains(source.SampleName(index)))
            {
                _bad[index] = "it was unreadable before";
            }
        }
    }

    /// <inheritdoc/>
    public string Name => _source.Name;

    /// <inheritdoc/>
    public IReadOnlyList<ClassInfo> Classes => _source.Classes;

    /// <inheritdoc/>
    public byte Ignore => _source.Ignore;

    /// <inheritdoc/>
    public int Count => _source.Count;

    /// <summary>The names of the unreadable samples met so far, in the data set's order.</summary>
    public IReadOnlyList<string> Skipped
    {
        get
        {
            lock (_gate)
            {
                return [.. _bad.Keys.Select(_source.SampleName)];
            }
        }
    }

    /// <inheritdoc/>
    public string SampleName(int index) => _source.SampleName(index);

    /// <inheritdoc/>
    /// <exception cref="PatException">More samples than are allowed can't be read; the message lists them.</exception>
    public DecodedSample Read(int index, ImageSize? size)
    {
        for (var offset = 0; offset < _source.Count; offset++)
        {
            var at = (index + offset) % _source.Count;
            try
            {
                return _source.Read(at, size);
            }
            catch (PatException failure)
            {
                Note(at, failure.Message);
            }
        }
        throw new PatException($"No sample of {Name} can be read: check the data set with pat data check.");
    }

    private void Note(int index, string reason)
    {
        lock (_gate)
        {
            if (_bad.ContainsKey(index))
            {
                return;
            }
            _bad[index] = reason;
            if (_bad.Count > _allowed)
            {
                throw new PatException(
                    $"{_bad.Count} samples of {Name} can't be read and --skip-bad allows {_allowed}: {string.Join(" ", _bad.Values)}"
                );
            }
        }
        _warn($"{reason} Another sample takes its place ({_bad.Count} of {_allowed} that --skip-bad allows).");
    }
}
