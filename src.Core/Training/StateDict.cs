using System;
using System.Collections.Generic;
using System.Linq;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>Weights into a model, all of them or none.</summary>
public static class StateDict
{
    private const int NamesShown = 5;

    /// <summary>Copies parameters and buffers by name; the model keeps its element types and device.</summary>
    /// <param name="model">Where to; unchanged if anything doesn't fit.</param>
    /// <param name="weights">By name.</param>
    /// <param name="source">What the message calls the weights, usually their file.</param>
    /// <exception cref="PatException">Names that are missing, unexpected, or of another shape: lists them.</exception>
    public static void Load(nn.Module model, IReadOnlyDictionary<string, Tensor> weights, string source)
    {
        var targets = model.state_dict();
        Check(targets, weights, source);
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (var (name, target) in targets)
        {
            target.copy_(weights[name]);
        }
    }

    private static void Check(
        Dictionary<string, Tensor> targets,
        IReadOnlyDictionary<string, Tensor> weights,
        string source
    )
    {
        var faults = new List<string>();
        Report(faults, "lacks", targets.Keys.Where(name => !weights.ContainsKey(name)));
        Report(faults, "has unexpectedly", weights.Keys.Where(name => !targets.ContainsKey(name)));
        Report(
            faults,
            "has other shapes for",
            from pair in targets
            where weights.ContainsKey(pair.Key) && !weights[pair.Key].shape.SequenceEqual(pair.Value.shape)
            select $"{pair.Key} ({Text(weights[pair.Key])} for {Text(pair.Value)})"
        );
        if (faults.Count > 0)
        {
            throw new PatException(
                $"{source} does not fit the model: it {string.Join("; it ", faults)}: give the model and classes it was trained with."
            );
        }
    }

    private static void Report(List<string> faults, string fault, IEnumerable<string> names)
    {
        var all = names.Order(StringComparer.Ordinal).ToList();
        if (all.Count > 0)
        {
            var more = all.Count > NamesShown ? $" and {all.Count - NamesShown} more" : "";
            faults.Add($"{fault} {string.Join(", ", all.Take(NamesShown))}{more}");
        }
    }

    private static string Text(Tensor tensor) => $"[{string.Join(',', tensor.shape)}]";
}
