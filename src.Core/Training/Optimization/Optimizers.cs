using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>Makes the optimizer that a configuration asks for.</summary>
internal static class Optimizers
{
    /// <summary>The fastest one for a device: lists of tensors on a GPU, where a kernel a tensor would be too many to start, and for a captured step.</summary>
    public static IStepOptimizer Create(TrainingConfig config, nn.Module model, Device device) =>
        device.type == DeviceType.CUDA || config.CudaGraph ? OverLists(config, model) : OverTensors(config, model);

    /// <summary>TorchSharp's, which updates one tensor after the other.</summary>
    public static IStepOptimizer OverTensors(TrainingConfig config, nn.Module model) =>
        new TensorOptimizer(
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
            }
        );

    /// <summary>The same updates in a few operators for all tensors together.</summary>
    public static IStepOptimizer OverLists(TrainingConfig config, nn.Module model) =>
        config.Optimizer == OptimizerKind.Sgd
            ? new SgdOverLists(model, config)
            : new AdamOverLists(model, config, isDecoupled: config.Optimizer == OptimizerKind.AdamW);
}
