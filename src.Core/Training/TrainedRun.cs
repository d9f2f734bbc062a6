using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using PatFramework.Core.Data;
using PatFramework.Core.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>A trained model as a run's folder holds it, ready to evaluate and predict.</summary>
public sealed class TrainedRun : IDisposable
{
    private TrainedRun(TrainingConfig config, string weightsFile, nn.Module<Tensor, Tensor> model)
    {
        (Config, WeightsFile, Model) = (config, weightsFile, model);
    }

    /// <summary>How the model was trained.</summary>
    public TrainingConfig Config { get; }

    /// <summary>The file of its weights.</summary>
    public string WeightsFile { get; }

    /// <summary>The model, in evaluation mode, on the configured device.</summary>
    public nn.Module<Tensor, Tensor> Model { get; }

    /// <summary>Reads a run's configuration, which says what data and model it is about.</summary>
    /// <exception cref="PatException">There is no run, or its configuration is damaged.</exception>
    public static TrainingConfig ReadConfig(string folder)
    {
        using var run = RunFolder.Open(folder);
        return RunJson.ReadFile<TrainingConfig>(run.Config);
    }

    /// <summary>Loads a run's model.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="weights"><c>best</c>, <c>last</c>, or a file of weights.</param>
    /// <param name="config">The configuration, with the device and threads to use now.</param>
    /// <param name="createModel">Makes the model that the configuration spells.</param>
    /// <exception cref="PatException">The weights are missing, damaged or do not fit the model.</exception>
    public static TrainedRun Load(
        string folder,
        string weights,
        TrainingConfig config,
        Func<nn.Module<Tensor, Tensor>> createModel
    )
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(createModel);
        using var run = RunFolder.Open(folder);
        var file = weights switch
        {
            "best" => run.BestWeights,
            "last" => run.LastWeights,
            _ => weights,
        };
        if (!File.Exists(file))
        {
            throw new PatException(
                $"There are no weights at {file}: give best, last or a .safetensors, .pt or .pth file."
            );
        }
        set_num_threads(config.Threads);
        using var content = Weights.WeightsFile.Read(file);
        var model = createModel();
        StateDict.Load(model, content.Tensors, file);
        model.to(ForwardPass.DeviceOf(config.Device));
        model.eval();
        return new TrainedRun(config, file, model);
    }

    /// <summary>Evaluates the model on a data set, at the precision it was trained with and, unless asked otherwise, the size.</summary>
    public Evaluation Evaluate(
        ISegmentationDataset dataset,
        Action<int, int>? progress = null,
        InferenceOptions? inference = null
    ) => Evaluator.Of(Config, inference).Run(Model, dataset, progress);

    /// <summary>Evaluates the model on a data set and keeps the counts of each image.</summary>
    public (Evaluation Whole, IReadOnlyList<Metrics.ImageConfusion> Images) EvaluatePerImage(
        ISegmentationDataset dataset,
        Action<int, int>? progress = null,
        CancellationToken cancellation = default
    ) => Evaluator.Of(Config).RunPerImage(Model, dataset, progress, cancellation);

    /// <summary>Predicts images at the precision the model was trained with and, unless asked otherwise, the size.</summary>
    public Predictor CreatePredictor(InferenceOptions? inference = null) =>
        new(Model, ForwardPass.DeviceOf(Config.Device), Config.Precision, Config.Size, inference);

    /// <summary>Predicts an image file and writes the class ids as an 8-bit grey PNG of the image's size.</summary>
    /// <param name="predictor">The predictor.</param>
    /// <param name="image">A JPEG or PNG.</param>
    /// <param name="output">The PNG of class ids.</param>
    /// <param name="overlay">The PNG of the image blended with the classes' colours; null for none.</param>
    /// <param name="classes">The classes with their colours.</param>
    /// <exception cref="PatException">The image can't be read, or a file can't be written.</exception>
    public static void PredictFile(
        Predictor predictor,
        string image,
        string output,
        string? overlay,
        IReadOnlyList<ClassInfo> classes
    )
    {
        ArgumentNullException.ThrowIfNull(predictor);
        var picture = Codecs.ReadImage(image);
        var labels = predictor.Predict(picture);
        AtomicFile.Write(output, stream => stream.Write(Codecs.EncodePng(labels)));
        if (overlay is not null)
        {
            var blended = Predictor.Overlay(picture, labels, classes);
            AtomicFile.Write(overlay, stream => stream.Write(Codecs.EncodePng(blended)));
        }
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => Model.Dispose();
}
