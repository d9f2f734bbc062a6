using System;
using PatFramework.Core.Data;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>What is trained: the configuration to record, and the values that its spellings stand for.</summary>
/// <param name="Config">Everything needed to repeat the run.</param>
/// <param name="Training">The split to train on.</param>
/// <param name="Validation">The split to validate on after each epoch.</param>
/// <param name="CreateModel">Makes the model, images [N,3,H,W] → logits [N,C,H,W]; called once, after the generators are seeded.</param>
/// <param name="CreateLoss">Makes the loss, (logits [N,C,H,W], labels [N,H,W] int64) → scalar, from the class counts of the training split.</param>
public sealed record TrainingPlan(
    TrainingConfig Config,
    ISegmentationDataset Training,
    ISegmentationDataset Validation,
    Func<nn.Module<Tensor, Tensor>> CreateModel,
    Func<ClassStatistics, nn.Module<Tensor, Tensor, Tensor>> CreateLoss
);
