using System.Collections.Generic;
using PatFramework.Core.Models.Encoders;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.DeepLab;

/// <summary>
/// DeepLabV3 (Chen et al. 2017), as torchvision has it: an encoder dilated to the output stride, the atrous pyramid, a 3×3
/// convolution, a 1×1 head, bilinear upsampling to the image's size.
/// </summary>
/// <remarks>
/// Parameter names are torchvision's: <c>backbone</c>, <c>classifier.{0,1,2,4}</c>, <c>aux_classifier.{0,1,4}</c>.
/// The auxiliary head reads the encoder's last map but one; training adds half of its loss, as torchvision's reference does.
/// </remarks>
public sealed class DeepLabV3 : SegmentationModel
{
    private const double AuxiliaryWeight = 0.5;

    private readonly Encoder backbone;
    private readonly Sequential classifier;
    private readonly Sequential? aux_classifier;

    /// <summary>Initialises the heads as PyTorch does, the encoder as it is initialised itself.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="backbone">The encoder, at output stride 8 or 16.</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="pyramid">Channels of the pyramid; 256 in the paper.</param>
    /// <param name="auxiliary">Whether there is an auxiliary head.</param>
    /// <param name="options">Dropout after the pyramid (0.5 where none is given), classifier, memory.</param>
    public DeepLabV3(
        int classes,
        Encoder backbone,
        int inputChannels = 3,
        int pyramid = 256,
        bool auxiliary = false,
        ModelOptions? options = null
    )
        : base("deeplabv3", inputChannels, classes, options)
    {
        options ??= ModelOptions.Default;
        this.backbone = backbone;
        classifier = nn.Sequential(
            new AtrousPyramid(
                backbone.Channels[^1],
                pyramid,
                separable: false,
                options.Dropout ?? 0.5,
                options.Checkpoint
            ),
            nn.Conv2d(pyramid, pyramid, 3, padding: 1, bias: false),
            nn.BatchNorm2d(pyramid),
            nn.ReLU(inplace: true),
            Classifier(pyramid)
        );
        aux_classifier = auxiliary ? AuxiliaryHead(backbone.Channels[^2]) : null;
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int MinimumSize => backbone.MinimumSize;

    /// <inheritdoc/>
    public override int Stride => backbone.Strides[^1];

    /// <inheritdoc/>
    public override int MinimumTrainingBatch => 2;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Heads =>
        aux_classifier is null ? ["classifier.4"] : ["classifier.4", "aux_classifier.4"];

    /// <inheritdoc/>
    public override string EncoderPath => nameof(backbone);

    /// <inheritdoc/>
    protected override long CoarsestSide(long side) => backbone.CoarsestSide(side);

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor images) => Raise(classifier.call(backbone.call(images)[^1]), images);

    /// <inheritdoc/>
    protected override IReadOnlyList<WeightedLogits> SupervisedLogits(Tensor images)
    {
        if (aux_classifier is null)
        {
            return base.SupervisedLogits(images);
        }
        var features = backbone.call(images);
        return
        [
            new(Raise(classifier.call(features[^1]), images), 1),
            new(Raise(aux_classifier.call(features[^2]), images), AuxiliaryWeight),
        ];
    }

    private static Tensor Raise(Tensor logits, Tensor images) =>
        logits.ResizeTo(images.shape, InterpolationMode.Bilinear, alignCorners: false);

    private Sequential AuxiliaryHead(long channels)
    {
        var inner = System.Math.Max(1, channels / 4);
        return nn.Sequential(
            nn.Conv2d(channels, inner, 3, padding: 1, bias: false),
            nn.BatchNorm2d(inner),
            nn.ReLU(inplace: true),
            nn.Dropout(0.1),
            Classifier(inner)
        );
    }
}
