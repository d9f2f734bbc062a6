using System;
using System.Collections.Generic;
using static TorchSharp.torch;

namespace PatFramework.Core.Weights;

/// <summary>What a file of weights holds; disposing it frees the tensors.</summary>
/// <param name="Tensors">By name, on the CPU.</param>
/// <param name="Metadata">Free text by key.</param>
public sealed record WeightsContent(
    IReadOnlyDictionary<string, Tensor> Tensors,
    IReadOnlyDictionary<string, string> Metadata
) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Tensors.Values)
        {
            tensor.Dispose();
        }
    }
}
