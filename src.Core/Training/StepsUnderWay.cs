using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace PatFramework.Core.Training;

/// <summary>
/// The steps that the device was given and whose results the host does not know, oldest first. While the device works on one, the host
/// reads the results of the one before and prepares the next.
/// </summary>
/// <param name="ahead">Steps that stay unread while there are more to come; 0 reads each at once.</param>
/// <param name="complete">Told the results, in order: the result, its images, and the seconds since the results before.</param>
internal sealed class StepsUnderWay(int ahead, Action<StepResult, int, double> complete) : IDisposable
{
    private readonly Queue<(PendingStep Step, int Images, double Waited)> _steps = new();
    private readonly Stopwatch _sinceResult = Stopwatch.StartNew();

    /// <summary>Steps whose results are not known.</summary>
    public int Count => _steps.Count;

    /// <summary>Takes a step that was enqueued, and reads what became too many.</summary>
    /// <param name="step">The step, which belongs to this from now on.</param>
    /// <param name="images">Its images.</param>
    /// <param name="waited">The seconds that its batches were waited for.</param>
    public void Add(PendingStep step, int images, double waited)
    {
        _steps.Enqueue((step, images, waited));
        while (_steps.Count > ahead)
        {
            Complete();
        }
    }

    /// <summary>Waits for all of them.</summary>
    public void CompleteAll()
    {
        while (_steps.Count > 0)
        {
            Complete();
        }
    }

    public void Dispose()
    {
        foreach (var (step, _, _) in _steps)
        {
            step.Dispose();
        }
    }

    private void Complete()
    {
        var (pending, images, waited) = _steps.Dequeue();
        using var step = pending;
        var result = step.Result();
        var time = result.Time with { Data = result.Time.Data + waited };
        complete(result with { Time = time }, images, _sinceResult.Elapsed.TotalSeconds);
        _sinceResult.Restart();
    }
}
