using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Largest value of each window.</summary>
            public static Modules.MaxPool2d MaxPool2d(
                long kernelSize,
                long? stride = null,
                long? padding = null,
                long? dilation = null,
                bool ceilMode = false
            ) => new(kernelSize, stride, padding, dilation, ceilMode);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Largest value of each window of [N,C,H,W].</summary>
    public sealed class MaxPool2d : Module<Tensor, Tensor>
    {
        private readonly long kernelSize;
        private readonly long? stride;
        private readonly long? padding;
        private readonly long? dilation;
        private readonly bool ceilMode;

        internal MaxPool2d(long kernelSize, long? stride, long? padding, long? dilation, bool ceilMode)
            : base(nameof(MaxPool2d)) =>
            (this.kernelSize, this.stride, this.padding, this.dilation, this.ceilMode) = (
                kernelSize,
                stride,
                padding,
                dilation,
                ceilMode
            );

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) =>
            functional.max_pool2d(input, kernelSize, stride, padding, dilation, ceilMode);
    }
}
