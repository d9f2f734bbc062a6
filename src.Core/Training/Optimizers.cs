using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>Makes the optimizer that a configuration asks for.</summary>
internal static class Optimizers
{
    public static OptimizerHelper Create(TrainingConfig config, nn.Module model) =>
        config.Optimizer switch
        {
            OptimizerKind.AdamW => optim.AdamW(
                model.parameters(),
                lr: config.LearningRate,
                weight_decay: config.WeightDecay
            ),
            OptimizerKind.Sgd => optim.SGD(
                model.parameters(),
                config.LearningRate,
                momentum: config.Momentum,
                weight_decay: config.WeightDecay
            ),
            _ => optim.Adam(model.parameters(), lr: config.LearningRate, weight_decay: config.WeightDecay),
        };
}
