using System.Collections.Generic;
using PatFramework.Core.Data;

namespace PatFramework.Core.Training;

/// <summary>The step of a training.</summary>
internal interface ITrainingStep
{
    /// <summary>The learning rate of a step.</summary>
    double LearningRate(long step);

    /// <summary>Enqueues the step after <paramref name="position"/>; its loss and gradient are the means of those of its batches.</summary>
    PendingStep Run(IReadOnlyList<Batch> batches, TrainingPosition position);
}
