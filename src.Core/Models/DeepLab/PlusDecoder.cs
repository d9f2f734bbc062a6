using System;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.DeepLab;

/// <summary>DeepLabV3+'s decoder: the pyramid, raised to the low-level features' size, beside 48 channels of these, merged.</summary>
/// <remarks>Parameter names, and the aligned corners of the upsampling, are segmentation_models.pytorch's.</remarks>
internal sealed class PlusDecoder : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Sequential aspp;
    private readonly Sequential block1;
    private readonly Sequential block2;
    private readonly bool checkpoint;

    /// <summary>Initialises as segmentation_models.pytorch does.</summary>
    /// <param name="high">Channels of the coarsest features.</param>
    /// <param name="low">Channels of the low-level features.</param>
    /// <param name="channels">Channels of the pyramid and the result.</param>
    /// <param name="dropout">Share of the pyramid's values that training zeroes.</param>
    /// <param name="checkpoint">Whether blocks are recomputed in the backward pass.</param>
    public PlusDecoder(long high, long low, long channels, double dropout, bool checkpoint)
        : base(nameof(PlusDecoder))
    {
        this.checkpoint = checkpoint;
        var reduced = Math.Max(1, 48 * channels / 256);
        aspp = nn.Sequential(
            new AtrousPyramid(high, channels, separable: true, dropout, checkpoint),
            SeparableConvolution.Create(channels, channels),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace: true)
        );
        block1 = Layers.ConvolutionNormRelu(low, reduced, 1);
        block2 = nn.Sequential(
            SeparableConvolution.Create(reduced + channels, channels),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace: true)
        );
        RegisterComponents();
        Layers.InitializeHeUniform(this);
    }

    public override Tensor forward(Tensor input1, Tensor input2)
    {
        using var scope = NewDisposeScope();
        var coarse = aspp.call(input1);
        return SegmentationModel
            .Recompute(checkpoint, x => Merge(x[0], x[1]), [block1, block2], coarse, input2)
            .MoveToOuterDisposeScope();
    }

    private Tensor Merge(Tensor coarse, Tensor low)
    {
        var raised = coarse.ResizeTo(low.shape, InterpolationMode.Bilinear, alignCorners: true);
        return block2.call(cat([raised, block1.call(low)], 1));
    }
}
