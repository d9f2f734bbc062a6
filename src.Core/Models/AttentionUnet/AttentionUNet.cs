using System;
using System.Collections.Generic;
using PatFramework.Core.Models.Unet;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.AttentionUnet;

/// <summary>
/// Attention U-Net (Oktay et al. 2018): a U-Net whose skip connections pass an additive gate, driven by the upsampled
/// coarser features. Upsampling is nearest, then a 3×3 convolution.
/// </summary>
/// <remarks>
/// Nearest upsampling goes to the size of the level's features, so any size from 2^(depth−1) works.
/// Parameter names, level 0 being full resolution: <c>encoder.LEVEL.{conv1,norm1,conv2,norm2}</c>, <c>up.LEVEL.{0,1}</c>,
/// <c>gate.LEVEL.{gating,features,psi}.{0,1}</c>, <c>decoder.LEVEL.{conv1,norm1,conv2,norm2}</c>, <c>head</c>.
/// </remarks>
public sealed class AttentionUNet : SegmentationModel
{
    private readonly ModuleList<DoubleConvolution> encoder = new();
    private readonly ModuleList<Sequential> up = new();
    private readonly ModuleList<AttentionGate> gate = new();
    private readonly ModuleList<DoubleConvolution> decoder = new();
    private readonly MaxPool2d pool = nn.MaxPool2d(2);
    private readonly Dropout2d dropout;
    private readonly nn.Module<Tensor, Tensor> head;

    /// <summary>Initialises every layer as PyTorch does.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="width">Channels of the first level; level i has width·2^i.</param>
    /// <param name="depth">Number of levels.</param>
    /// <param name="options">Dropout of the coarsest level's channels, classifier, memory.</param>
    /// <exception cref="PatException">A width or depth below 1, or a depth above 12.</exception>
    public AttentionUNet(
        int classes,
        int inputChannels = 3,
        int width = 32,
        int depth = 5,
        ModelOptions? options = null
    )
        : base("attunet", inputChannels, classes, options)
    {
        if (width < 1 || depth is < 1 or > 12)
        {
            throw new PatException(
                $"attunet got width={width}, depth={depth}; give a width of at least 1 and a depth of 1 to 12."
            );
        }
        Stride = 1 << (depth - 1);
        for (var level = 0; level < depth; level++)
        {
            long channels = (long)width << level;
            encoder.Add(new DoubleConvolution(level == 0 ? inputChannels : channels / 2, channels));
            if (level < depth - 1)
            {
                up.Add(Layers.ConvolutionNormRelu(2 * channels, channels, 3));
                gate.Add(new AttentionGate(channels, channels, Math.Max(1, channels / 2)));
                decoder.Add(new DoubleConvolution(2 * channels, channels));
            }
        }
        dropout = nn.Dropout2d(options?.Dropout ?? 0);
        head = Classifier(width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int MinimumSize => Stride;

    /// <inheritdoc/>
    public override int Stride { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Heads => [nameof(head)];

    /// <inheritdoc/>
    public override string EncoderPath => nameof(encoder);

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor images)
    {
        var skips = new Tensor[decoder.Count];
        var features = Block(x => encoder[0].call(x[0]), [encoder[0]], images);
        for (var level = 0; level < skips.Length; level++)
        {
            skips[level] = features;
            var next = encoder[level + 1];
            features = Block(x => next.call(pool.call(x[0])), [next], features);
        }
        features = dropout.call(features);
        for (var level = skips.Length - 1; level >= 0; level--)
        {
            var here = level;
            features = Block(
                x => Merge(here, x[0], x[1]),
                [up[here], gate[here], decoder[here]],
                skips[here],
                features
            );
        }
        return head.call(features);
    }

    private Tensor Merge(int level, Tensor skip, Tensor coarse)
    {
        var raised = up[level].call(coarse.ResizeTo(skip.shape, InterpolationMode.Nearest));
        return decoder[level].call(cat([gate[level].call(raised, skip), raised], 1));
    }
}
