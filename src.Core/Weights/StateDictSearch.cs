using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace PatFramework.Core.Weights;

/// <summary>Finds the state_dict in what a .pt file holds: at the top, or under a checkpoint's usual names.</summary>
internal static class StateDictSearch
{
    private const string Parallel = "module.";
    private static readonly string[] Usual = ["state_dict", "model_state_dict", "model", "net", "network", "weights"];

    /// <summary>The tensors by name, without the prefix that DataParallel gives to all of them.</summary>
    /// <param name="root">What the pickle made.</param>
    /// <exception cref="InvalidDataException">There are none, or a name is there twice.</exception>
    public static List<(string Name, PickleTensor Tensor)> Tensors(object? root)
    {
        var own = Own(root);
        if (own.Count == 0 && root is PickleDictionary top)
        {
            own =
            [
                .. Usual
                    .Select(name => Own(top.Entries.LastOrDefault(entry => Equals(entry.Key, name)).Value))
                    .FirstOrDefault(found => found.Count > 0)
                    ?? [],
            ];
        }
        if (own.Count == 0)
        {
            throw new InvalidDataException(
                $"it holds no tensors by name, at its top or under {string.Join(", ", Usual)}: save model.state_dict()"
            );
        }
        if (own.All(entry => entry.Name.StartsWith(Parallel, StringComparison.Ordinal)))
        {
            own = [.. own.Select(entry => (entry.Name[Parallel.Length..], entry.Tensor))];
        }
        var twice = own.GroupBy(entry => entry.Name).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? own : throw new InvalidDataException($"it holds '{twice.Key}' twice");
    }

    private static List<(string Name, PickleTensor Tensor)> Own(object? value) =>
        value is PickleDictionary dictionary
            ? [.. dictionary.Entries.Where(IsTensor).Select(entry => ((string)entry.Key!, (PickleTensor)entry.Value!))]
            : [];

    private static bool IsTensor((object? Key, object? Value) entry) => entry is { Key: string, Value: PickleTensor };
}
