using System.Collections.Generic;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.SegNet;

/// <summary>
/// SegNet (Badrinarayanan et al. 2017): VGG-16's thirteen convolutions with batch normalisation on the way down, their
/// mirror image on the way up, where each 2×2 max-pooling's values go back to the places they came from.
/// </summary>
/// <remarks>
/// The last convolution gives logits as they are; the PAT authors' code puts batch normalisation and a ReLU after it, so
/// that no logit is below 0. Pooling drops a last odd row or column and unpooling fills it with zeros, so any size from 32
/// works. Parameter names: <c>encoder.LEVEL.N.{0,1}</c> and <c>decoder.LEVEL.N.{0,1}</c>, level 0 being full resolution and
/// N the convolution in the order it runs; <c>head</c>.
/// </remarks>
public sealed class SegNet : SegmentationModel
{
    private static readonly long[] Two = [2, 2];
    private static readonly int[] Depths = [2, 2, 3, 3, 3];

    private readonly ModuleList<Sequential> encoder = new();
    private readonly ModuleList<Sequential> decoder = new();
    private readonly Dropout2d dropout;
    private readonly nn.Module<Tensor, Tensor> head;

    /// <summary>Initialises convolutions as He et al. (2015), as the authors do.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="width">Channels of the first level; VGG-16 has 64, 128, 256, 512, 512.</param>
    /// <param name="options">Dropout of the coarsest level's channels, classifier, memory.</param>
    /// <exception cref="PatException">A width below 1.</exception>
    public SegNet(int classes, int inputChannels = 3, int width = 64, ModelOptions? options = null)
        : base("segnet", inputChannels, classes, options)
    {
        if (width < 1)
        {
            throw new PatException($"segnet got width={width}; give a width of at least 1.");
        }
        long[] channels = [width, 2L * width, 4L * width, 8L * width, 8L * width];
        for (var level = 0; level < Depths.Length; level++)
        {
            var (finer, own, depth) = (
                level == 0 ? inputChannels : channels[level - 1],
                channels[level],
                Depths[level]
            );
            encoder.Add(Stack([finer, .. Enumerable.Repeat(own, depth)]));
            // The way up narrows at a level's last convolution; at full resolution the head takes its place.
            decoder.Add(Stack([.. Enumerable.Repeat(own, depth), .. level == 0 ? [] : new[] { finer }]));
        }
        dropout = nn.Dropout2d(options?.Dropout ?? 0);
        head = Classifier(width, 3);
        RegisterComponents();
        Layers.InitializeHeNormal(encoder);
        Layers.InitializeHeNormal(decoder);
    }

    /// <inheritdoc/>
    public override int MinimumSize => Stride;

    /// <inheritdoc/>
    public override int Stride => 1 << Depths.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Heads => [nameof(head)];

    /// <inheritdoc/>
    public override string EncoderPath => nameof(encoder);

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor images)
    {
        var places = new Tensor[encoder.Count];
        var sizes = new long[encoder.Count][];
        var features = images;
        for (var level = 0; level < encoder.Count; level++)
        {
            var down = encoder[level];
            features = Block(x => down.call(x[0]), [down], features);
            sizes[level] = features.shape[2..];
            (features, places[level]) = nn.functional.max_pool2d_with_indices(features, Two, strides: Two);
        }
        features = dropout.call(features);
        for (var level = encoder.Count - 1; level >= 0; level--)
        {
            var (up, size) = (decoder[level], sizes[level]);
            features = Block(x => up.call(Raise(x[0], x[1], size)), [up], features, places[level]);
        }
        return head.call(features);
    }

    private static Tensor Raise(Tensor features, Tensor places, long[] size) =>
        MaxUnpooling.Unpool(features, places, size[0], size[1]);

    private static Sequential Stack(long[] channels) =>
        nn.Sequential([
            .. channels.Zip(channels[1..], (inputs, outputs) => Layers.ConvolutionNormRelu(inputs, outputs, 3)),
        ]);
}
