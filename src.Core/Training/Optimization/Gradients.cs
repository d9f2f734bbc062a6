using System;
using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>The gradients that backward passes added up.</summary>
internal static class Gradients
{
    private static readonly AtenOperator Norms = AtenOperator.Get("_foreach_norm", "Scalar");
    private static readonly AtenOperator? Scale = AtenOperator.Find("_foreach_mul_", "Tensor");

    /// <summary>A parameter's gradient; null where it has none.</summary>
    public static Tensor? Of(Parameter parameter)
    {
        PatTorch.Check(PatTorch.pat_grad_get(parameter.Handle, out var gradient));
        GC.KeepAlive(parameter);
        return gradient == 0 ? null : Tensor.UnsafeCreateTensor(gradient);
    }

    /// <summary>
    /// Scales all gradients by min(1, c / (‖g‖ + 10⁻⁶)), ‖g‖ the 2-norm of all of them together (PyTorch's clip_grad_norm_); does not
    /// wait for the device.
    /// </summary>
    /// <param name="parameters">Whose gradients.</param>
    /// <param name="largest">c; null leaves them as they are.</param>
    /// <returns>‖g‖ before scaling, float64 without dimensions.</returns>
    public static Tensor Clip(IReadOnlyList<Parameter> parameters, double? largest)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor[] gradients = [.. parameters.Select(Of).OfType<Tensor>()];
        if (gradients.Length == 0)
        {
            return zeros([], ScalarType.Float64).MoveToOuterDisposeScope();
        }
        var norm = stack(Norms.Call(AtenArgument.List(gradients), 2.0)).norm(2f).to(ScalarType.Float64);
        if (largest is { } bound)
        {
            ScaleBy((norm + 1e-6).pow(-1).mul(bound).clamp(max: 1), gradients);
        }
        return norm.MoveToOuterDisposeScope();
    }

    private static void ScaleBy(Tensor factor, Tensor[] gradients)
    {
        var same = factor.to(gradients[0].dtype);
        if (Scale is not null)
        {
            Scale.Change(AtenArgument.List(gradients), AtenArgument.One(same));
            return;
        }
        foreach (var gradient in gradients)
        {
            gradient.mul_(same);
        }
    }
}
