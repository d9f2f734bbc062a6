using System;
using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Models;
using static TorchSharp.torch;

namespace PatFramework.Core.Weights;

/// <summary>Weights into a model by name.</summary>
public static class StateDict
{
    /// <summary>What PyTorch didn't write before version 0.4.1, and takes for 0 where it is missing.</summary>
    private const string Counter = ".num_batches_tracked";

    /// <summary>Copies all parameters and buffers or none; the model keeps its element types and device.</summary>
    /// <param name="model">Where to; unchanged if anything doesn't fit.</param>
    /// <param name="weights">By name.</param>
    /// <param name="source">What the message calls the weights, usually their file.</param>
    /// <exception cref="PatException">Names that are missing, unexpected, or of another shape: lists them.</exception>
    public static void Load(nn.Module model, IReadOnlyDictionary<string, Tensor> weights, string source)
    {
        var targets = model.state_dict();
        var report = Compare(targets, weights);
        if (!report.IsComplete)
        {
            throw new PatException(
                $"{source} does not fit the model: it {string.Join("; it ", report.Faults)}: {Advice(model, report)}."
            );
        }
        Copy(targets, weights);
    }

    /// <summary>Copies what fits by name and shape, and says what doesn't.</summary>
    /// <param name="model">Where to.</param>
    /// <param name="weights">By name.</param>
    /// <param name="source">What the message calls the weights, usually their file.</param>
    /// <exception cref="PatException">Nothing fits.</exception>
    public static LoadReport LoadMatching(nn.Module model, IReadOnlyDictionary<string, Tensor> weights, string source)
    {
        var targets = model.state_dict();
        var report = Compare(targets, weights);
        var left = report.Mismatched.Select(one => one.Name).Concat(report.Missing).ToHashSet();
        var fitting = targets.Where(pair => !left.Contains(pair.Key)).ToDictionary(StringComparer.Ordinal);
        if (!fitting.Keys.Any(weights.ContainsKey))
        {
            throw new PatException($"{source} does not fit the model at all: no name and shape of it is the model's.");
        }
        Copy(fitting, weights);
        return report;
    }

    /// <summary>Copies a pretrained encoder: all of the model's encoder, from weights of an encoder alone or of a whole model.</summary>
    /// <param name="model">Where to; unchanged if the encoder isn't there whole.</param>
    /// <param name="weights">By name, such as torchvision's of a ResNet.</param>
    /// <param name="source">What the message calls the weights, usually their file.</param>
    /// <exception cref="PatException">Names of the encoder that are missing or of another shape: lists them.</exception>
    public static void LoadEncoder(SegmentationModel model, IReadOnlyDictionary<string, Tensor> weights, string source)
    {
        var path = model.EncoderPath + ".";
        var targets = model
            .state_dict()
            .Where(pair => model.IsEncoder(pair.Key))
            .ToDictionary(pair => pair.Key[path.Length..], pair => pair.Value, StringComparer.Ordinal);
        string[] prefixes = ["", path, "encoder.", "backbone."];
        var candidates = prefixes.Select(prefix => Below(weights, prefix)).ToList();
        var best = candidates.MaxBy(candidate => targets.Keys.Count(candidate.ContainsKey))!;
        var report = Compare(targets, best) with { Unexpected = [] };
        if (!report.IsComplete)
        {
            throw new PatException(
                $"{source} holds no encoder of {model.Architecture}: it {string.Join("; it ", report.Faults)}: "
                    + "give weights of the encoder that the model is spelled with."
            );
        }
        Copy(targets, best);
    }

    /// <summary>How weights and a model differ.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">By name.</param>
    public static LoadReport Compare(nn.Module model, IReadOnlyDictionary<string, Tensor> weights) =>
        Compare(model.state_dict(), weights);

    private static LoadReport Compare(
        Dictionary<string, Tensor> targets,
        IReadOnlyDictionary<string, Tensor> weights
    ) =>
        new(
            [
                .. targets.Keys.Where(name =>
                    !weights.ContainsKey(name) && !name.EndsWith(Counter, StringComparison.Ordinal)
                ),
            ],
            [.. weights.Keys.Where(name => !targets.ContainsKey(name))],
            [
                .. from pair in targets
                where weights.ContainsKey(pair.Key)
                let found = weights[pair.Key].shape
                where !found.SequenceEqual(pair.Value.shape)
                select new Mismatch(pair.Key, found, pair.Value.shape),
            ]
        );

    private static void Copy(Dictionary<string, Tensor> targets, IReadOnlyDictionary<string, Tensor> weights)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (var (name, target) in targets)
        {
            if (weights.TryGetValue(name, out var value))
            {
                target.copy_(value);
            }
            else
            {
                target.zero_();
            }
        }
    }

    private static Dictionary<string, Tensor> Below(IReadOnlyDictionary<string, Tensor> weights, string prefix) =>
        weights
            .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value, StringComparer.Ordinal);

    /// <summary>Only the heads differ in shape: another number of classes, and what to do about it.</summary>
    private static string Advice(nn.Module model, LoadReport report) =>
        model is SegmentationModel segmentation
        && report.Missing.Count + report.Unexpected.Count == 0
        && report.Mismatched.All(one => segmentation.IsHead(one.Name))
            ? $"it tells {report.Mismatched[0].Found[0]} classes apart and the model {segmentation.Classes}; give the model with its "
                + "number of classes, or train a new head on its encoder with pat train --init-encoder"
            : "give the model and classes it was trained with";
}
