using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.AttentionUnet;

/// <summary>
/// The additive attention gate (Oktay et al. 2018): x · α with α = σ(ψ(ReLU(W_x x + W_g g))), one α a pixel.
/// </summary>
/// <remarks>
/// As in LeeJunHyun/Image_Segmentation, which the PAT authors' networks follow: x and the gating signal g have one
/// resolution, and each 1×1 convolution is followed by batch normalisation, which takes a bias over, so there is none.
/// </remarks>
public sealed class AttentionGate : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Sequential gating;
    private readonly Sequential features;
    private readonly Sequential psi;

    /// <summary>Parameters <c>gating</c> (W_g), <c>features</c> (W_x) and <c>psi</c>, initialised as PyTorch does.</summary>
    /// <param name="gatingChannels">Channels of g.</param>
    /// <param name="featureChannels">Channels of x.</param>
    /// <param name="innerChannels">Channels between them.</param>
    public AttentionGate(long gatingChannels, long featureChannels, long innerChannels)
        : base(nameof(AttentionGate))
    {
        gating = Projection(gatingChannels, innerChannels);
        features = Projection(featureChannels, innerChannels);
        psi = Projection(innerChannels, 1);
        RegisterComponents();
    }

    /// <summary>x · α, of x's shape.</summary>
    /// <param name="input1">g [N,G,H,W].</param>
    /// <param name="input2">x [N,C,H,W].</param>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        using var scope = NewDisposeScope();
        var joint = gating.call(input1).add_(features.call(input2)).relu_();
        return (input2 * psi.call(joint).sigmoid()).MoveToOuterDisposeScope();
    }

    private static Sequential Projection(long inputs, long outputs) =>
        nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias: false), nn.BatchNorm2d(outputs));
}
