using System;
using System.IO;

namespace PatFramework.Core.Training;

/// <summary>An optimizer as the training step uses it.</summary>
internal interface IStepOptimizer : IDisposable
{
    /// <summary>The rate that the next step takes.</summary>
    double LearningRate { set; }

    /// <summary>Clears the gradients of all parameters.</summary>
    void ClearGradients();

    /// <summary>Changes each parameter that has a gradient; does not wait for the device.</summary>
    void Step();

    /// <summary>Writes learning rates, step counts and state tensors.</summary>
    void Save(BinaryWriter writer);

    /// <summary>Restores what <see cref="Save"/> wrote, here or of the other kind over the same parameters.</summary>
    /// <exception cref="InvalidDataException">It was written for other parameters.</exception>
    void Load(BinaryReader reader);
}
