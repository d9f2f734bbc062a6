using System;
using PatFramework.Core.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>
/// Applies a model as the options ask. Logits of overlapping windows are averaged; of several views (scales, mirrored) the
/// probabilities are, each resized back to the image (bilinear): p = (1/V) Σ softmax(z_v), returned as ln p, which is logits of p.
/// </summary>
public sealed class Inference
{
    private readonly ForwardPass _forward;
    private readonly InferenceOptions _options;

    /// <summary>Checks the options.</summary>
    /// <param name="device">Where to compute; the model is there already.</param>
    /// <param name="precision">The arithmetic of the model; logits are float32 in any case.</param>
    /// <param name="options">Windows, scales, mirrored views; null for one pass over the whole image.</param>
    /// <exception cref="PatException">An option is out of its range.</exception>
    public Inference(Device device, Precision precision, InferenceOptions? options = null)
    {
        _options = options ?? InferenceOptions.SinglePass;
        _options.Validate();
        _forward = new ForwardPass(device, precision);
    }

    /// <summary>Normalised images [N,3,H,W] float32 → logits [N,C,H,W] float32.</summary>
    /// <param name="model">Images [N,3,H,W] → logits [N,C,H,W].</param>
    /// <param name="images">The images.</param>
    /// <exception cref="PatException">The model can't take a view of this size; the message says which it can.</exception>
    public Tensor Logits(nn.Module<Tensor, Tensor> model, Tensor images)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        using var scope = NewDisposeScope();
        var logits = _options is { Scales: [1], Flip: false }
            ? WindowedLogits(model, images)
            : AveragedLogProbabilities(model, images);
        return logits.MoveToOuterDisposeScope();
    }

    private Tensor AveragedLogProbabilities(nn.Module<Tensor, Tensor> model, Tensor images)
    {
        Tensor? sum = null;
        foreach (var scale in _options.Scales)
        {
            var scaled = Resized(images, Scaled(images.shape[2], scale), Scaled(images.shape[3], scale));
            Add(WindowedLogits(model, scaled));
            if (_options.Flip)
            {
                Add(WindowedLogits(model, scaled.flip(3)).flip(3));
            }
        }
        return sum! - Math.Log(_options.Views);

        // Added in the log domain, where a probability too small for a float32 keeps its logarithm.
        void Add(Tensor logits)
        {
            using var inner = NewDisposeScope();
            var view = nn.functional.log_softmax(Resized(logits, images.shape[2], images.shape[3]), 1);
            var added = (sum is null ? view : sum.logaddexp(view)).MoveToOuterDisposeScope();
            sum?.Dispose();
            sum = added;
        }
    }

    private Tensor WindowedLogits(nn.Module<Tensor, Tensor> model, Tensor images)
    {
        if (_options is not { Window: { } window, EffectiveStride: { } stride })
        {
            return _forward.Logits(model, images);
        }
        var (height, width) = (images.shape[2], images.shape[3]);
        var covered = zeros([1, 1, height, width], ScalarType.Float32, images.device);
        Tensor? sum = null;
        foreach (var part in SlidingWindows.Cover(new ImageSize((int)height, (int)width), window, stride))
        {
            using var inner = NewDisposeScope();
            var logits = _forward.Logits(model, Part(images, part));
            sum ??= zeros([images.shape[0], logits.shape[1], height, width], ScalarType.Float32, images.device)
                .MoveToOuterDisposeScope();
            Part(sum, part).add_(logits);
            Part(covered, part).add_(1);
        }
        return sum!.div_(covered);
    }

    /// <summary>A view of a part of [N,C,H,W].</summary>
    private static Tensor Part(Tensor images, ImageWindow part) =>
        images.narrow(2, part.Top, part.Size.Height).narrow(3, part.Left, part.Size.Width);

    private static long Scaled(long side, double scale) => Math.Max(1, (long)Math.Round(side * scale));

    private static Tensor Resized(Tensor images, long height, long width) =>
        images.shape[2] == height && images.shape[3] == width
            ? images
            : nn.functional.interpolate(
                images,
                [height, width],
                mode: InterpolationMode.Bilinear,
                align_corners: false
            );
}
