using System.Collections.Generic;
using PatFramework.Core.Models;
using PatFramework.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>The one way a model is applied, in training, evaluation and prediction alike.</summary>
/// <param name="device">Where to compute.</param>
/// <param name="precision">The arithmetic of the model.</param>
internal sealed class ForwardPass(Device device, Precision precision)
{
    public Device Device => device;

    /// <summary>Steps that are enqueued before the results of one are read: 1 where the device works beside the host.</summary>
    public int StepsAhead => device.type == DeviceType.CPU ? 0 : 1;

    public static ForwardPass Of(TrainingConfig config) => new(DeviceOf(config.Device), config.Precision);

    /// <summary>
    /// The pass of a training: as shapes stay, cuDNN tries for each which of its algorithms is the fastest, or takes those that give the
    /// same bits each time. Holds for the process; the processor does not care.
    /// </summary>
    public static ForwardPass ForTraining(TrainingConfig config)
    {
        PatTorch.Check(PatTorch.pat_set_cudnn(config.Deterministic ? 0 : 1, config.Deterministic ? 1 : 0));
        return Of(config);
    }

    /// <summary>The device of a kind.</summary>
    /// <exception cref="PatException">This machine has none.</exception>
    public static Device DeviceOf(DeviceKind kind) =>
        kind == DeviceKind.Cpu ? CPU
        : cuda.is_available() ? CUDA
        : throw new PatException(
            "--device is cuda, but libtorch finds no CUDA device here (see pat doctor): use --device cpu."
        );

    /// <summary>Normalised images [N,3,H,W] float32 → logits [N,C,H,W] float32.</summary>
    public Tensor Logits(nn.Module<Tensor, Tensor> model, Tensor images)
    {
        using var region = Region();
        using var channelsLast = ChannelsLast(images);
        return Widened(model.forward(channelsLast));
    }

    /// <summary>
    /// All logits that training takes a loss of; one of weight 1 unless the model has auxiliary ones. They stay bf16 where the model is:
    /// a fused loss computes in float32 what it reads and rounds the gradient once, without a copy in float32 of either.
    /// </summary>
    public IReadOnlyList<WeightedLogits> Supervised(nn.Module<Tensor, Tensor> model, Tensor images)
    {
        if (model is not SegmentationModel segmentation)
        {
            return [new WeightedLogits(Logits(model, images), 1)];
        }
        using var region = Region();
        using var channelsLast = ChannelsLast(images);
        return segmentation.Supervised(channelsLast);
    }

    private Autocast? Region() => precision == Precision.Bf16 ? Autocast.BFloat16(device) : null;

    /// <summary>Channels-last strides, which libtorch's convolutions keep from the first layer to the last.</summary>
    private static Tensor ChannelsLast(Tensor images)
    {
        using var nhwc = images.permute(0, 2, 3, 1);
        using var packed = nhwc.contiguous();
        return packed.permute(0, 3, 1, 2);
    }

    private static Tensor Widened(Tensor logits) =>
        logits.dtype == ScalarType.Float32 ? logits : logits.to(ScalarType.Float32);
}
