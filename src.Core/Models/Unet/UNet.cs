using System.Collections.Generic;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.Unet;

/// <summary>
/// U-Net (Ronneberger et al. 2015) with batch normalisation: <c>depth</c> levels of two 3×3 convolutions, the first
/// <c>width</c> channels wide and each next one twice as wide, 2×2 max-pooling on the way down, 2×2 transposed convolution
/// and concatenation with the level's features on the way up, a 1×1 head.
/// </summary>
/// <remarks>
/// Where a level's height or width is odd, pooling drops the last row or column and the way up puts a row or column of
/// zeros in its place, so logits have the input's size for any size from 2^(depth−1).
/// Parameter names, level 0 being full resolution: <c>encoder.LEVEL.{conv1,norm1,conv2,norm2}</c>,
/// <c>up.LEVEL.{weight,bias}</c> (from LEVEL+1 to LEVEL), <c>decoder.LEVEL.{conv1,norm1,conv2,norm2}</c> (its input is the
/// encoder's features, then the upsampled ones), <c>head.{weight,bias}</c>.
/// </remarks>
public sealed class UNet : SegmentationModel
{
    private readonly ModuleList<DoubleConvolution> encoder = new();
    private readonly ModuleList<UpConvolution> up = new();
    private readonly ModuleList<DoubleConvolution> decoder = new();
    private readonly MaxPool2d pool = nn.MaxPool2d(2);
    private readonly Dropout2d dropout;
    private readonly nn.Module<Tensor, Tensor> head;

    /// <summary>Initialises every layer as PyTorch does.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="width">Channels of the first level; level i has width·2^i.</param>
    /// <param name="depth">Number of levels.</param>
    /// <param name="options">Dropout of the coarsest level's channels (Ronneberger et al. put one there), classifier, memory.</param>
    /// <exception cref="PatException">A width or depth below 1, or a depth above 12.</exception>
    public UNet(int classes, int inputChannels = 3, int width = 32, int depth = 5, ModelOptions? options = null)
        : base("unet", inputChannels, classes, options)
    {
        if (width < 1 || depth is < 1 or > 12)
        {
            throw new PatException(
                $"unet got width={width}, depth={depth}; give a width of at least 1 and a depth of 1 to 12."
            );
        }
        Stride = 1 << (depth - 1);
        for (var level = 0; level < depth; level++)
        {
            long channels = (long)width << level;
            encoder.Add(new DoubleConvolution(level == 0 ? inputChannels : channels / 2, channels));
            if (level < depth - 1)
            {
                up.Add(new UpConvolution(2 * channels, channels));
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
            var (raise, merge) = (up[level], decoder[level]);
            features = Block(
                x => merge.call(cat([x[0], raise.call(x[1]).PadTo(x[0].shape)], 1)),
                [raise, merge],
                skips[level],
                features
            );
        }
        return head.call(features);
    }
}
