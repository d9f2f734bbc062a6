using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.DeepLab;

/// <summary>The pyramid's view of the whole image: its mean, a 1×1 convolution, spread over all positions.</summary>
/// <remarks>Parameters <c>1</c> (convolution) and <c>2</c> (normalisation), as in torchvision, whose module 0 is the mean.</remarks>
internal sealed class ImagePooling : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d convolution;
    private readonly BatchNorm2d norm;

    public ImagePooling(long inputs, long outputs)
        : base(nameof(ImagePooling))
    {
        convolution = nn.Conv2d(inputs, outputs, 1, bias: false);
        norm = nn.BatchNorm2d(outputs);
        register_module("1", convolution);
        register_module("2", norm);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var pooled = norm.call(convolution.call(input.mean([2, 3], keepdim: true))).relu_();
        return pooled.ResizeTo(input.shape, InterpolationMode.Bilinear, alignCorners: false).MoveToOuterDisposeScope();
    }
}
