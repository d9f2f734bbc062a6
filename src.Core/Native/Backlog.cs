using System;
using System.Collections.Generic;
using static TorchSharp.torch;

namespace PatFramework.Core.Native;

/// <summary>Keeps the host from running away from the device: no more than a few batches wait there, with the memory they need.</summary>
/// <param name="depth">Batches that may wait while the host goes on.</param>
internal sealed class Backlog(int depth) : IDisposable
{
    private readonly Queue<Download> _ends = new();

    /// <summary>Says that a batch is enqueued; waits where too many are.</summary>
    /// <param name="last">A small tensor that the batch made.</param>
    public void Add(Tensor last)
    {
        _ends.Enqueue(Download.Of(last));
        while (_ends.Count > depth)
        {
            using var end = _ends.Dequeue();
            end.Read().Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var end in _ends)
        {
            end.Dispose();
        }
    }
}
