using System.Collections.Generic;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models;

/// <summary>One call of a layer.</summary>
/// <param name="Name">Its path in the model, e.g. <c>encoder.0.conv1</c>.</param>
/// <param name="Kind">The layer's type, e.g. <c>Conv2d</c>.</param>
/// <param name="Output">Shape of its output.</param>
/// <param name="Parameters">Number of trained values; 0 at a second call of the same layer.</param>
/// <param name="MultiplyAdds">Multiplications paired with an addition, in this call.</param>
public sealed record LayerSummary(string Name, string Kind, long[] Output, long Parameters, long MultiplyAdds);

/// <summary>The layers of a model in the order they run, for one input shape.</summary>
/// <param name="Input">[N,C,H,W].</param>
/// <param name="Layers">One row a call.</param>
/// <param name="Parameters">Number of trained values of the whole model.</param>
/// <param name="MultiplyAdds">
/// Sum over the layers. Convolutions are counted, bias not; normalisation, activation and pooling count as 0, as is usual.
/// </param>
public sealed record ModelSummary(long[] Input, IReadOnlyList<LayerSummary> Layers, long Parameters, long MultiplyAdds)
{
    /// <summary>Runs the model once on zeros, in evaluation mode and without gradient, and notes what each layer does.</summary>
    /// <param name="model">Left as it was: mode, weights and statistics.</param>
    /// <param name="input">[N,C,H,W].</param>
    /// <exception cref="PatException">A shape that the model can't take.</exception>
    public static ModelSummary Of(SegmentationModel model, long[] input)
    {
        var layers = new List<LayerSummary>();
        var wasTraining = model.training;
        var removals = Leaves(model).Select(leaf => Watch(leaf.Name, leaf.Layer, layers)).ToList();
        try
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            model.eval();
            model.call(zeros(input));
        }
        finally
        {
            removals.ForEach(remove => remove());
            model.train(wasTraining);
        }
        return new ModelSummary(
            input,
            layers,
            model.parameters().Sum(parameter => parameter.numel()),
            layers.Sum(layer => layer.MultiplyAdds)
        );
    }

    private static IEnumerable<(string Name, nn.Module<Tensor, Tensor> Layer)> Leaves(SegmentationModel model) =>
        from pair in model.named_modules()
        where pair.module is nn.Module<Tensor, Tensor> && !pair.module.children().Any()
        select (pair.name, (nn.Module<Tensor, Tensor>)pair.module);

    private static System.Action Watch(string name, nn.Module<Tensor, Tensor> layer, List<LayerSummary> layers)
    {
        var hook = layer.register_forward_hook(
            (_, input, output) =>
            {
                var again = layers.Any(row => row.Name == name);
                var parameters = again ? 0 : layer.parameters().Sum(parameter => parameter.numel());
                var work = Work(layer, input.shape, output.shape);
                layers.Add(new LayerSummary(name, layer.GetType().Name, output.shape, parameters, work));
                return output;
            }
        );
        return hook.remove;
    }

    /// <summary>A convolution applies its whole kernel at each output position, a transposed one at each input position.</summary>
    private static long Work(nn.Module<Tensor, Tensor> layer, long[] input, long[] output)
    {
        long Kernel() => layer.named_parameters().First(pair => pair.name == "weight").parameter.numel();
        return layer switch
        {
            Conv2d or CosineClassifier => output[0] * output[2] * output[3] * Kernel(),
            UpConvolution => input[0] * input[2] * input[3] * Kernel(),
            _ => 0,
        };
    }
}
