using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.Unet;

/// <summary>Twice: 3×3 convolution without bias, batch normalisation, ReLU; height and width stay.</summary>
public sealed class DoubleConvolution : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d norm1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d norm2;

    /// <summary>Parameters <c>conv1</c>, <c>norm1</c>, <c>conv2</c>, <c>norm2</c>, initialised as PyTorch does.</summary>
    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels after both convolutions.</param>
    /// <param name="dilation">Distance between a kernel's taps, in pixels.</param>
    public DoubleConvolution(long inputChannels, long outputChannels, int dilation = 1)
        : base(nameof(DoubleConvolution))
    {
        conv1 = nn.Conv2d(inputChannels, outputChannels, 3, padding: dilation, dilation: dilation, bias: false);
        norm1 = nn.BatchNorm2d(outputChannels);
        conv2 = nn.Conv2d(outputChannels, outputChannels, 3, padding: dilation, dilation: dilation, bias: false);
        norm2 = nn.BatchNorm2d(outputChannels);
        RegisterComponents();
    }

    /// <summary>[N,in,H,W] → [N,out,H,W].</summary>
    /// <param name="input">[N,in,H,W].</param>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var first = norm1.call(conv1.call(input)).relu_();
        return norm2.call(conv2.call(first)).relu_().MoveToOuterDisposeScope();
    }
}
