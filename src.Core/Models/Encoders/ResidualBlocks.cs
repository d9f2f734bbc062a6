using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.Encoders;

/// <summary>How a residual block changes resolution.</summary>
/// <param name="Stride">Of the block: 1 or 2.</param>
/// <param name="Dilation">Of its 3×3 convolutions; a basic block's second one is dilated by <paramref name="Inner"/>.</param>
/// <param name="Inner">Dilation of a basic block's second convolution.</param>
/// <param name="Shortcut">Whether the shortcut is a 1×1 convolution.</param>
public readonly record struct BlockGeometry(int Stride, int Dilation, int Inner, bool Shortcut);

/// <summary>ResNet's basic block (He et al. 2016): y = ReLU(BN(conv(ReLU(BN(conv(x))))) + shortcut(x)).</summary>
public sealed class BasicBlock : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly Sequential? downsample;

    /// <summary>torchvision's names.</summary>
    /// <param name="inputs">Channels of the input.</param>
    /// <param name="width">Channels of the output.</param>
    /// <param name="geometry">Stride, dilation, shortcut.</param>
    public BasicBlock(long inputs, long width, BlockGeometry geometry)
        : base(nameof(BasicBlock))
    {
        var (stride, dilation, inner, shortcut) = geometry;
        conv1 = nn.Conv2d(inputs, width, 3, stride, padding: dilation, dilation: dilation, bias: false);
        bn1 = nn.BatchNorm2d(width);
        conv2 = nn.Conv2d(width, width, 3, padding: inner, dilation: inner, bias: false);
        bn2 = nn.BatchNorm2d(width);
        downsample = shortcut
            ? nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias: false), nn.BatchNorm2d(width))
            : null;
        RegisterComponents();
    }

    /// <summary>[N,in,H,W] → [N,width,H/stride,W/stride], rounded up.</summary>
    /// <param name="input">[N,in,H,W].</param>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var first = bn1.call(conv1.call(input)).relu_();
        var second = bn2.call(conv2.call(first));
        return second.add_(downsample?.call(input) ?? input).relu_().MoveToOuterDisposeScope();
    }
}

/// <summary>ResNet's bottleneck: 1×1 to a quarter of the channels, 3×3 with the stride (as torchvision has it), 1×1 back.</summary>
public sealed class Bottleneck : nn.Module<Tensor, Tensor>
{
    /// <summary>Channels of the output over those inside.</summary>
    public const int Expansion = 4;

    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly Conv2d conv2;
    private readonly BatchNorm2d bn2;
    private readonly Conv2d conv3;
    private readonly BatchNorm2d bn3;
    private readonly Sequential? downsample;

    /// <summary>torchvision's names.</summary>
    /// <param name="inputs">Channels of the input.</param>
    /// <param name="width">Channels inside; the output has four times as many.</param>
    /// <param name="geometry">Stride, dilation, shortcut.</param>
    public Bottleneck(long inputs, long width, BlockGeometry geometry)
        : base(nameof(Bottleneck))
    {
        var (stride, dilation, _, shortcut) = geometry;
        var outputs = Expansion * width;
        conv1 = nn.Conv2d(inputs, width, 1, bias: false);
        bn1 = nn.BatchNorm2d(width);
        conv2 = nn.Conv2d(width, width, 3, stride, padding: dilation, dilation: dilation, bias: false);
        bn2 = nn.BatchNorm2d(width);
        conv3 = nn.Conv2d(width, outputs, 1, bias: false);
        bn3 = nn.BatchNorm2d(outputs);
        downsample = shortcut
            ? nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias: false), nn.BatchNorm2d(outputs))
            : null;
        RegisterComponents();
    }

    /// <summary>[N,in,H,W] → [N,4·width,H/stride,W/stride], rounded up.</summary>
    /// <param name="input">[N,in,H,W].</param>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var first = bn1.call(conv1.call(input)).relu_();
        var second = bn2.call(conv2.call(first)).relu_();
        var third = bn3.call(conv3.call(second));
        return third.add_(downsample?.call(input) ?? input).relu_().MoveToOuterDisposeScope();
    }
}
