using System;
using System.Collections.Generic;
using static TorchSharp.torch;

namespace PatFramework.Core.Data;

/// <summary>Samples of one size, stacked; whoever takes it from the loader disposes it.</summary>
/// <param name="Images">uint8 [N, 3, H, W], contiguous, on the loader's device.</param>
/// <param name="Labels">int64 [N, H, W] on the same device.</param>
/// <param name="Names">The samples' names.</param>
public sealed record Batch(Tensor Images, Tensor Labels, IReadOnlyList<string> Names) : IDisposable
{
    /// <summary>Frees both tensors.</summary>
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }
}
