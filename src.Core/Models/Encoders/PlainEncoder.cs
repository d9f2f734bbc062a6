using System;
using System.Linq;
using PatFramework.Core.Models.Unet;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.Encoders;

/// <summary>
/// The U-Net's way down as an encoder: levels of two 3×3 convolutions, each after a 2×2 max-pooling and twice as wide as
/// the one before, at strides 1, 2, 4, 8, 16; from the output stride on, levels are dilated instead of pooled.
/// </summary>
/// <remarks>Parameter names: <c>LEVEL.{conv1,norm1,conv2,norm2}</c>.</remarks>
public sealed class PlainEncoder : Encoder
{
    private const int Levels = 5;

    private readonly DoubleConvolution[] levels;
    private readonly MaxPool2d pool = nn.MaxPool2d(2);
    private readonly bool checkpoint;

    /// <summary>Initialises every layer as PyTorch does.</summary>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="width">Channels of the first level; level i has width·2^i.</param>
    /// <param name="outputStride">8 or 16.</param>
    /// <param name="checkpoint">Whether levels are recomputed in the backward pass.</param>
    public PlainEncoder(int inputChannels, int width, int outputStride, bool checkpoint)
        : base(
            nameof(PlainEncoder),
            [.. Enumerable.Range(0, Levels).Select(level => (long)width << level)],
            [.. Enumerable.Range(0, Levels).Select(level => Math.Min(1 << level, outputStride))]
        )
    {
        this.checkpoint = checkpoint;
        levels =
        [
            .. Enumerable
                .Range(0, Levels)
                .Select(level => new DoubleConvolution(
                    level == 0 ? inputChannels : Channels[level - 1],
                    Channels[level],
                    (1 << level) / Strides[level]
                )),
        ];
        for (var level = 0; level < Levels; level++)
        {
            register_module($"{level}", levels[level]);
        }
        register_module(nameof(pool), pool);
    }

    /// <inheritdoc/>
    public override int MinimumSize => Strides[^1];

    /// <inheritdoc/>
    public override long CoarsestSide(long side) => side / Strides[^1];

    /// <inheritdoc/>
    public override Tensor[] forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var features = new Tensor[Levels];
        for (var level = 0; level < Levels; level++)
        {
            var (layer, pooled) = (levels[level], level > 0 && Strides[level] > Strides[level - 1]);
            features[level] = SegmentationModel.Recompute(
                checkpoint,
                x => layer.call(pooled ? pool.call(x[0]) : x[0]),
                [layer],
                level == 0 ? input : features[level - 1]
            );
        }
        return [.. features.Select(map => map.MoveToOuterDisposeScope())];
    }
}
