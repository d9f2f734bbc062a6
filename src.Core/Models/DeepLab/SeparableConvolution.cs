using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.DeepLab;

/// <summary>What the DeepLabs are put together from.</summary>
internal static class SeparableConvolution
{
    /// <summary>A 3×3 convolution of each channel, then a 1×1 one over them (modules 0 and 1); height and width stay.</summary>
    public static Sequential Create(long inputs, long outputs, long dilation = 1) =>
        nn.Sequential(
            nn.Conv2d(inputs, inputs, 3, padding: dilation, dilation: dilation, groups: inputs, bias: false),
            nn.Conv2d(inputs, outputs, 1, bias: false)
        );
}
