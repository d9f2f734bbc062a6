namespace PatFramework.Core.Training;

/// <summary>
/// An optimizer whose update can be captured and replayed: what changes from step to step is in tensors on the device, and gradients are
/// zeroed where they are.
/// </summary>
internal interface ICapturableOptimizer : IStepOptimizer
{
    /// <summary>
    /// Puts the numbers of the next step, its learning rate among them, where the update reads them; outside the capture, and once there are
    /// gradients.
    /// </summary>
    /// <exception cref="PatException">The parameters have had different numbers of steps.</exception>
    void Prepare();

    /// <summary>The update by the numbers that <see cref="Prepare"/> put there; does not count the step.</summary>
    void StepPrepared();
}
