using System;
using System.Linq;
using PatFramework.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>
/// Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) over lists: libtorch's fused operator on a GPU where this libtorch has
/// it, else one operator after the other, with the numbers of TorchSharp's.
/// </summary>
internal sealed class AdamOverLists(nn.Module model, TrainingConfig config, bool isDecoupled)
    : ListOptimizer(model, config, tensorsPerParameter: 2)
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    /// <summary>One kernel for everything: libtorch 1.13 has Adam's, 2.x AdamW's too.</summary>
    private readonly AtenOperator? _fused = AtenOperator.Find(isDecoupled ? "_fused_adamw_" : "_fused_adam_");

    private readonly double _decay = config.WeightDecay;

    /// <summary>What multiplies decayed parameters, √(1 − β₂ᵗ), and −lr / (1 − β₁ᵗ).</summary>
    protected override double[] Numbers(long step) =>
        [1 - Rate * _decay, Math.Sqrt(1 - Math.Pow(Beta2, step)), -Rate / (1 - Math.Pow(Beta1, step))];

    protected override void Update(ParameterList list, StepNumber[] numbers)
    {
        var isCaptured = numbers[0].OnDevice is not null;
        if (_fused is not null && !isCaptured && list.Parameters[0].device_type == DeviceType.CUDA)
        {
            Fused(list);
        }
        else
        {
            OneByOne(list, numbers);
        }
    }

    private void Fused(ParameterList list)
    {
        // Each parameter's count of steps: they are the same, and only read.
        var step = full([], (float)list.Step, ScalarType.Float32, list.Parameters[0].device);
        _fused!.Change(
            AtenArgument.List(list.Parameters),
            AtenArgument.List(list.Gradients),
            AtenArgument.List(list.State[0]),
            AtenArgument.List(list.State[1]),
            AtenArgument.List([]),
            AtenArgument.List([.. Enumerable.Repeat(step, list.Parameters.Length)]),
            Rate,
            Beta1,
            Beta2,
            _decay,
            Epsilon,
            false,
            false
        );
    }

    private void OneByOne(ParameterList list, StepNumber[] numbers)
    {
        var (parameters, gradients) = (list.Parameters, list.Gradients);
        var (mean, square) = (list.State[0], list.State[1]);
        if (_decay != 0 && isDecoupled)
        {
            Foreach.Multiply(parameters, numbers[0]);
        }
        else if (_decay != 0)
        {
            gradients = Foreach.Sum(gradients, parameters, _decay);
        }
        Foreach.Multiply(mean, Beta1);
        Foreach.Add(mean, gradients, 1 - Beta1);
        Foreach.Multiply(square, Beta2);
        Foreach.AddProduct(square, gradients, gradients, 1 - Beta2);
        var denominator = Foreach.SquareRoot(square);
        Foreach.Divide(denominator, numbers[1]);
        Foreach.Add(denominator, Epsilon);
        Foreach.AddQuotient(parameters, mean, denominator, numbers[2]);
    }
}
