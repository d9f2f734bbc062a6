using PatFramework.Core.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models;

/// <summary>
/// The normalised classifier: z_c = s · ⟨w_c, x⟩ / (‖w_c‖ ‖x‖), so that |z_c| ≤ s whatever the lengths of w_c and x.
/// </summary>
/// <remarks>
/// LDAM (Cao et al. 2019) takes its margins from a cosine, with s = 30. Computed in the features' float32 also where the
/// network runs in bf16: 8 bits would leave steps of s/256.
/// </remarks>
public sealed class CosineClassifier : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double scale;

    /// <summary>A weight [classes, channels, 1, 1], each class's of a random direction.</summary>
    /// <param name="channels">Channels of the features.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="scale">s, above 0.</param>
    public CosineClassifier(long channels, long classes, double scale)
        : base(nameof(CosineClassifier))
    {
        this.scale = scale;
        weight = new Parameter(empty([classes, channels, 1, 1]));
        nn.init.normal_(weight);
        RegisterComponents();
    }

    /// <summary>[N,channels,H,W] → [N,classes,H,W] in [−s, s].</summary>
    /// <param name="input">Features.</param>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        using var region = Autocast.Off(input.device);
        var features = input.dtype == ScalarType.Float64 ? input : input.to(ScalarType.Float32);
        // Divided by the lengths of the features afterwards: their normalised copy would be kept for the backward pass.
        var along = nn.functional.conv2d(features, weight * InverseLength(weight));
        return (along * (InverseLength(features) * scale)).MoveToOuterDisposeScope();
    }

    /// <summary>1 / max(‖x‖, 10⁻¹²) over the channels, with the gradient 0 where the length is less.</summary>
    private static Tensor InverseLength(Tensor vectors)
    {
        const double least = 1e-12;
        return (vectors * vectors).sum(1, keepdim: true).clamp(min: least * least).rsqrt();
    }
}
