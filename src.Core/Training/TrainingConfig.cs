using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Text.Json.Nodes;
using PatFramework.Core.Data;

namespace PatFramework.Core.Training;

/// <summary>The optimizers of <c>--optimizer</c>.</summary>
public enum OptimizerKind
{
    /// <summary>Adam, β = (0.9, 0.999); weight decay joins the gradient.</summary>
    Adam,

    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum.</summary>
    Sgd,
}

/// <summary>Where a run computes.</summary>
public enum DeviceKind
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>The first CUDA device.</summary>
    Cuda,
}

/// <summary>The arithmetic of the forward and backward pass; weights, loss and optimizer are float32 always.</summary>
public enum Precision
{
    /// <summary>IEEE single precision.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "The type's name is what the choice is.")]
    Float32,

    /// <summary>bfloat16 by autocast.</summary>
    Bf16,
}

/// <summary>Everything needed to repeat a run; it is what <c>config.json</c> holds.</summary>
/// <remarks>The spellings of data, model and loss are recorded as given; the trainer receives the values they stand for.</remarks>
public sealed record TrainingConfig
{
    /// <summary>The data set as spelled, such as <c>camvid:DIR</c>.</summary>
    public required string Data { get; init; }

    /// <summary>The model as spelled, such as <c>unet:width=32</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The file of the weights that the model's encoder starts from; null for random ones.</summary>
    public string? InitEncoder { get; init; }

    /// <summary>The loss as spelled, such as <c>pat:temperature=20</c>.</summary>
    public required string Loss { get; init; }

    /// <summary>The classes the model tells apart, as the data set names and draws them; filled in when the run begins.</summary>
    public IReadOnlyList<ClassInfo> Classes { get; init; } = [];

    /// <summary>Passes over the training split.</summary>
    public required int Epochs { get; init; }

    /// <summary>The size in pixels that images and labels are resized to.</summary>
    public required ImageSize Size { get; init; }

    /// <summary>Images per step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The seed of the initial weights, the order, the augmentation and every other draw.</summary>
    public int Seed { get; init; }

    /// <summary>The split trained on.</summary>
    public string TrainingSplit { get; init; } = "train";

    /// <summary>The split validated on after each epoch.</summary>
    public string ValidationSplit { get; init; } = "val";

    /// <summary>The optimizer.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    /// <summary>The learning rate of the first step.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>The factor λ of weight decay; 0 for none.</summary>
    public double WeightDecay { get; init; }

    /// <summary>The momentum of <see cref="OptimizerKind.Sgd"/>.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>How the learning rate falls, step by step.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>Epochs over which the learning rate rises to that of the schedule; 0 for none.</summary>
    public double WarmUpEpochs { get; init; }

    /// <summary>The epochs, counted from 0, that <see cref="LearningRateSchedule.Step"/> falls at.</summary>
    public IReadOnlyList<int> Milestones { get; init; } = [];

    /// <summary>What <see cref="LearningRateSchedule.Step"/> multiplies the learning rate by at each milestone.</summary>
    public double MilestoneFactor { get; init; } = 0.1;

    /// <summary>Batches per step: its gradient is the mean of theirs.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>The decay of the moving average of the weights; null for none.</summary>
    public double? AverageDecay { get; init; }

    /// <summary>Which weights are validated, where there is an average.</summary>
    public ValidatedWeights Validated { get; init; } = ValidatedWeights.Average;

    /// <summary>When class weights join the loss; null for never.</summary>
    public DeferredReweighting? Reweighting { get; init; }

    /// <summary>Epochs without a better mIoU after which the run ends early; null for never.</summary>
    public int? Patience { get; init; }

    /// <summary>The largest 2-norm of all gradients together; null leaves them unclipped.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Where the run computes.</summary>
    public DeviceKind Device { get; init; } = DeviceKind.Cpu;

    /// <summary>The arithmetic of the forward and backward pass.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Whether a step is captured once as a CUDA graph and replayed.</summary>
    public bool CudaGraph { get; init; }

    /// <summary>Whether cuDNN takes algorithms that give the same bits each time, instead of the fastest.</summary>
    public bool Deterministic { get; init; }

    /// <summary>The processor threads libtorch uses.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>How training images are varied.</summary>
    public AugmentationOptions Augmentation { get; init; } = new();

    /// <summary>How often an epoch visits each training image.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Seconds between the checkpoints within an epoch; one is written at each epoch's end in any case.</summary>
    public double CheckpointSeconds { get; init; } = 60;

