using System;
using TorchSharp.Bridge;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>How a loss is summed up.</summary>
        public enum Reduction
        {
            /// <summary>Not at all.</summary>
            None = 0,

            /// <summary>Mean.</summary>
            Mean = 1,

            /// <summary>Sum.</summary>
            Sum = 2,
        }

        /// <summary>Layers as functions.</summary>
        public static class functional
        {
            private static readonly long[] One = [1, 1];
            private static readonly long[] Zero = [0, 0];

            /// <summary>Cross-correlation over [N,C,H,W].</summary>
            public static Tensor conv2d(
                Tensor input,
                Tensor weight,
                Tensor? bias = null,
                long[]? strides = null,
                long[]? padding = null,
                long[]? dilation = null,
                long groups = 1
            ) => Aten.Conv2d.Call(input, weight, bias, strides ?? One, padding ?? Zero, dilation ?? One, groups);

            /// <summary>The transpose of cross-correlation: weight [in, out/groups, k, k].</summary>
            public static Tensor conv_transpose2d(
                Tensor input,
                Tensor weight,
                Tensor? bias = null,
                long[]? strides = null,
                long[]? padding = null,
                long[]? outputPadding = null,
                long[]? dilation = null,
                long groups = 1
            ) =>
                Aten.ConvTranspose2d.Call(
                    input,
                    weight,
                    bias,
                    strides ?? One,
                    padding ?? Zero,
                    outputPadding ?? Zero,
                    groups,
                    dilation ?? One
                );

            /// <summary>Largest value of each window.</summary>
            public static Tensor max_pool2d(
                Tensor input,
                long kernelSize,
                long? stride = null,
                long? padding = null,
                long? dilation = null,
                bool ceil_mode = false
            ) =>
                Aten.MaxPool2d.Call(
                    input,
                    Square(kernelSize),
                    Square(stride ?? kernelSize),
                    Square(padding ?? 0),
                    Square(dilation ?? 1),
                    ceil_mode
                );

            /// <summary>Largest value of each window, and where in the input's plane it lies (row · width + column).</summary>
            public static (Tensor output, Tensor indices) max_pool2d_with_indices(
                Tensor input,
                long[] kernel_size,
                long[]? strides = null,
                long[]? padding = null,
                long[]? dilation = null,
                bool ceil_mode = false
            ) =>
                Aten.MaxPool2dWithIndices.CallPair(
                    input,
                    kernel_size,
                    strides ?? kernel_size,
                    padding ?? Zero,
                    dilation ?? One,
                    ceil_mode
                );

            /// <summary>max(x, 0).</summary>
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();

            /// <summary>ln softmax along a dimension.</summary>
            public static Tensor log_softmax(Tensor x, long dim) => Aten.LogSoftmax.Call(x, dim);

            /// <summary>Softmax along a dimension.</summary>
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            /// <summary>Cross-entropy of logits [N,C,…] and class indices [N,…].</summary>
            public static Tensor cross_entropy(
                Tensor input,
                Tensor target,
                Tensor? weight = null,
                long ignore_index = -100,
                Reduction reduction = Reduction.Mean,
                double label_smoothing = 0.0
            ) => Aten.CrossEntropyLoss.Call(input, target, weight, (long)reduction, ignore_index, label_smoothing);

            /// <summary>Rearranges [N, C·r², H, W] to [N, C, H·r, W·r].</summary>
            public static Tensor pixel_shuffle(Tensor x, long upscaleFactor) =>
                Aten.PixelShuffle.Call(x, upscaleFactor);

            /// <summary>Adds a border of a value: pad = (left, right, top, bottom, …).</summary>
            public static Tensor pad(
                Tensor input,
                long[] pad,
                PaddingModes mode = PaddingModes.Constant,
                double value = 0
            ) =>
                mode == PaddingModes.Constant
                    ? Aten.ConstantPad.Call(input, pad, value)
                    : throw new ArgumentException($"pad fills with a constant here, not {mode}.");

            /// <summary>Resamples [N,C,H,W] to a size.</summary>
            public static Tensor interpolate(
                Tensor x,
                long[] size,
                InterpolationMode mode = InterpolationMode.Nearest,
                bool? align_corners = null
            ) =>
                mode == InterpolationMode.Bilinear
                    ? Aten.UpsampleBilinear2d.Call(x, size, align_corners ?? false)
                    : Aten.UpsampleNearest2d.Call(x, size);

            /// <summary>Where each output pixel of [N,C,H,W] lies in the input, [N,H,W,2] in [−1, 1], under affine maps [N,2,3].</summary>
            public static Tensor affine_grid(Tensor theta, long[]? size = null, bool align_corners = false) =>
                Aten.AffineGridGenerator.Call(
                    theta,
                    size ?? throw new ArgumentNullException(nameof(size)),
                    align_corners
                );

            /// <summary>Samples [N,C,H,W] at the places of a grid [N,H,W,2]; outside it is 0.</summary>
            public static Tensor grid_sample(
                Tensor input,
                Tensor grid,
                GridSampleMode mode = GridSampleMode.Bilinear,
                GridSamplePaddingMode padding_mode = GridSamplePaddingMode.Zeros,
                bool? align_corners = null
            )
            {
                const long bilinear = 0;
                const long nearest = 1;
                return padding_mode == GridSamplePaddingMode.Zeros
                    ? Aten.GridSampler.Call(
                        input,
                        grid,
                        mode == GridSampleMode.Bilinear ? bilinear : nearest,
                        0L,
                        align_corners ?? false
                    )
                    : throw new ArgumentException($"grid_sample has zeros outside here, not {padding_mode}.");
            }

            private static long[] Square(long value) => [value, value];
        }

        /// <summary>Helpers for training.</summary>
        public static class utils
        {
            /// <summary>Scales the gradients so that their joint norm is at most <paramref name="max_norm"/>.</summary>
            /// <returns>The norm before scaling.</returns>
            public static double clip_grad_norm_(
                System.Collections.Generic.IEnumerable<Modules.Parameter> parameters,
                double max_norm,
                double norm_type = 2.0
            )
            {
                using var scope = NewDisposeScope();
                using var guard = no_grad();
                var gradients = new System.Collections.Generic.List<Tensor>();
                foreach (var parameter in parameters)
                {
                    if (parameter.Gradient is Tensor gradient)
                    {
                        gradients.Add(gradient);
                    }
                }
                if (gradients.Count == 0)
                {
                    return 0;
                }
                var norms = Aten.ForeachNorm.CallList(Argument.List(gradients), norm_type);
                double total = stack(norms).norm((float)norm_type).to_type(float64).item<double>();
                if (max_norm / (total + 1e-6) is < 1 and var scale)
                {
                    Aten.ForeachMulScalarInPlace.CallInPlace(Argument.List(gradients), scale);
                }
                return total;
            }
        }
    }
}
