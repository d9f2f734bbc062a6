using System.Collections.Generic;
using static TorchSharp.torch;

namespace PatFramework.Core.Weights;

/// <summary>A name that a pickle looks up in Python.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A tuple.</summary>
internal sealed record PickleTuple(IReadOnlyList<object?> Items);

/// <summary>A dictionary, in the order of its entries.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Entries { get; } = [];
}

/// <summary>The elements of a record, which tensors share.</summary>
/// <param name="Type">Their type.</param>
/// <param name="Record">The record's name below <c>data/</c>.</param>
/// <param name="Elements">How many there are.</param>
internal sealed record PickleStorage(ScalarType Type, string Record, long Elements);

/// <summary>A tensor: a view of a storage.</summary>
/// <param name="Storage">Where its elements lie.</param>
/// <param name="Offset">The first one.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Strides">Distance in elements along each dimension.</param>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>The types of storages, by PyTorch's names.</summary>
    public static IReadOnlyDictionary<string, (ScalarType Type, int Size)> Types { get; } =
        new Dictionary<string, (ScalarType, int)>
        {
            ["DoubleStorage"] = (ScalarType.Float64, 8),
            ["FloatStorage"] = (ScalarType.Float32, 4),
            ["HalfStorage"] = (ScalarType.Float16, 2),
            ["BFloat16Storage"] = (ScalarType.BFloat16, 2),
            ["LongStorage"] = (ScalarType.Int64, 8),
            ["IntStorage"] = (ScalarType.Int32, 4),
            ["ShortStorage"] = (ScalarType.Int16, 2),
            ["CharStorage"] = (ScalarType.Int8, 1),
            ["ByteStorage"] = (ScalarType.Byte, 1),
            ["BoolStorage"] = (ScalarType.Bool, 1),
        };
}
