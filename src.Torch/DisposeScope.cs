using System;
using System.Collections.Generic;

namespace TorchSharp;

/// <summary>
/// Disposes on leaving what was created on this thread while it was the innermost scope, except what was moved out of
/// it. TorchSharp's semantics: scopes nest, and a scope belongs to the thread that opened it.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? current;

    private readonly HashSet<torch.Tensor> tensors = new(ReferenceEqualityComparer.Instance);
    private bool closed;

    internal DisposeScope()
    {
        Outer = current;
        current = this;
    }

    internal static DisposeScope? Current => current;

    internal DisposeScope? Outer { get; }

    /// <summary>How many tensors the scope will dispose.</summary>
    public int DisposablesCount => tensors.Count;

    /// <summary>Hands a tensor to the enclosing scope; without one it belongs to the caller.</summary>
    public T MoveToOuter<T>(T disposable)
        where T : torch.Tensor
    {
        disposable.MoveTo(Outer);
        return disposable;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (closed)
        {
            return;
        }
        closed = true;
        foreach (var tensor in tensors)
        {
            tensor.DisposeFromScope();
        }
        tensors.Clear();
        if (ReferenceEquals(current, this))
        {
            current = Outer;
        }
    }

    internal void Include(torch.Tensor tensor) => tensors.Add(tensor);

    internal void Exclude(torch.Tensor tensor) => tensors.Remove(tensor);
}

public static partial class torch
{
    /// <summary>Opens a scope that disposes the tensors made in it.</summary>
    public static DisposeScope NewDisposeScope() => new();
}
