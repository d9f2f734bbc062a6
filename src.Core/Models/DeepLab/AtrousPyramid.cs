using System;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.DeepLab;

/// <summary>
/// Atrous spatial pyramid pooling (Chen et al. 2017): a 1×1 convolution, 3×3 convolutions at three dilations and the image's
/// mean beside one another, projected to one width; dropout last.
/// </summary>
/// <remarks>Parameter names are torchvision's and segmentation_models.pytorch's: <c>convs.0</c> to <c>convs.4</c>, <c>project</c>.</remarks>
internal sealed class AtrousPyramid : nn.Module<Tensor, Tensor>
{
    private static readonly long[] Rates = [12, 24, 36];

    private readonly ModuleList<nn.Module<Tensor, Tensor>> convs = new();
    private readonly Sequential project;
    private readonly bool checkpoint;

    /// <summary>Makes the five branches and the projection.</summary>
    /// <param name="inputs">Channels of the encoder's last map.</param>
    /// <param name="outputs">Channels of each branch and of the result.</param>
    /// <param name="separable">Whether dilated convolutions are separable.</param>
    /// <param name="dropout">Share of the values that training zeroes.</param>
    /// <param name="checkpoint">Whether the branches are recomputed in the backward pass.</param>
    public AtrousPyramid(long inputs, long outputs, bool separable, double dropout, bool checkpoint)
        : base(nameof(AtrousPyramid))
    {
        this.checkpoint = checkpoint;
        convs.Add(Layers.ConvolutionNormRelu(inputs, outputs, 1));
        foreach (var rate in Rates)
        {
            convs.Add(
                separable
                    ? nn.Sequential(
                        SeparableConvolution.Create(inputs, outputs, rate),
                        nn.BatchNorm2d(outputs),
                        nn.ReLU(inplace: true)
                    )
                    : Layers.ConvolutionNormRelu(inputs, outputs, 3, rate)
            );
        }
        convs.Add(new ImagePooling(inputs, outputs));
        project = nn.Sequential(
            nn.Conv2d(convs.Count * outputs, outputs, 1, bias: false),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace: true),
            nn.Dropout(dropout)
        );
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        Func<Tensor[], Tensor> branches = x => cat([.. convs.Select(branch => branch.call(x[0]))], 1);
        var joint = SegmentationModel.Recompute(checkpoint, branches, [convs], input);
        return project.call(joint).MoveToOuterDisposeScope();
    }
}
