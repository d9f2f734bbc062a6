using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using PatFramework.Core.Native;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>A step that the device was given; its numbers are on their way to the host.</summary>
internal sealed class PendingStep : IDisposable
{
    private readonly Download _numbers;
    private readonly int _losses;
    private readonly int _batches;
    private readonly double _rate;
    private readonly StepTime _time;

    /// <summary>Sends the numbers of a step behind its work.</summary>
    /// <param name="losses">The losses of its batches, up to the first that was refused.</param>
    /// <param name="norm">The norm of the gradient; null where it did not come to that.</param>
    /// <param name="batches">The batches of the step.</param>
    /// <param name="rate">The learning rate used.</param>
    /// <param name="time">Where its time went until here.</param>
    public PendingStep(IReadOnlyList<Tensor> losses, Tensor? norm, int batches, double rate, StepTime time)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        IEnumerable<Tensor> all = norm is null ? losses : losses.Append(norm.to(losses[0].device));
        _numbers = Download.Of(cat([.. all.Select(value => value.to(ScalarType.Float64).reshape(1))], 0));
        (_losses, _batches, _rate, _time) = (losses.Count, batches, rate, time);
    }

    /// <summary>What the step came to; waits for it, which counts as backward.</summary>
    public StepResult Result()
    {
        var clock = Stopwatch.StartNew();
        using var scope = NewDisposeScope();
        var numbers = _numbers.Read().data<double>().ToArray();
        var loss = numbers.Take(_losses).Sum(value => value / _batches);
        var failure =
            !double.IsFinite(loss) ? "the loss"
            : numbers.Skip(_losses).All(double.IsFinite) ? null
            : "the gradient";
        var time = _time with { Backward = _time.Backward + clock.Elapsed.TotalSeconds };
        return new StepResult(loss, _rate, failure, time);
    }

    public void Dispose() => _numbers.Dispose();
}
