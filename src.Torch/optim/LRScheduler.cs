using System;
using System.Collections.Generic;
using System.Linq;

namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Learning-rate schedules, in closed form over the number t of steps taken.</summary>
        public static class lr_scheduler
        {
            /// <summary>Sets an optimizer's learning rates to a function of the steps taken.</summary>
            public sealed class LRScheduler
            {
                private readonly ILearningRateController[] groups;
                private readonly Func<double, int, double> rate;
                private int taken;

                internal LRScheduler(Optimizer optimizer, int last_epoch, Func<double, int, double> rate)
                {
                    groups = [.. optimizer.ParamGroups];
                    this.rate = rate;
                    taken = last_epoch + 1;
                    Apply();
                }

                /// <summary>Advances the schedule by one step.</summary>
                public void step()
                {
                    taken++;
                    Apply();
                }

                /// <summary>The rates that the next optimizer step takes.</summary>
                public IEnumerable<double> get_last_lr() => groups.Select(group => group.LearningRate);

                private void Apply()
                {
                    foreach (var group in groups)
                    {
                        group.LearningRate = rate(group.InitialLearningRate, taken);
                    }
                }
            }

            /// <summary>eta_min + (lr − eta_min) · (1 + cos(π t / T_max)) / 2 (Loshchilov and Hutter 2017).</summary>
            public static LRScheduler CosineAnnealingLR(
                Optimizer optimizer,
                double T_max,
                double eta_min = 0,
                int last_epoch = -1
            ) =>
                new(
                    optimizer,
                    last_epoch,
                    (initial, t) => eta_min + (initial - eta_min) * (1 + Math.Cos(Math.PI * t / T_max)) / 2
                );

            /// <summary>lr · (1 − t / total_iters)^power, and 0 from there on.</summary>
            public static LRScheduler PolynomialLR(
                Optimizer optimizer,
                int total_iters = 5,
                int power = 1,
                int last_epoch = -1
            ) =>
                new(
                    optimizer,
                    last_epoch,
                    (initial, t) => initial * Math.Pow(1 - Math.Min(1.0, (double)t / total_iters), power)
                );

            /// <summary>lr · lr_lambda(t).</summary>
            public static LRScheduler LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1) =>
                new(optimizer, last_epoch, (initial, t) => initial * lr_lambda(t));
        }
    }
}
