using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Optimizers and learning-rate schedules.</summary>
    public static partial class optim
    {
        /// <summary>A group of parameters' learning rate.</summary>
        public interface ILearningRateController
        {
            /// <summary>The rate that the next step takes.</summary>
            double LearningRate { get; set; }

            /// <summary>The rate that schedules start from.</summary>
            double InitialLearningRate { get; set; }
        }

        /// <summary>Changes parameters along their gradients.</summary>
        public abstract class Optimizer : IDisposable
        {
            private readonly Parameter[] all;
            private readonly Group group;

            private protected Optimizer(IEnumerable<Parameter> parameters, double lr)
            {
                all = [.. parameters];
                group = new Group { LearningRate = lr, InitialLearningRate = lr };
            }

            /// <summary>The groups' learning rates; here one group.</summary>
            public virtual IEnumerable<ILearningRateController> ParamGroups => [group];

            private protected double LearningRate => group.LearningRate;

            /// <summary>The parameters.</summary>
            public virtual IEnumerable<Parameter> parameters() => all;

            /// <summary>Clears the gradients of all parameters.</summary>
            public virtual void zero_grad()
            {
                foreach (var parameter in all)
                {
                    parameter.ClearGradient();
                }
            }

            /// <summary>Changes each parameter that has a gradient.</summary>
            /// <param name="closure">Computes the loss, and its gradients, anew; its result is returned.</param>
            public virtual Tensor? step(Func<Tensor>? closure = null)
            {
                var loss = closure?.Invoke();
                using var guard = no_grad();
                for (var i = 0; i < all.Length; i++)
                {
                    using var scope = NewDisposeScope();
                    if (all[i].Gradient is Tensor gradient)
                    {
                        Update(i, all[i], gradient);
                    }
                }
                return loss;
            }

            /// <inheritdoc/>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>Frees the state.</summary>
            protected virtual void Dispose(bool disposing) { }

            private protected abstract void Update(int index, Parameter parameter, Tensor gradient);

            private sealed class Group : ILearningRateController
            {
                public double LearningRate { get; set; }

                public double InitialLearningRate { get; set; }
            }
        }
    }
}
