using System.IO;
using TorchSharp.Modules;

namespace PatFramework.Core.Training;

/// <summary>One of TorchSharp's optimizers.</summary>
internal sealed class TensorOptimizer(OptimizerHelper optimizer) : IStepOptimizer
{
    public double LearningRate
    {
        set
        {
            foreach (var group in optimizer.ParamGroups)
            {
                group.LearningRate = value;
            }
        }
    }

    public void ClearGradients() => optimizer.zero_grad();

    public void Step() => optimizer.step();

    public void Save(BinaryWriter writer) => optimizer.save_state_dict(writer);

    public void Load(BinaryReader reader) => optimizer.load_state_dict(reader);

    public void Dispose() => optimizer.Dispose();
}
