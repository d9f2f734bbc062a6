using System;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Bridge;

/// <summary>
/// An ATen operator, resolved once by its schema name and overload and called through libtorch's dispatcher.
/// Arguments left out at the end take the schema's defaults.
/// </summary>
internal sealed class Operator
{
    private readonly nint handle;

    /// <summary>Resolves an operator.</summary>
    /// <param name="name">Schema name without the namespace, such as <c>add</c>.</param>
    /// <param name="overload">Overload name, such as <c>Tensor</c>; empty for the plain one.</param>
    /// <exception cref="ExternalException">This libtorch has no such operator.</exception>
    public Operator(string name, string overload = "") =>
        Native.Check(Native.pat_op_find("aten::" + name, overload, out handle));

    /// <summary>Calls an operator that returns one tensor.</summary>
    public unsafe Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1);
        return new Tensor(result.Pointer);
    }

    /// <summary>Calls an in-place operator; the handle that it returns is the receiver's and is released.</summary>
    public unsafe void CallInPlace(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        if (Invoke(arguments, &result, 1) == 1 && result.Tag == ValueTag.Tensor)
        {
            Native.Check(Native.pat_tensor_free(result.Pointer));
        }
    }

    /// <summary>Calls an operator that returns two tensors.</summary>
    public unsafe (Tensor First, Tensor Second) CallPair(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[2];
        Invoke(arguments, results, 2);
        return (new Tensor(results[0].Pointer), new Tensor(results[1].Pointer));
    }

    /// <summary>Calls an operator that returns a list of tensors.</summary>
    public unsafe Tensor[] CallList(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1);
        var tensors = new Tensor[result.Length];
        for (var i = 0; i < tensors.Length; i++)
        {
            tensors[i] = new Tensor(((nint*)result.Pointer)[i]);
        }
        Native.pat_list_free(result.Pointer);
        return tensors;
    }

    /// <summary>Calls an operator that returns a bool.</summary>
    public unsafe bool CallBool(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1);
        return result.Integer != 0;
    }

    private unsafe int Invoke(ReadOnlySpan<Argument> arguments, NativeValue* results, int room)
    {
        var words = 0;
        foreach (ref readonly var argument in arguments)
        {
            words += argument.Words;
        }
        if (words > 512)
        {
            var memory = (long*)NativeMemory.Alloc((nuint)words, sizeof(long));
            try
            {
                return Invoke(arguments, memory, results, room);
            }
            finally
            {
                NativeMemory.Free(memory);
            }
        }
        var scratch = stackalloc long[words];
        return Invoke(arguments, scratch, results, room);
    }

    private unsafe int Invoke(ReadOnlySpan<Argument> arguments, long* scratch, NativeValue* results, int room)
    {
        var values = stackalloc NativeValue[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i].Marshal(values + i, ref scratch);
        }
        Native.Check(Native.pat_op_call(handle, values, arguments.Length, results, ref room));
        foreach (ref readonly var argument in arguments)
        {
            GC.KeepAlive(argument.Reference);
        }
        return room;
    }
}
