using System;

namespace PatFramework.Core.Training;

/// <summary>A device's work that is captured once and then replayed, with what its tensors hold by then.</summary>
internal interface IStepGraph : IDisposable
{
    /// <summary>Sends what this thread does to where the work is captured and replayed, in order with what was sent before.</summary>
    /// <returns>Dispose it on the same thread to go back.</returns>
    IDisposable Enter();

    /// <summary>Captures work, between <see cref="Enter"/> and its end, and does not do it.</summary>
    /// <param name="work">What was done there before; runs once, here.</param>
    /// <exception cref="PatException">It can't be captured.</exception>
    void Capture(Action work);

    /// <summary>Does the work that was captured.</summary>
    void Replay();
}
