using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Models.AttentionUnet;
using PatFramework.Core.Models.Encoders;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.Unet;

/// <summary>
/// A U-Net over a ResNet, as segmentation_models.pytorch has it: nearest upsampling, concatenation with the encoder's
/// features, two 3×3 convolutions, five times; a 3×3 head. With gates it is an Attention U-Net.
/// </summary>
/// <remarks>
/// Upsampling goes to the size of the features it is joined with, so any size works.
/// Parameter names are segmentation_models.pytorch's: <c>encoder</c>, <c>decoder.blocks.N.{conv1,conv2}.{0,1}</c>, N = 0 being the
/// coarsest, <c>segmentation_head.0</c>; gates are <c>decoder.blocks.N.gate</c>.
/// </remarks>
public sealed class EncoderUNet : SegmentationModel
{
    private readonly Encoder encoder;
    private readonly UNetDecoder decoder;
    private readonly Dropout2d dropout;
    private readonly Sequential segmentation_head;

    /// <summary>Initialises as segmentation_models.pytorch does.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="encoder">The encoder, without dilation.</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="width">Four times it is the width of the decoder's first block, a quarter that of its last; 64 for the usual 256 to 16.</param>
    /// <param name="gated">Whether skip connections pass an attention gate.</param>
    /// <param name="options">Dropout of the coarsest features' channels, classifier, memory.</param>
    public EncoderUNet(
        int classes,
        Encoder encoder,
        int inputChannels = 3,
        int width = 64,
        bool gated = false,
        ModelOptions? options = null
    )
        : base(gated ? "attunet" : "unet", inputChannels, classes, options)
    {
        this.encoder = encoder;
        var channels = DecoderBlock.Widths(width);
        decoder = new UNetDecoder([.. encoder.Channels.Reverse()], channels, gated);
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
        var skips = encoder.call(images);
        var features = dropout.call(skips[^1]);
        for (var index = 0; index < decoder.Blocks.Count; index++)
        {
            var block = decoder.Blocks[index];
            var finer = skips.Length - 2 - index;
            var size = finer >= 0 ? skips[finer].shape : images.shape;
            Tensor[] inputs = finer >= 0 ? [features, skips[finer]] : [features];
            features = Block(x => block.Merge(x[0], size, x[1..]), [block], inputs);
        }
        return segmentation_head.call(features);
    }

    private sealed class UNetDecoder : nn.Module
    {
        private readonly ModuleList<DecoderBlock> blocks = new();

        public UNetDecoder(long[] encoder, IReadOnlyList<long> channels, bool gated)
            : base(nameof(UNetDecoder))
        {
            for (var index = 0; index < channels.Count; index++)
            {
                var inputs = index == 0 ? encoder[0] : channels[index - 1];
                var skip = index + 1 < encoder.Length ? encoder[index + 1] : 0;
                blocks.Add(new DecoderBlock(inputs, skip, channels[index], gated && skip > 0));
            }
            RegisterComponents();
        }

        public ModuleList<DecoderBlock> Blocks => blocks;
    }
}
