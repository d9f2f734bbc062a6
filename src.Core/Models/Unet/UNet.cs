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
    private readonly Conv2d head;

    /// <summary>Initialises every layer as PyTorch does.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="width">Channels of the first level; level i has width·2^i.</param>
    /// <param name="depth">Number of levels.</param>
    /// <exception cref="PatException">A width or depth below 1, or a depth above 12.</exception>
    public UNet(int classes, int inputChannels = 3, int width = 32, int depth = 5)
        : base("unet", inputChannels, classes)
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
        head = nn.Conv2d(width, classes, 1);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int MinimumSize => Stride;

    /// <inheritdoc/>
    public override int Stride { get; }

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor images)
    {
        var skips = new Tensor[decoder.Count];
        var features = encoder[0].call(images);
        for (var level = 0; level < skips.Length; level++)
        {
            skips[level] = features;
            features = encoder[level + 1].call(pool.call(features));
        }
        for (var level = skips.Length - 1; level >= 0; level--)
        {
            var coarse = PadTo(up[level].call(features), skips[level].shape);
            features = decoder[level].call(cat([skips[level], coarse], 1));
        }
        return head.call(features);
    }

    /// <summary>Zeros at the bottom and the right, so that height and width are the shape's.</summary>
    private static Tensor PadTo(Tensor features, long[] shape)
    {
        var (rows, columns) = (shape[2] - features.shape[2], shape[3] - features.shape[3]);
        return rows == 0 && columns == 0 ? features : nn.functional.pad(features, [0, columns, 0, rows]);
    }
}
