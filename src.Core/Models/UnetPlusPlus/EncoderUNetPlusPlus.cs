using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Models.Encoders;
using PatFramework.Core.Models.Unet;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.UnetPlusPlus;

/// <summary>
/// UNet++ over a ResNet, as segmentation_models.pytorch has it: a grid of its decoder blocks between the encoder's features,
/// and one block more up to the image's resolution; a 3×3 head.
/// </summary>
/// <remarks>
/// Upsampling goes to the size of the features it is joined with, so any size works.
/// Parameter names are segmentation_models.pytorch's: <c>encoder</c>, <c>decoder.blocks.x_D_L.{conv1,conv2}.{0,1}</c>,
/// <c>segmentation_head.0</c>. Block x_D_L stands on level L, 0 being the coarsest; its column is L − D.
/// </remarks>
public sealed class EncoderUNetPlusPlus : SegmentationModel
{
    private readonly Encoder encoder;
    private readonly GridDecoder decoder;
    private readonly Dropout2d dropout;
    private readonly Sequential segmentation_head;

    /// <summary>Initialises as segmentation_models.pytorch does.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="encoder">The encoder, without dilation.</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="width">Four times it is the width of the decoder's first block, a quarter that of its last; 64 for the usual 256 to 16.</param>
    /// <param name="options">Dropout of the coarsest features' channels, classifier, memory.</param>
    public EncoderUNetPlusPlus(
        int classes,
        Encoder encoder,
        int inputChannels = 3,
        int width = 64,
        ModelOptions? options = null
    )
        : base("unetpp", inputChannels, classes, options)
    {
        this.encoder = encoder;
        var channels = DecoderBlock.Widths(width);
        decoder = new GridDecoder([.. encoder.Channels.Reverse()], channels);
        dropout = nn.Dropout2d(options?.Dropout ?? 0);
        var head = Classifier(channels[^1], 3);
        Layers.InitializeHead(head);
        segmentation_head = nn.Sequential(head);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int MinimumSize => encoder.MinimumSize;

    /// <inheritdoc/>
    public override int Stride => encoder.Strides[^1];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Heads => [nameof(segmentation_head)];

    /// <inheritdoc/>
    public override string EncoderPath => nameof(encoder);

    /// <inheritdoc/>
    protected override long CoarsestSide(long side) => encoder.CoarsestSide(side);

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor images)
    {
        Tensor[] features = [.. encoder.call(images).Reverse()];
        features[0] = dropout.call(features[0]);
        var last = features.Length - 1;
        var x = new Tensor[last, last];
        for (var column = 0; column < last; column++)
        {
            for (var depth = 0; depth < last - column; depth++)
            {
                var level = depth + column;
                var coarse = column == 0 ? features[depth] : x[depth, level - 1];
                var between = Enumerable.Range(depth + 1, column).Select(other => x[other, level]);
                x[depth, level] = Merge(depth, level, coarse, [.. between, features[level + 1]]);
            }
        }
        var (final, size) = (decoder.Blocks(0, last), images.shape);
        var whole = Block(own => final.Merge(own[0], size, []), [final], x[0, last - 1]);
        return segmentation_head.call(whole);
    }

    private Tensor Merge(int depth, int level, Tensor coarse, Tensor[] skips)
    {
        var block = decoder.Blocks(depth, level);
        return Block(own => block.Merge(own[0], own[1].shape, own[1..]), [block], [coarse, .. skips]);
    }

    private sealed class GridDecoder : nn.Module
    {
        private readonly NodeGrid blocks = new();

        public GridDecoder(long[] encoder, IReadOnlyList<long> channels)
            : base(nameof(GridDecoder))
        {
            var levels = channels.Count - 1;
            for (var level = 0; level < levels; level++)
            {
                var skip = encoder[level + 1];
                for (var depth = 0; depth <= level; depth++)
                {
                    var first = level == 0 ? encoder[0] : channels[level - 1];
                    var inputs = depth == 0 ? first : encoder[level];
                    Add(depth, level, inputs, skip * (level + 1 - depth), depth == 0 ? channels[level] : skip);
                }
            }
            Add(0, levels, channels[levels - 1], 0, channels[levels]);
            RegisterComponents();
        }

        public DecoderBlock Blocks(int depth, int level) => (DecoderBlock)blocks[depth, level];

        private void Add(int depth, int level, long inputs, long skips, long outputs) =>
            blocks.Add(depth, level, $"x_{depth}_{level}", new DecoderBlock(inputs, skips, outputs));
    }
}
