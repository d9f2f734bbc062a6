using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.Encoders;

/// <summary>How a stage of a ResNet keeps its resolution.</summary>
public enum DilationStyle
{
    /// <summary>torchvision: a stage's first block still has the dilation of the stage before.</summary>
    FirstBlockKeeps,

    /// <summary>segmentation_models.pytorch: every 3×3 convolution of the stage is dilated.</summary>
    WholeStage,
}

/// <summary>
/// ResNet (He et al. 2016) without its classifier, as torchvision has it. Feature maps: after the first convolution
/// (stride 2), and after each of the four stages (4, 8, 16, 32, or less where dilation replaces strides).
/// </summary>
/// <remarks>Parameter names, shapes and initialisation are torchvision's, <c>fc</c> left out.</remarks>
public sealed class ResNet : Encoder
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly MaxPool2d maxpool = nn.MaxPool2d(3, stride: 2, padding: 1);
    private readonly Sequential[] stages = new Sequential[4];
    private readonly nn.Module<Tensor, Tensor>[][] blocks = new nn.Module<Tensor, Tensor>[4][];
    private readonly bool checkpoint;

    /// <summary>Initialises as torchvision does: convolutions normal over their outputs, normalisation to the identity.</summary>
    /// <param name="depths">Blocks of each of the four stages.</param>
    /// <param name="bottleneck">Whether blocks are bottlenecks (ResNet-50 and deeper).</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="width">Channels of the first convolution; 64 in the paper.</param>
    /// <param name="outputStride">8, 16 or 32.</param>
    /// <param name="dilation">How the resolution is kept.</param>
    /// <param name="checkpoint">Whether blocks are recomputed in the backward pass.</param>
    public ResNet(
        IReadOnlyList<int> depths,
        bool bottleneck,
        int inputChannels,
        int width,
        int outputStride,
        DilationStyle dilation,
        bool checkpoint
    )
        : base(
            nameof(ResNet),
            [width, .. Enumerable.Range(0, 4).Select(stage => Expansion(bottleneck) * (long)width << stage)],
            [2, .. Enumerable.Range(2, 4).Select(power => Math.Min(1 << power, outputStride))]
        )
    {
        this.checkpoint = checkpoint;
        conv1 = nn.Conv2d(inputChannels, width, 7, stride: 2, padding: 3, bias: false);
        bn1 = nn.BatchNorm2d(width);
        register_module(nameof(conv1), conv1);
        register_module(nameof(bn1), bn1);
        register_module(nameof(maxpool), maxpool);
        for (var stage = 0; stage < 4; stage++)
        {
            blocks[stage] = Stage(stage, depths[stage], bottleneck, (long)width << stage, dilation);
            stages[stage] = nn.Sequential(blocks[stage]);
            register_module($"layer{stage + 1}", stages[stage]);
        }
        Layers.InitializeHeNormal(this);
    }

    /// <inheritdoc/>
    public override int MinimumSize => 1;

    /// <inheritdoc/>
    public override long CoarsestSide(long side) => (side + Strides[^1] - 1) / Strides[^1];

    /// <inheritdoc/>
    public override Tensor[] forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var features = new Tensor[5];
        var x = Run([conv1, bn1], images => bn1.call(conv1.call(images)).relu_(), input);
        features[0] = x;
        x = maxpool.call(x);
        for (var stage = 0; stage < 4; stage++)
        {
            foreach (var block in blocks[stage])
            {
                x = Run([block], block.call, x);
            }
            features[stage + 1] = x;
        }
        return [.. features.Select(map => map.MoveToOuterDisposeScope())];
    }

    private Tensor Run(nn.Module[] owners, Func<Tensor, Tensor> body, Tensor input) =>
        SegmentationModel.Recompute(checkpoint, x => body(x[0]), owners, input);

    private nn.Module<Tensor, Tensor>[] Stage(int stage, int depth, bool bottleneck, long width, DilationStyle style)
    {
        var outputs = Channels[stage + 1];
        var inputs = stage == 0 ? Channels[0] : Channels[stage];
        var stride = stage == 0 ? 1 : Strides[stage + 1] / Strides[stage];
        var dilation = (4 << stage) / Strides[stage + 1];
        var before = stage == 0 ? 1 : (2 << stage) / Strides[stage];
        var first = style == DilationStyle.WholeStage ? dilation : before;
        return
        [
            .. Enumerable
                .Range(0, depth)
                .Select(index =>
                    index == 0
                        ? new BlockGeometry(stride, first, dilation, stride > 1 || inputs != outputs)
                        : new BlockGeometry(1, dilation, dilation, false)
                )
                .Select((geometry, index) => Block(bottleneck, index == 0 ? inputs : outputs, width, geometry)),
        ];
    }

    private static nn.Module<Tensor, Tensor> Block(bool bottleneck, long inputs, long width, BlockGeometry geometry) =>
        bottleneck ? new Bottleneck(inputs, width, geometry) : new BasicBlock(inputs, width, geometry);

    private static int Expansion(bool bottleneck) => bottleneck ? Bottleneck.Expansion : 1;
}
