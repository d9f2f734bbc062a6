using System;
using System.Collections.Generic;
using static TorchSharp.torch;

namespace TorchSharp.Bridge;

/// <summary>An operator argument before it is marshalled; converts implicitly from what the operators take.</summary>
internal readonly struct Argument
{
    private Argument(ValueTag tag, long bits, object? reference = null)
    {
        Tag = tag;
        Bits = bits;
        Reference = reference;
    }

    public ValueTag Tag { get; }

    public long Bits { get; }

    public object? Reference { get; }

    /// <summary>How many 8-byte words of scratch memory the argument's list needs.</summary>
    public int Words =>
        Reference switch
        {
            long[] list => list.Length,
            double[] list => list.Length,
            IReadOnlyList<Tensor?> list => list.Count,
            byte[] text => (text.Length + 7) / 8,
            _ => 0,
        };

    public static Argument None => default;

    public static implicit operator Argument(Tensor? tensor) =>
        tensor is null ? None : new Argument(ValueTag.Tensor, 0, tensor);

    public static implicit operator Argument(long value) => new(ValueTag.Int, value);

    public static implicit operator Argument(long? value) => value is long number ? number : None;

    public static implicit operator Argument(double value) =>
        new(ValueTag.Double, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Argument(bool value) => new(ValueTag.Bool, value ? 1 : 0);

    public static implicit operator Argument(long[]? list) =>
        list is null ? None : new Argument(ValueTag.IntList, 0, list);

    public static implicit operator Argument(Scalar? scalar) => scalar is null ? None : scalar.ToArgument();

    public static implicit operator Argument(ScalarType? type) => type is ScalarType known ? (long)known : None;

    public static implicit operator Argument(ScalarType type) => (long)type;

    public static implicit operator Argument(Device? device) =>
        device is null ? None : new Argument(ValueTag.Device, ((long)device.index << 32) | (uint)device.type);

    public static implicit operator Argument(Generator? generator) =>
        generator is null ? None : new Argument(ValueTag.Generator, 0, generator);

    public static Argument List(IReadOnlyList<Tensor> tensors) => new(ValueTag.TensorList, 0, tensors);

    public static Argument OptionalList(IReadOnlyList<Tensor?> tensors) => new(ValueTag.OptionalTensorList, 0, tensors);

    public static Argument Text(string text) => new(ValueTag.String, 0, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Writes the native form to <paramref name="value"/>; lists go to <paramref name="scratch"/>.</summary>
    public unsafe void Marshal(NativeValue* value, ref long* scratch)
    {
        value->Tag = Tag;
        value->Length = 0;
        value->Integer = Bits;
        switch (Reference)
        {
            case null when Tag == ValueTag.Device:
                value->Length = (int)(Bits >> 32);
                value->Integer = (uint)Bits;
                break;
            case Tensor tensor:
                value->Pointer = tensor.Handle;
                break;
            case Generator generator:
                value->Pointer = generator.Handle;
                break;
            case long[] list:
                list.CopyTo(new Span<long>(scratch, list.Length));
                Point(value, ref scratch, list.Length, list.Length);
                break;
            case double[] list:
                list.CopyTo(new Span<double>(scratch, list.Length));
                Point(value, ref scratch, list.Length, list.Length);
                break;
            case byte[] text:
                text.CopyTo(new Span<byte>(scratch, text.Length));
                Point(value, ref scratch, text.Length, Words);
                break;
            case IReadOnlyList<Tensor?> tensors:
                for (var i = 0; i < tensors.Count; i++)
                {
                    scratch[i] = tensors[i]?.Handle ?? 0;
                }
                Point(value, ref scratch, tensors.Count, tensors.Count);
                break;
        }
    }

    private static unsafe void Point(NativeValue* value, ref long* scratch, int length, int words)
    {
        value->Pointer = (nint)scratch;
        value->Length = length;
        scratch += words;
    }
}
