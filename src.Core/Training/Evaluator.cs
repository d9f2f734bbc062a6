using System;
using System.Collections.Generic;
using System.Threading;
using PatFramework.Core.Data;
using PatFramework.Core.Metrics;
using PatFramework.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>What a model scores on a whole data set.</summary>
/// <param name="Scores">Everything derived from the one confusion matrix.</param>
/// <param name="CrossEntropy">Nats per valid pixel; NaN where no pixel is valid.</param>
/// <param name="Images">Images evaluated.</param>
public sealed record Evaluation(SegmentationScores Scores, double CrossEntropy, int Images);

/// <summary>Evaluates a model on every image of a data set, without augmentation.</summary>
/// <param name="device">Where to compute; the model is there already.</param>
/// <param name="precision">The arithmetic of the model.</param>
/// <param name="size">The size images and labels are resized to.</param>
/// <param name="batchSize">Images per batch; the result does not depend on it.</param>
/// <param name="inference">Windows, scales, mirrored views, another size; null for one pass.</param>
/// <exception cref="PatException">A value of <paramref name="inference"/> is out of its range.</exception>
public sealed class Evaluator(
    Device device,
    Precision precision,
    ImageSize size,
    int batchSize,
    InferenceOptions? inference = null
)
{
    private const int BatchesAhead = 2;

    private readonly ImageSize _size = inference?.Size ?? size;
    private readonly Inference _inference = new(device, precision, inference);

    /// <summary>The evaluator of a run; without <paramref name="inference"/>, the one that it validates with.</summary>
    /// <param name="config">The run's configuration.</param>
    /// <param name="inference">Windows, scales, mirrored views, another size; null for one pass.</param>
    /// <exception cref="PatException">The run's device is not here, or an option is out of its range.</exception>
    public static Evaluator Of(TrainingConfig config, InferenceOptions? inference = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new Evaluator(
            ForwardPass.DeviceOf(config.Device),
            config.Precision,
            config.Size,
            config.BatchSize,
            inference
        );
    }

    /// <summary>Evaluates; leaves the model in evaluation mode.</summary>
    /// <param name="model">Images [N,3,H,W] → logits [N,C,H,W].</param>
    /// <param name="dataset">The data set, whose classes are the model's.</param>
    /// <param name="progress">Told how many samples are done and how many there are.</param>
    /// <param name="cancellation">Asks to stop between batches.</param>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public Evaluation Run(
        nn.Module<Tensor, Tensor> model,
        ISegmentationDataset dataset,
        Action<int, int>? progress = null,
        CancellationToken cancellation = default
    ) => Run(model, dataset, (_, _, _) => { }, progress, cancellation);

    /// <summary>Evaluates and keeps the counts of each image, from which scores of any subset follow.</summary>
    /// <param name="model">Images [N,3,H,W] → logits [N,C,H,W].</param>
    /// <param name="dataset">The data set, whose classes are the model's.</param>
    /// <param name="progress">Told how many samples are done and how many there are.</param>
    /// <param name="cancellation">Asks to stop between batches.</param>
    /// <returns>The evaluation of the whole, and the images in the data set's order.</returns>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public (Evaluation Whole, IReadOnlyList<ImageConfusion> Images) RunPerImage(
        nn.Module<Tensor, Tensor> model,
        ISegmentationDataset dataset,
        Action<int, int>? progress = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var images = new List<ImageConfusion>(dataset.Count);
        var whole = Run(model, dataset, Count, progress, cancellation);
        return (whole, images);

        void Count(IReadOnlyList<string> names, Tensor logits, Tensor labels)
        {
            using var predicted = logits.argmax(1).cpu().contiguous();
            using var labelled = labels.cpu().contiguous();
            images.AddRange(
                ImageConfusion.Of(
                    names,
                    predicted.data<long>().ToArray(),
                    labelled.data<long>().ToArray(),
                    dataset.Classes.Count
                )
            );
        }
    }

    private Evaluation Run(
        nn.Module<Tensor, Tensor> model,
        ISegmentationDataset dataset,
        Action<IReadOnlyList<string>, Tensor, Tensor> visit,
        Action<int, int>? progress,
        CancellationToken cancellation
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(dataset);
        using var guard = no_grad();
        using var confusion = new ConfusionMatrix(dataset.Classes.Count, dataset.Ignore, device);
        using var crossEntropy = new CrossEntropyMeter(dataset.Ignore, device);
        using var backlog = new Backlog(BatchesAhead);
        var done = 0;
        model.eval();
        var loader = new DataLoader(dataset, new LoaderOptions(batchSize, _size) { Device = device });
        foreach (var batch in loader.Epoch(0))
        {
            using (batch)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var labels = batch.Labels.to(device);
                var logits = _inference.Logits(model, Augmentation.Normalize(batch.Images.to(device)));
                confusion.AddLogits(logits, labels);
                crossEntropy.Add(logits, labels);
                visit(batch.Names, logits, labels);
                backlog.Add(labels.flatten()[0]);
                done += batch.Names.Count;
                progress?.Invoke(done, dataset.Count);
            }
        }
        return new Evaluation(confusion.Scores(), crossEntropy.Value, done);
    }
}
