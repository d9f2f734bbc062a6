using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Models.Encoders;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.DeepLab;

/// <summary>
/// DeepLabV3+ (Chen et al. 2018), as segmentation_models.pytorch has it: separable atrous pyramid, merged with the features
/// at stride 4, a 1×1 head, bilinear upsampling with aligned corners to the image's size.
/// </summary>
/// <remarks>Parameter names are segmentation_models.pytorch's: <c>encoder</c>, <c>decoder</c>, <c>segmentation_head.0</c>.</remarks>
public sealed class DeepLabV3Plus : SegmentationModel
{
    private const int LowLevelStride = 4;

    private readonly Encoder encoder;
    private readonly PlusDecoder decoder;
    private readonly Sequential segmentation_head;
    private readonly int lowLevel;

    /// <summary>Initialises as segmentation_models.pytorch does.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="encoder">The encoder, at output stride 8 or 16.</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="pyramid">Channels of the pyramid and the decoder; 256 in the paper.</param>
    /// <param name="options">Dropout after the pyramid (0.5 where none is given), classifier, memory.</param>
    public DeepLabV3Plus(
        int classes,
        Encoder encoder,
        int inputChannels = 3,
        int pyramid = 256,
        ModelOptions? options = null
    )
        : base("deeplabv3plus", inputChannels, classes, options)
    {
        options ??= ModelOptions.Default;
        this.encoder = encoder;
        lowLevel = encoder.Strides.ToList().IndexOf(LowLevelStride);
        var (high, low) = (encoder.Channels[^1], encoder.Channels[lowLevel]);
        decoder = new PlusDecoder(high, low, pyramid, options.Dropout ?? 0.5, options.Checkpoint);
        var head = Classifier(pyramid);
        Layers.InitializeHead(head);
        segmentation_head = nn.Sequential(head);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int MinimumSize => encoder.MinimumSize;

    /// <inheritdoc/>
    public override int Stride => encoder.Strides[^1];

    /// <inheritdoc/>
    public override int MinimumTrainingBatch => 2;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Heads => [nameof(segmentation_head)];

    /// <inheritdoc/>
    public override string EncoderPath => nameof(encoder);

    /// <inheritdoc/>
    protected override long CoarsestSide(long side) => encoder.CoarsestSide(side);

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor images)
    {
        var features = encoder.call(images);
        var logits = segmentation_head.call(decoder.call(features[^1], features[lowLevel]));
        return logits.ResizeTo(images.shape, InterpolationMode.Bilinear, alignCorners: true);
    }
}