    /// <summary>Where decoded samples are kept for runs to come; null decodes them anew in each epoch. Changes nothing that is computed.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>How many training samples may be unreadable; another one takes the place of each.</summary>
    public int SkipBad { get; init; }

    /// <summary>The fields that may differ between a run and its continuation.</summary>
    private static readonly HashSet<string> Free =
    [
        "device",
        "threads",
        "checkpointSeconds",
        "cacheFolder",
        "skipBad",
        "cudaGraph",
        "deterministic",
    ];

    /// <summary>The fields of this configuration and another that differ and change what is computed, as <c>name: here, there</c>.</summary>
    public IReadOnlyList<string> DifferencesFrom(TrainingConfig other)
    {
        var (here, there) = (RunJson.ToObject(this), RunJson.ToObject(other));
        return
        [
            .. here.Where(field => !Free.Contains(field.Key) && !JsonNode.DeepEquals(field.Value, there[field.Key]))
                .Select(field => $"{field.Key} is {Shown(there[field.Key])} there and {Shown(field.Value)} here"),
        ];
    }

    /// <summary>The same configuration on another machine: neither field changes what is computed.</summary>
    /// <param name="device">Where to compute.</param>
    /// <param name="threads">The processor threads libtorch uses.</param>
    public TrainingConfig On(DeviceKind device, int threads) =>
        this with
        {
            Device = device,
            Threads = threads,
            CudaGraph = CudaGraph && device == DeviceKind.Cuda,
        };

    /// <summary>The configuration to continue a run with: how its steps are computed is said anew.</summary>
    public TrainingConfig Continued() => this with { CudaGraph = false };

    /// <summary>Checks every range before any work begins.</summary>
    /// <exception cref="PatException">A value is out of its range; the message names the option and the range.</exception>
    public void Validate()
    {
        Require(Epochs > 0, $"--epochs is {Epochs}: give 1 or more.");
        Require(BatchSize > 0, $"--batch is {BatchSize}: give 1 or more.");
        Require(Threads > 0, $"--threads is {Threads}: give 1 or more.");
        Require(double.IsFinite(LearningRate) && LearningRate > 0, $"--lr is {LearningRate}: give a number above 0.");
        Require(double.IsFinite(WeightDecay) && WeightDecay >= 0, $"--weight-decay is {WeightDecay}: give 0 or more.");
        Require(Momentum is >= 0 and < 1, $"--momentum is {Momentum}: give a number in [0, 1).");
        Require(
            WarmUpEpochs is >= 0 and < double.PositiveInfinity,
            $"--warmup is {WarmUpEpochs}: give 0 epochs or more."
        );
        Require(
            Schedule != LearningRateSchedule.Step || Milestones.Count > 0,
            $"--schedule step falls at epochs that --milestones names, such as 15,20."
        );
        Require(
            Milestones.Count == 0 || Schedule == LearningRateSchedule.Step,
            $"--milestones belong to --schedule step, and the schedule is {Schedule}."
        );
        Require(
            Milestones.All(epoch => epoch > 0),
            $"--milestones are {string.Join(',', Milestones)}: give epochs of 1 or more."
        );
        Require(MilestoneFactor is > 0 and <= 1, $"--lr-factor is {MilestoneFactor}: give a number in (0, 1].");
        Require(Accumulate > 0, $"--accumulate is {Accumulate}: give 1 batch a step or more.");
        Require(
            AverageDecay is null or (> 0 and < 1),
            $"--ema is {AverageDecay}: give a decay in (0, 1), such as 0.999."
        );
        Require(Patience is null or > 0, $"--patience is {Patience}: give 1 epoch or more.");
        Reweighting?.Validate(Epochs);
        Augmentation.Validate();
        Sampling.Validate();
        Capturable.Check(this);
        Require(ClipNorm is null or > 0, $"--clip-norm is {ClipNorm}: give a number above 0, or leave it out.");
        Require(SkipBad >= 0, $"--skip-bad is {SkipBad}: give 0 samples or more.");
        Require(CheckpointSeconds >= 0, $"--checkpoint-seconds is {CheckpointSeconds}: give 0 or more.");
    }

    private static void Require(bool holds, FormattableString message)
    {
        if (!holds)
        {
            throw new PatException(FormattableString.Invariant(message));
        }
    }

    private static string Shown(JsonNode? value)
    {
        const int longest = 60;
        var text = value?.ToJsonString() ?? "not set";
        return text.Length <= longest ? text : text[..longest] + "…";
    }
}
