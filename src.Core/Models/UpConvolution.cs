using System;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models;

/// <summary>
/// The 2×2 transposed convolution of stride 2: out[n,o,2h+i,2w+j] = bias[o] + Σ_c x[n,c,h,w] · weight[c,o,i,j].
/// </summary>
/// <remarks>
/// The four output pixels of an input pixel don't overlap, so this is a 1×1 convolution to 4·out channels whose channels
/// are then dealt out as 2×2 blocks (pixel shuffle). ATen's own transposed convolution on the CPU is slower.
/// Parameters have the names, shapes, meaning and initialisation of <c>torch.nn.ConvTranspose2d(in, out, 2, 2)</c>, so its
/// weights load here.
/// </remarks>
public sealed class UpConvolution : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;

    /// <summary>Initialises weight and bias uniformly in ±1/√(4·out), as torch.nn.ConvTranspose2d does.</summary>
    /// <param name="inputChannels">Channels of the input.</param>
    /// <param name="outputChannels">Channels of the output.</param>
    public UpConvolution(long inputChannels, long outputChannels)
        : base(nameof(UpConvolution))
    {
        weight = new Parameter(empty([inputChannels, outputChannels, 2, 2]));
        bias = new Parameter(empty([outputChannels]));
        var bound = 1 / Math.Sqrt(4 * outputChannels);
        using (no_grad())
        {
            nn.init.uniform_(weight, -bound, bound);
            nn.init.uniform_(bias, -bound, bound);
        }
        RegisterComponents();
    }

    /// <summary>[N,in,H,W] → [N,out,2H,2W].</summary>
    /// <param name="input">[N,in,H,W].</param>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (inputs, outputs) = (weight.shape[0], weight.shape[1]);
        var kernel = weight.permute(1, 2, 3, 0).reshape(4 * outputs, inputs, 1, 1);
        var offset = bias.unsqueeze(1).expand(outputs, 4).reshape(4 * outputs);
        var blocks = nn.functional.conv2d(input, kernel, offset);
        return nn.functional.pixel_shuffle(blocks, 2).MoveToOuterDisposeScope();
    }
}
