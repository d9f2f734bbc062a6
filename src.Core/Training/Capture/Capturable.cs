using System;
using System.Linq;
using PatFramework.Core.Kernels;
using PatFramework.Core.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>What a step must be like to be captured once and replayed: the same operators with the same numbers each time.</summary>
public static class Capturable
{
    /// <summary>Refuses options that a captured step has no part for.</summary>
    /// <exception cref="PatException">Names the option to leave out.</exception>
    internal static void Check(TrainingConfig config)
    {
        if (!config.CudaGraph)
        {
            return;
        }
        Refuse(config.Device != DeviceKind.Cuda, "belongs to --device cuda: the processor has no graphs");
        Refuse(config.Accumulate > 1, "captures a step of one batch: leave --accumulate out");
        Refuse(config.AverageDecay is not null, "captures no average of the weights: leave --ema out");
        Refuse(config.Reweighting is not null, "captures one loss, and --drw changes it: leave --drw out");
    }

    /// <summary>Refuses a model or a loss whose step is not the same each time.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="loss">Its loss.</param>
    /// <exception cref="PatException">Says what to leave out.</exception>
    public static void Check(nn.Module model, nn.Module loss)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        var drops = model.modules().Any(part => part is Dropout { p: > 0 } or Dropout2d { p: > 0 });
        Refuse(drops, "captures no dropout, which draws anew in each step: give --model dropout=0");
        Refuse(
            model is SegmentationModel { Recomputes: true },
            "captures no blocks that are recomputed: leave --model's checkpoint=true out"
        );
        var obstacle = loss is LossKernel kernel ? kernel.ObstacleToCapture : "this loss is not one of the catalogue's";
        Refuse(obstacle is not null, $"captures a loss that is the same in each step, and {obstacle}");
    }

    private static void Refuse(bool isRefused, string why)
    {
        if (isRefused)
        {
            throw new PatException($"--cuda-graph {why}, or leave --cuda-graph out.");
        }
    }
}
