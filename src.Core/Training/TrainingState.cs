using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using PatFramework.Core.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>The parts of a run that change with each step, as named tensors and back.</summary>
internal sealed class TrainingState(
    nn.Module<Tensor, Tensor> model,
    nn.Module<Tensor, Tensor, Tensor> loss,
    IStepOptimizer optimizer,
    WeightAverage? average = null,
    ValidatedWeights validated = ValidatedWeights.Average
) : IDisposable
{
    private const string ModelPrefix = "model.";
    private const string AveragePrefix = "average.";
    private const string LossPrefix = "loss.";
    private const string OptimizerKey = "optimizer";
    private const string GeneratorKey = "generator";

    public nn.Module<Tensor, Tensor> Model => model;

    public nn.Module<Tensor, Tensor, Tensor> Loss => loss;

    public IStepOptimizer Optimizer => optimizer;

    public WeightAverage? Average => average;

    /// <summary>The weights that are validated and kept as best and last.</summary>
    public nn.Module<Tensor, Tensor> Evaluated => validated == ValidatedWeights.Raw ? model : average?.Model ?? model;

    /// <summary>Whether every weight and buffer of the model is a finite number.</summary>
    public bool IsFinite()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Tensor[] finite =
        [
            .. model
                .state_dict()
                .Values.Where(value => value.dtype == ScalarType.Float32)
                .Select(value => value.isfinite().all()),
        ];
        return finite.Length == 0 || stack(finite).all().item<bool>();
    }

    /// <summary>Writes weights and buffers of <see cref="Evaluated"/> alone.</summary>
    public void WriteWeights(string path) => SafeTensors.Write(path, Evaluated.state_dict());

    /// <summary>Writes the average alone, where it is not what <see cref="WriteWeights"/> writes.</summary>
    public void WriteAverage(string path)
    {
        if (average is not null && validated == ValidatedWeights.Raw)
        {
            SafeTensors.Write(path, average.Model.state_dict());
        }
    }

    /// <summary>Writes everything to a safetensors file: weights and their average, the loss's own state, optimizer and generator.</summary>
    public void Write(string path)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>();
        Add(tensors, ModelPrefix, model);
        Add(tensors, LossPrefix, loss);
        if (average is not null)
        {
            Add(tensors, AveragePrefix, average.Model);
        }
        tensors.Add(OptimizerKey, OptimizerBytes());
        tensors.Add(GeneratorKey, Generator.Default.get_state());
        SafeTensors.Write(path, tensors);
    }

    /// <summary>Takes everything from a file that <see cref="Write"/> wrote.</summary>
    public void Read(string path)
    {
        using var scope = NewDisposeScope();
        using var content = SafeTensors.Read(path);
        Load(content, ModelPrefix, model, path);
        Load(content, LossPrefix, loss, path);
        if (average is not null)
        {
            Load(content, AveragePrefix, average.Model, path);
        }
        using var reader = new BinaryReader(new MemoryStream(content.Tensors[OptimizerKey].data<byte>().ToArray()));
        optimizer.Load(reader);
        Generator.Default.set_state(content.Tensors[GeneratorKey]);
    }

    public void Dispose()
    {
        optimizer.Dispose();
        average?.Dispose();
        loss.Dispose();
        model.Dispose();
    }

    private Tensor OptimizerBytes()
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
        {
            optimizer.Save(writer);
        }
        return tensor(bytes.ToArray(), [bytes.Length]);
    }

    private static void Add(Dictionary<string, Tensor> tensors, string prefix, nn.Module module)
    {
        foreach (var (name, value) in module.state_dict())
        {
            tensors.Add(prefix + name, value);
        }
    }

    private static void Load(WeightsContent content, string prefix, nn.Module module, string path)
    {
        var own = content
            .Tensors.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value);
        StateDict.Load(module, own, path);
    }
}
