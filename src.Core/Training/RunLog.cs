using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>What a run writes for people: metrics.jsonl, metrics.csv and the TensorBoard event file.</summary>
internal sealed class RunLog : IDisposable
{
    private readonly RunFolder _folder;
    private readonly TrainingPlan _plan;
    private readonly List<EpochMetrics> _epochs;
    private readonly ValidationSamples _samples;
    private readonly TensorBoardWriter _board;

    /// <summary>Goes on from a position: what the files hold after it is taken back.</summary>
    public RunLog(TrainingPlan plan, RunFolder folder, ForwardPass forward, TrainingPosition position)
    {
        (_plan, _folder) = (plan, folder);
        _epochs = [.. MetricsLog.Read(folder.Metrics).TakeWhile(epoch => epoch.Epoch <= position.Epoch)];
        WriteMetrics();
        _samples = new ValidationSamples(plan, forward);
        _board = new TensorBoardWriter(folder.Root, position.Step);
        if (position.Step == 0)
        {
            _board.Text("config", RunJson.Document(plan.Config));
        }
    }

    public EpochMetrics? Last => _epochs.LastOrDefault();

    public EpochMetrics? Best => _epochs.LastOrDefault(epoch => epoch.Best);

    public void Step(long step, StepResult result)
    {
        _board.Scalar("train/loss", step, result.Loss);
        _board.Scalar("train/learning-rate", step, result.LearningRate);
    }

    public void Epoch(EpochMetrics metrics, Evaluation evaluation, nn.Module<Tensor, Tensor> model)
    {
        _epochs.Add(metrics);
        WriteMetrics();
        _board.Epoch(metrics);
        var confusion = ConfusionImage.Draw(evaluation.Scores.Confusion, _plan.Validation.Classes);
        _board.Image("val/confusion", metrics.Step, confusion);
        foreach (var (name, image) in _samples.Draw(model))
        {
            _board.Image($"samples/{name}", metrics.Step, image);
        }
    }

    public void Flush() => _board.Flush();

    public void Dispose() => _board.Dispose();

    private void WriteMetrics()
    {
        MetricsLog.Write(_folder.Metrics, _epochs);
        MetricsLog.WriteTable(_folder.MetricsTable, _epochs);
    }
}
