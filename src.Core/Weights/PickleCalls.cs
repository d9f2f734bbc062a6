using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Numerics;

namespace PatFramework.Core.Weights;

/// <summary>The calls that a state_dict's pickle may make, and what they come to.</summary>
internal static class PickleCalls
{
    /// <summary>The result of a call.</summary>
    /// <param name="callee">What is called.</param>
    /// <param name="arguments">With what.</param>
    /// <exception cref="InvalidDataException">It is not one of those; the message names it.</exception>
    public static object? Call(object? callee, PickleTuple? arguments) =>
        (callee?.ToString(), arguments?.Items) switch
        {
            ("collections.OrderedDict", { Count: 0 }) => new PickleDictionary(),
            ("torch._utils._rebuild_tensor_v2", { } items) => Tensor(items),
            ("torch._utils._rebuild_parameter", [PickleTensor tensor, ..]) => tensor,
            ("torch.Size", [PickleTuple sizes]) => sizes,
            (var name, _) => throw new InvalidDataException(
                $"it holds Python code ({(callee is PickleGlobal ? name : "a call")}), which is never run; only tensors, dictionaries, "
                    + "numbers and strings are read"
            ),
        };

    /// <summary>(storage, offset, shape, strides, requires gradient, hooks, …), inside the storage.</summary>
    private static PickleTensor Tensor(IReadOnlyList<object?> items)
    {
        if (
            items is not [PickleStorage storage, long offset, PickleTuple sizes, PickleTuple steps, ..]
            || sizes.Items.Count != steps.Items.Count
            || !sizes.Items.Concat(steps.Items).All(item => item is long and >= 0)
        )
        {
            throw new InvalidDataException(
                "it has a tensor that isn't made of a storage, an offset, a shape and strides"
            );
        }
        long[] shape = [.. sizes.Items.Cast<long>()];
        long[] strides = [.. steps.Items.Cast<long>()];
        if (!Fits(storage.Elements, offset, shape, strides))
        {
            throw new InvalidDataException(
                $"it has a tensor [{string.Join(',', shape)}] that reaches beyond its storage of {storage.Elements} elements"
            );
        }
        return new PickleTensor(storage, offset, shape, strides);
    }

    private static bool Fits(long elements, long offset, long[] shape, long[] strides)
    {
        if (offset < 0 || shape.Contains(0))
        {
            return offset >= 0 && offset <= elements;
        }
        var last = shape.Zip(strides, (side, stride) => (BigInteger)(side - 1) * stride);
        var count = shape.Aggregate(BigInteger.One, (product, side) => product * side);
        return last.Aggregate((BigInteger)offset, (sum, step) => sum + step) < elements && count <= long.MaxValue;
    }
}
