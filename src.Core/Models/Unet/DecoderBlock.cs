using System;
using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Models.AttentionUnet;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.Unet;

/// <summary>segmentation_models.pytorch's decoder block: nearest upsampling, concatenation, two 3×3 convolutions.</summary>
internal sealed class DecoderBlock : nn.Module<Tensor, Tensor>
{
    private readonly Sequential conv1;
    private readonly Sequential conv2;
    private readonly AttentionGate? gate;

    /// <summary>Initialises as segmentation_models.pytorch does.</summary>
    /// <param name="inputs">Channels of the coarser features.</param>
    /// <param name="skips">Channels of all that is joined with them; 0 for nothing.</param>
    /// <param name="outputs">Channels of the result.</param>
    /// <param name="gated">Whether what is joined passes an attention gate.</param>
    public DecoderBlock(long inputs, long skips, long outputs, bool gated = false)
        : base(nameof(DecoderBlock))
    {
        conv1 = Layers.ConvolutionNormRelu(inputs + skips, outputs, 3);
        conv2 = Layers.ConvolutionNormRelu(outputs, outputs, 3);
        gate = gated ? new AttentionGate(inputs, skips, Math.Max(1, skips / 2)) : null;
        RegisterComponents();
        Layers.InitializeHeUniform(this);
    }

    /// <summary>The widths of the five blocks: 256, 128, 64, 32, 16 for a width of 64.</summary>
    public static IReadOnlyList<long> Widths(int width) =>
        [.. Enumerable.Range(0, 5).Select(index => Math.Max(1L, (4L * width) >> index))];

    /// <summary>The two convolutions.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return conv2.call(conv1.call(input)).MoveToOuterDisposeScope();
    }

    /// <summary>Raises the coarser features to a size, joins them with others of it, and merges.</summary>
    public Tensor Merge(Tensor coarse, long[] size, IReadOnlyList<Tensor> skips)
    {
        var raised = coarse.ResizeTo(size, InterpolationMode.Nearest);
        var joined = skips.Select(skip => gate?.call(raised, skip) ?? skip);
        return call(skips.Count == 0 ? raised : cat([raised, .. joined], 1));
    }
}
