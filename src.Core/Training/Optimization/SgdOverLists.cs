using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>Stochastic gradient descent over lists: b ← μb + g, θ ← θ − lr · b.</summary>
internal sealed class SgdOverLists(nn.Module model, TrainingConfig config)
    : ListOptimizer(model, config, tensorsPerParameter: config.Momentum == 0 ? 0 : 1)
{
    private readonly double _momentum = config.Momentum;
    private readonly double _decay = config.WeightDecay;

    protected override double[] Numbers(long step) => [-Rate];

    protected override void Update(ParameterList list, StepNumber[] numbers)
    {
        var gradients = _decay == 0 ? list.Gradients : Foreach.Sum(list.Gradients, list.Parameters, _decay);
        if (_momentum != 0)
        {
            var velocity = list.State[0];
            Foreach.Multiply(velocity, _momentum);
            Foreach.Add(velocity, gradients, 1);
            gradients = velocity;
        }
        Foreach.Add(list.Parameters, gradients, numbers[0]);
    }
}
