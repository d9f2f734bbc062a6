using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PatFramework.Core.Native;

/// <summary>An operator on lists of tensors, by its schema name: what TorchSharp has no method for.</summary>
internal sealed class AtenOperator
{
    private readonly nint _handle;

    private AtenOperator(nint handle) => _handle = handle;

    /// <summary>The operator; null where this libtorch has none of the name.</summary>
    /// <param name="name">The name in the schema, such as <c>_foreach_mul_</c>.</param>
    /// <param name="overload">The overload, such as <c>Scalar</c>.</param>
    public static AtenOperator? Find(string name, string overload = "") =>
        PatTorch.pat_op_find("aten::" + name, overload, out var handle) == 0 ? new AtenOperator(handle) : null;

    /// <summary>The operator.</summary>
    /// <inheritdoc cref="Find"/>
    /// <exception cref="InvalidOperationException">This libtorch has none of the name.</exception>
    public static AtenOperator Get(string name, string overload = "") =>
        Find(name, overload) ?? throw new InvalidOperationException(PatTorch.LastError);

    /// <summary>Calls an operator that changes the tensors of its first list.</summary>
    public void Change(params ReadOnlySpan<AtenArgument> arguments)
    {
        foreach (var tensor in Call(arguments))
        {
            tensor.Dispose();
        }
    }

    /// <summary>Calls an operator and gives the list that it returns; none where it returns nothing.</summary>
    public unsafe Tensor[] Call(params ReadOnlySpan<AtenArgument> arguments)
    {
        var values = new PatTorch.Value[arguments.Length];
        var lists = new GCHandle[arguments.Length];
        var count = 1;
        PatTorch.Value result;
        try
        {
            for (var i = 0; i < values.Length; i++)
            {
                lists[i] = GCHandle.Alloc(arguments[i].Handles, GCHandleType.Pinned);
                values[i] = arguments[i].ToValue(lists[i].AddrOfPinnedObject());
            }
            PatTorch.Check(PatTorch.pat_op_call(_handle, values, values.Length, &result, ref count));
        }
        finally
        {
            foreach (var list in lists.Where(list => list.IsAllocated))
            {
                list.Free();
            }
        }
        foreach (var argument in arguments)
        {
            GC.KeepAlive(argument.Tensors);
        }
        return count == 0 ? [] : Taken(result);
    }

    private static unsafe Tensor[] Taken(PatTorch.Value result)
    {
        if (result.Tag != PatTorch.TensorListTag)
        {
            return [];
        }
        var tensors = new Tensor[result.Length];
        for (var i = 0; i < tensors.Length; i++)
        {
            tensors[i] = Tensor.UnsafeCreateTensor(((nint*)result.Bits)[i]);
        }
        PatTorch.pat_list_free((nint)result.Bits);
        return tensors;
    }
}

/// <summary>An argument of an <see cref="AtenOperator"/>: tensors, a number, or a choice.</summary>
internal readonly struct AtenArgument
{
    private readonly int _tag;
    private readonly long _bits;

    private AtenArgument(int tag, long bits, IReadOnlyList<Tensor>? tensors = null)
    {
        (_tag, _bits, Tensors) = (tag, bits, tensors);
        Handles = [.. (tensors ?? []).Select(tensor => tensor.Handle)];
    }

    /// <summary>The tensors, which must outlive the call.</summary>
    public IReadOnlyList<Tensor>? Tensors { get; }

    /// <summary>Their native handles.</summary>
    public nint[] Handles { get; }

    /// <summary>A list.</summary>
    public static AtenArgument List(IReadOnlyList<Tensor> tensors) => new(PatTorch.TensorListTag, 0, tensors);

    /// <summary>One tensor.</summary>
    public static AtenArgument One(Tensor tensor) => new(PatTorch.TensorTag, tensor.Handle, [tensor]);

    public static implicit operator AtenArgument(double value) =>
        new(PatTorch.DoubleTag, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator AtenArgument(bool value) => new(PatTorch.BoolTag, value ? 1 : 0);

    /// <summary>The native form; a list lies at an address.</summary>
    public PatTorch.Value ToValue(nint list) =>
        new()
        {
            Tag = _tag,
            Length = Handles.Length,
            Bits = _tag == PatTorch.TensorListTag ? list : _bits,
        };
}
