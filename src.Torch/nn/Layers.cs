using System;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Cross-correlation over [N,C,H,W].</summary>
            public static Modules.Conv2d Conv2d(
                long inputChannel,
                long outputChannel,
                long kernelSize,
                long stride = 1,
                long padding = 0,
                long dilation = 1,
                PaddingModes paddingMode = PaddingModes.Zeros,
                long groups = 1,
                bool bias = true,
                Device? device = null,
                ScalarType? dtype = null
            ) =>
                paddingMode == PaddingModes.Zeros
                    ? new(
                        inputChannel,
                        outputChannel,
                        kernelSize,
                        stride,
                        padding,
                        dilation,
                        groups,
                        bias,
                        device,
                        dtype
                    )
                    : throw new ArgumentException($"Conv2d pads with zeros here, not {paddingMode}.");

            /// <summary>Normalisation of each channel by the batch's, or in evaluation the running, statistics.</summary>
            public static Modules.BatchNorm2d BatchNorm2d(
                long features,
                double eps = 1e-05,
                double momentum = 0.1,
                bool affine = true,
                bool track_running_stats = true,
                Device? device = null,
                ScalarType? dtype = null
            ) =>
                affine && track_running_stats
                    ? new(features, eps, momentum, device, dtype)
                    : throw new ArgumentException("BatchNorm2d is affine and tracks its statistics here.");

            /// <summary>max(x, 0).</summary>
            public static Modules.ReLU ReLU(bool inplace = false) => new(inplace);

            /// <summary>Zeroes elements at random while training, and scales the rest by 1/(1 − p).</summary>
            public static Modules.Dropout Dropout(double p = 0.5, bool inplace = false) =>
                inplace ? throw new ArgumentException("Dropout is not in place here.") : new(p);

            /// <summary>Zeroes channels at random while training, and scales the rest by 1/(1 − p).</summary>
            public static Modules.Dropout2d Dropout2d(double p = 0.5, bool inplace = false) =>
                inplace ? throw new ArgumentException("Dropout2d is not in place here.") : new(p);

            /// <summary>Modules one after another, named 0, 1, ….</summary>
            public static Modules.Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Cross-correlation over [N,C,H,W]: weight [out, in/groups, k, k], bias [out].</summary>
    public sealed class Conv2d : Module<Tensor, Tensor>
    {
        private readonly long stride;
        private readonly long padding;
        private readonly long dilation;
        private readonly long groups;

        internal Conv2d(
            long inputs,
            long outputs,
            long kernel,
            long stride,
            long padding,
            long dilation,
            long groups,
            bool bias,
            Device? device,
            ScalarType? dtype
        )
            : base(nameof(Conv2d))
        {
            (this.stride, this.padding, this.dilation, this.groups) = (stride, padding, dilation, groups);
            weight = new Parameter(empty([outputs, inputs / groups, kernel, kernel], dtype ?? float32, device));
            init.kaiming_uniform_(weight, Math.Sqrt(5));
            register_parameter(nameof(weight), weight);
            if (bias)
            {
                var bound = 1 / Math.Sqrt((double)inputs / groups * kernel * kernel);
                this.bias = new Parameter(empty([outputs], dtype ?? float32, device));
                init.uniform_(this.bias, -bound, bound);
                register_parameter(nameof(bias), this.bias);
            }
        }

        /// <summary>The kernels, [out, in/groups, k, k].</summary>
        public Parameter weight { get; }

        /// <summary>The offsets, [out], or null.</summary>
        public Parameter? bias { get; }

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) =>
            functional.conv2d(input, weight, bias, [stride, stride], [padding, padding], [dilation, dilation], groups);
    }

    /// <summary>Normalisation of each channel over batch and space.</summary>
    public sealed class BatchNorm2d : Module<Tensor, Tensor>
    {
        private readonly double eps;
        private readonly double momentum;
        private readonly Tensor batches;

        internal BatchNorm2d(long features, double eps, double momentum, Device? device, ScalarType? dtype)
            : base(nameof(BatchNorm2d))
        {
            (this.eps, this.momentum) = (eps, momentum);
            weight = new Parameter(ones([features], dtype, device));
            bias = new Parameter(zeros([features], dtype, device));
            running_mean = zeros([features], dtype, device);
            running_var = ones([features], dtype, device);
            batches = zeros([], int64, device);
            register_parameter(nameof(weight), weight);
            register_parameter(nameof(bias), bias);
            register_buffer(nameof(running_mean), running_mean);
            register_buffer(nameof(running_var), running_var);
            register_buffer("num_batches_tracked", batches);
        }

        /// <summary>Scale of each channel.</summary>
        public Parameter weight { get; }

        /// <summary>Offset of each channel.</summary>
        public Parameter bias { get; }

        /// <summary>Running mean of each channel.</summary>
        public Tensor running_mean { get; }

        /// <summary>Running variance of each channel.</summary>
        public Tensor running_var { get; }

        /// <inheritdoc/>
        public override Tensor forward(Tensor input)
        {
            if (training)
            {
                batches.add_(1);
            }
            return Aten.BatchNorm.Call(input, weight, bias, running_mean, running_var, training, momentum, eps, true);
        }
    }

    /// <summary>max(x, 0).</summary>
    public sealed class ReLU : Module<Tensor, Tensor>
    {
        private readonly bool inplace;

        internal ReLU(bool inplace)
            : base(nameof(ReLU)) => this.inplace = inplace;

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) => functional.relu(input, inplace);
    }

    /// <summary>Zeroes elements at random while training.</summary>
    public sealed class Dropout : Module<Tensor, Tensor>
    {
        internal Dropout(double p)
            : base(nameof(Dropout)) => this.p = p;

        /// <summary>The share that is zeroed.</summary>
        public double p { get; }

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) => Aten.Dropout.Call(input, p, training);
    }

    /// <summary>Zeroes whole channels at random while training.</summary>
    public sealed class Dropout2d : Module<Tensor, Tensor>
    {
        internal Dropout2d(double p)
            : base(nameof(Dropout2d)) => this.p = p;

        /// <summary>The share that is zeroed.</summary>
        public double p { get; }

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) => Aten.FeatureDropout.Call(input, p, training);
    }

    /// <summary>Modules one after another.</summary>
    public sealed class Sequential : Module<Tensor, Tensor>
    {
        private readonly Module<Tensor, Tensor>[] modules_;

        internal Sequential(Module<Tensor, Tensor>[] modules)
            : base(nameof(Sequential))
        {
            modules_ = modules;
            for (var i = 0; i < modules.Length; i++)
            {
                register_module(i.ToString(System.Globalization.CultureInfo.InvariantCulture), modules[i]);
            }
        }

        /// <inheritdoc/>
        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            var x = input;
            foreach (var module in modules_)
            {
                x = module.call(x);
            }
            return ReferenceEquals(x, input) ? x : x.MoveToOuterDisposeScope();
        }
    }
}
