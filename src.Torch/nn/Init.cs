using System;
using TorchSharp.Bridge;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Random and constant initial values, in place.</summary>
        public static class init
        {
            /// <summary>Which side's connections a variance is kept over.</summary>
            public enum FanInOut
            {
                /// <summary>Those into an output: keeps the forward pass's variance.</summary>
                FanIn = 0,

                /// <summary>Those out of an input: keeps the backward pass's variance.</summary>
                FanOut = 1,
            }

            /// <summary>The activation that follows.</summary>
            public enum NonlinearityType
            {
                /// <summary>Gain √2.</summary>
                ReLU = 9,

                /// <summary>Gain √(2 / (1 + a²)).</summary>
                LeakyReLU = 10,
            }

            /// <summary>Uniform in [−b, b] with b = √3 · gain / √fan (He et al. 2015).</summary>
            public static Tensor kaiming_uniform_(
                Tensor tensor,
                double a = 0,
                FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU
            )
            {
                var bound = Math.Sqrt(3) * Deviation(tensor, a, mode, nonlinearity);
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Normal with deviation gain / √fan (He et al. 2015).</summary>
            public static Tensor kaiming_normal_(
                Tensor tensor,
                double a = 0,
                FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU
            ) => normal_(tensor, 0, Deviation(tensor, a, mode, nonlinearity));

            /// <summary>Uniform in [−b, b] with b = gain · √(6 / (fan in + fan out)) (Glorot and Bengio 2010).</summary>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1.0)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                var bound = gain * Math.Sqrt(6.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Uniform in [low, high).</summary>
            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1)
            {
                using var guard = no_grad();
                Aten.UniformInPlace.CallInPlace(tensor, low, high);
                return tensor;
            }

            /// <summary>Normal.</summary>
            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1)
            {
                using var guard = no_grad();
                Aten.NormalInPlace.CallInPlace(tensor, mean, std);
                return tensor;
            }

            /// <summary>One value.</summary>
            public static Tensor constant_(Tensor tensor, Scalar val)
            {
                using var guard = no_grad();
                return tensor.fill_(val);
            }

            /// <summary>Connections into an output and out of an input of a weight [out, in, …].</summary>
            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var shape = tensor.shape;
                var field = tensor.numel() / (shape[0] * shape[1]);
                return (shape[1] * field, shape[0] * field);
            }

            private static double Deviation(Tensor tensor, double a, FanInOut mode, NonlinearityType nonlinearity)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                var slope = nonlinearity == NonlinearityType.ReLU ? 0 : a;
                return Math.Sqrt(2 / ((1 + slope * slope) * (mode == FanInOut.FanIn ? fanIn : fanOut)));
            }
        }
    }
}
