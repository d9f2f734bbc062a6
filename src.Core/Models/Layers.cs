using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models;

/// <summary>Compositions that several architectures share.</summary>
internal static class Layers
{
    /// <summary>Convolution without bias, batch normalisation, ReLU, as modules 0, 1, 2; height and width stay.</summary>
    public static Sequential ConvolutionNormRelu(long inputs, long outputs, long kernelSize, long dilation = 1) =>
        nn.Sequential(
            nn.Conv2d(inputs, outputs, kernelSize, padding: kernelSize / 2 * dilation, dilation: dilation, bias: false),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace: true)
        );

    /// <summary>Zeros at the bottom and the right, so that height and width are the shape's.</summary>
    public static Tensor PadTo(this Tensor features, long[] shape)
    {
        var (rows, columns) = (shape[2] - features.shape[2], shape[3] - features.shape[3]);
        return rows == 0 && columns == 0 ? features : nn.functional.pad(features, [0, columns, 0, rows]);
    }

    /// <summary>Resamples to a shape's height and width; the tensor itself where it has them.</summary>
    public static Tensor ResizeTo(
        this Tensor features,
        long[] shape,
        InterpolationMode mode,
        bool? alignCorners = null
    ) =>
        features.shape[2] == shape[2] && features.shape[3] == shape[3]
            ? features
            : nn.functional.interpolate(features, [shape[2], shape[3]], mode: mode, align_corners: alignCorners);

    /// <summary>He et al.'s normal initialisation over the outputs, for every convolution below a module, as in torchvision's ResNet.</summary>
    public static void InitializeHeNormal(nn.Module module)
    {
        foreach (var layer in module.modules())
        {
            if (layer is Conv2d convolution)
            {
                nn.init.kaiming_normal_(
                    convolution.weight,
                    mode: nn.init.FanInOut.FanOut,
                    nonlinearity: nn.init.NonlinearityType.ReLU
                );
            }
        }
    }

    /// <summary>He et al.'s uniform initialisation over the inputs, as in segmentation_models.pytorch's decoders.</summary>
    public static void InitializeHeUniform(nn.Module module)
    {
        foreach (var layer in module.modules())
        {
            if (layer is Conv2d convolution)
            {
                nn.init.kaiming_uniform_(
                    convolution.weight,
                    mode: nn.init.FanInOut.FanIn,
                    nonlinearity: nn.init.NonlinearityType.ReLU
                );
            }
        }
    }

    /// <summary>Glorot's uniform initialisation of a linear classifier, bias 0, as in segmentation_models.pytorch's heads.</summary>
    public static void InitializeHead(nn.Module<Tensor, Tensor> head)
    {
        if (head is Conv2d convolution)
        {
            nn.init.xavier_uniform_(convolution.weight);
            nn.init.constant_(convolution.bias!, 0);
        }
    }
}
