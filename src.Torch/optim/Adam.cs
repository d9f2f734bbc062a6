using System;
using System.Collections.Generic;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>Adam (Kingma and Ba 2015), weight decay added to the gradient.</summary>
            public static Adam Adam(
                IEnumerable<Parameter> parameters,
                double lr = 1e-3,
                double beta1 = 0.9,
                double beta2 = 0.999,
                double eps = 1e-8,
                double weight_decay = 0
            ) => new(parameters, lr, beta1, beta2, eps, weight_decay, decoupled: false);

            /// <summary>AdamW (Loshchilov and Hutter 2019): Adam with decoupled weight decay.</summary>
            public static AdamW AdamW(
                IEnumerable<Parameter> parameters,
                double lr = 1e-3,
                double beta1 = 0.9,
                double beta2 = 0.999,
                double eps = 1e-8,
                double weight_decay = 1e-2
            ) => new(parameters, lr, beta1, beta2, eps, weight_decay);

            /// <summary>Stochastic gradient descent with momentum.</summary>
            public static SGD SGD(
                IEnumerable<Parameter> parameters,
                double learningRate,
                double momentum = 0,
                double dampening = 0,
                double weight_decay = 0,
                bool nesterov = false
            ) => new(parameters, learningRate, momentum, dampening, weight_decay, nesterov);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>
    /// Adam: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², θ ← θ − lr · m̂ / (√v̂ + ε) with bias-corrected m̂ and v̂.
    /// </summary>
    public class Adam : OptimizerHelper
    {
        private readonly double beta1;
        private readonly double beta2;
        private readonly double eps;
        private readonly double weightDecay;
        private readonly bool decoupled;

        internal Adam(
            IEnumerable<Parameter> parameters,
            double lr,
            double beta1,
            double beta2,
            double eps,
            double weightDecay,
            bool decoupled
        )
            : base(parameters, lr, tensorsPerParameter: 2)
        {
            (this.beta1, this.beta2, this.eps) = (beta1, beta2, eps);
            (this.weightDecay, this.decoupled) = (weightDecay, decoupled);
        }

        private protected override void Update(Parameter parameter, Tensor gradient, long step, Tensor[] state)
        {
            var (mean, square) = (state[0], state[1]);
            if (weightDecay != 0 && decoupled)
            {
                parameter.mul_(1 - LearningRate * weightDecay);
            }
            else if (weightDecay != 0)
            {
                gradient = gradient.add(parameter, weightDecay);
            }
            mean.mul_(beta1).add_(gradient, 1 - beta1);
            square.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
            var stepSize = LearningRate / (1 - Math.Pow(beta1, step));
            var denominator = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(beta2, step))).add_(eps);
            parameter.addcdiv_(mean, denominator, -stepSize);
        }
    }

    /// <summary>Adam whose weight decay acts on the parameter, not on its gradient.</summary>
    public sealed class AdamW : Adam
    {
        internal AdamW(
            IEnumerable<Parameter> parameters,
            double lr,
            double beta1,
            double beta2,
            double eps,
            double weightDecay
        )
            : base(parameters, lr, beta1, beta2, eps, weightDecay, decoupled: true) { }
    }

    /// <summary>Stochastic gradient descent: b ← μb + (1−d)g, θ ← θ − lr · b.</summary>
    public sealed class SGD : OptimizerHelper
    {
        private readonly double momentum;
        private readonly double dampening;
        private readonly double weightDecay;
        private readonly bool nesterov;

        internal SGD(
            IEnumerable<Parameter> parameters,
            double lr,
            double momentum,
            double dampening,
            double weightDecay,
            bool nesterov
        )
            : base(parameters, lr, tensorsPerParameter: momentum == 0 ? 0 : 1)
        {
            (this.momentum, this.dampening) = (momentum, dampening);
            (this.weightDecay, this.nesterov) = (weightDecay, nesterov);
        }

        private protected override void Update(Parameter parameter, Tensor gradient, long step, Tensor[] state)
        {
            if (weightDecay != 0)
            {
                gradient = gradient.add(parameter, weightDecay);
            }
            if (momentum != 0)
            {
                var velocity = state[0];
                velocity.mul_(momentum).add_(gradient, step == 1 ? 1 : 1 - dampening);
                gradient = nesterov ? gradient.add(velocity, momentum) : velocity;
            }
            parameter.add_(gradient, -LearningRate);
        }
    }
}
