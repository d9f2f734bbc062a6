using System;
using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>A few validation images as the model sees them, to look at from epoch to epoch.</summary>
internal sealed class ValidationSamples
{
    private const int Most = 3;
    private readonly TrainingPlan _plan;
    private readonly ForwardPass _forward;
    private readonly Lazy<DecodedSample[]> _samples;

    /// <summary>Up to three images, evenly over the split; they are read when they are first drawn.</summary>
    public ValidationSamples(TrainingPlan plan, ForwardPass forward)
    {
        (_plan, _forward) = (plan, forward);
        var count = Math.Min(Most, plan.Validation.Count);
        _samples = new Lazy<DecodedSample[]>(() =>
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(index => plan.Validation.Read(index * plan.Validation.Count / count, plan.Config.Size)),
            ]
        );
    }

    /// <summary>Each image beside its labels and the model's prediction, both in the classes' colours; ignored pixels are black.</summary>
    public IEnumerable<(string Name, RgbImage Image)> Draw(nn.Module<Tensor, Tensor> model)
    {
        var predictor = new Predictor(model, _forward.Device, _plan.Config.Precision, _plan.Config.Size);
        foreach (var sample in _samples.Value)
        {
            var image = new RgbImage(sample.Size, sample.Rgb);
            var black = new RgbImage(sample.Size, new byte[sample.Rgb.Length]);
            var labels = Painted(new LabelImage(sample.Size, sample.Labels));
            yield return (sample.Name, Beside(image, labels, Painted(predictor.Predict(image))));

            RgbImage Painted(LabelImage classes) =>
                Predictor.Overlay(black, classes, _plan.Validation.Classes, opacity: 1);
        }
    }

    private static RgbImage Beside(params RgbImage[] images)
    {
        var (height, width) = (images[0].Size.Height, images[0].Size.Width);
        var stride = 3 * width;
        var pixels = new byte[images.Length * height * stride];
        for (var row = 0; row < height; row++)
        {
            for (var index = 0; index < images.Length; index++)
            {
                images[index]
                    .Pixels.AsSpan(row * stride, stride)
                    .CopyTo(pixels.AsSpan((row * images.Length + index) * stride));
            }
        }
        return new RgbImage(new ImageSize(height, width * images.Length), pixels);
    }
}
