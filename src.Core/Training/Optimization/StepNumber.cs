using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>
/// A number of an update: known to the host and sent with each operator, or on the device, where a captured step finds another one each
/// time.
/// </summary>
/// <param name="Value">The number; not used where it is on the device.</param>
/// <param name="OnDevice">The number without dimensions, float32; null where the host knows it.</param>
internal readonly record struct StepNumber(double Value, Tensor? OnDevice)
{
    /// <summary>A number that the host knows.</summary>
    public static implicit operator StepNumber(double value) => new(value, null);
}
