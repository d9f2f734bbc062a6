using PatFramework.Losses;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>What a loss is told beside the logits and labels of a forward pass; null where it needs no such thing.</summary>
/// <param name="Counts">Seesaw's pixels seen of each class, [C], int64.</param>
/// <param name="Ratios">EQL v2's gradient of positives over that of negatives, [C], float64.</param>
/// <param name="Variation">
/// The random part in [0, 1], [N,C,H,W], float64 with float64 logits, else float32; null where it is 0 everywhere.
/// </param>
/// <param name="Key">What a kernel that draws the random part itself draws it from; null where there is nothing to draw.</param>
internal readonly record struct Told(Tensor? Counts, Tensor? Ratios, Tensor? Variation, ulong? Key = null);

/// <summary>
/// What a loss remembers from step to step, as buffers that are saved and moved with its kernel, and what it draws. A step is
/// a forward pass in training mode while gradients are recorded; nothing else changes the state.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Counts (seesaw): the given ones to begin with; a step counts the batch's labels before the loss is computed.</item>
/// <item>Gradient sums (EQL v2): 0 to begin with; a step adds to them after the loss is computed. Given ratios are used as they
/// are instead.</item>
/// <item>Variation (BLV, SEQL): a given one is used as it is. Else each step draws its own, a function of the seed and the
/// number of steps before it, so that a continued run draws what the undisturbed one does. A forward pass without gradients
/// has that of the next step; in evaluation mode nothing is drawn and the variation is 0.</item>
/// </list>
/// </remarks>
internal sealed class LossState : nn.Module
{
    private readonly long ignore;
    private readonly Given given;
    private readonly VariationSource? source;
    private readonly bool drawsInKernel;
    private readonly SigmoidWeight.GradientRatio? weight;
    private readonly Tensor? counts;
    private readonly Tensor? steps;
    private readonly KnownCount? stepCount;
    private Tensor? positive;
    private Tensor? negative;

    /// <summary>The state of a softmax loss.</summary>
    /// <param name="loss">With the counts to begin with, where it needs any.</param>
    /// <param name="ignore">The label that counts for nothing.</param>
    /// <param name="seed">Decides what is drawn.</param>
    /// <param name="drawsInKernel">The kernel draws from a key; else variations are drawn here.</param>
    public LossState(SoftmaxLoss loss, long ignore, long seed, bool drawsInKernel = false)
        : base(nameof(LossState))
    {
        (this.ignore, given, this.drawsInKernel) = (ignore, loss.Given, drawsInKernel);
        if (loss.Adjustment.IsSeesaw && given.Counts is { } start)
        {
            register_buffer(nameof(counts), counts = tensor(start.Value).DetachFromDisposeScope());
        }
        source = VariationSource.Of(loss, seed);
        if (source is { IsRandom: true } && given.Variation is null)
        {
            register_buffer(nameof(steps), steps = zeros([1], ScalarType.Int64).DetachFromDisposeScope());
            stepCount = new KnownCount(steps);
        }
    }

    /// <summary>The state of a sigmoid loss.</summary>
    /// <param name="loss">Its counts say how many classes there are; where it has none, the first step does.</param>
    /// <param name="ignore">The label that counts for nothing.</param>
    public LossState(SigmoidLoss loss, long ignore)
        : base(nameof(LossState))
    {
        (this.ignore, given) = (ignore, loss.Given);
        weight = given.Ratios is null ? loss.Weight as SigmoidWeight.GradientRatio : null;
        if (weight is not null && given.Counts is { } known)
        {
            BeginSums(known.Value.Length, CPU);
        }
    }

    /// <summary>Whether every step is told the same, and told it without tensors that come from the host.</summary>
    public bool IsFixed =>
        counts is null && stepCount is null && weight is null && given.Ratios is null && given.Variation is null;

    private bool IsStep => training && is_grad_enabled();

    /// <summary>What the loss is told about a batch, to be asked once, before the loss is computed.</summary>
    /// <param name="logits">[N,C,H,W].</param>
    /// <param name="labels">[N,H,W], int64 or uint8; what is ignored or no class counts for nothing.</param>
    public Told Tell(Tensor logits, Tensor labels)
    {
        var isStep = IsStep;
        using var guard = no_grad();
        if (isStep && counts is not null)
        {
            CountLabels(counts, labels);
        }
        var (variation, key) = Variation(logits, isStep);
        return new Told(counts, Ratios(logits), variation, key);
    }

    /// <summary>Ends a step: adds w |σ(z) − t| of each class over the valid pixels, w the weights of this step.</summary>
    /// <param name="logits">[N,C,H,W].</param>
    /// <param name="labels">[N,H,W], int64 or uint8; what is ignored or no class counts for nothing.</param>
    /// <param name="told">What <see cref="Tell"/> returned.</param>
    public void Step(Tensor logits, Tensor labels, Told told)
    {
        if (weight is null || told.Ratios is null || !IsStep)
        {
            return;
        }
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var classes = logits.shape[1];
        BeginSums(classes, logits.device);
        var bins = Bins(labels, classes);
        var isLabel = Pointwise.IsLabel(bins, classes);
        var isOther = bins.lt(classes).unsqueeze(1).logical_and(isLabel.logical_not());
        var (ofNegatives, ofPositives) = GradientRatioWeights.Of(weight, told.Ratios);
        positive!.add_(SumOver(isLabel, logits.neg().sigmoid()) * ofPositives);
        negative!.add_(SumOver(isOther, logits.sigmoid()) * ofNegatives);
    }

    /// <summary>Σ over the pixels where the mask holds, [C], float64.</summary>
    private static Tensor SumOver(Tensor mask, Tensor values) =>
        values.masked_fill(mask.logical_not(), 0).sum([0, 2, 3], type: ScalarType.Float64);

    private void BeginSums(long classes, Device device)
    {
        if (positive is null)
        {
            Tensor Sums() => zeros([classes], ScalarType.Float64, device).DetachFromDisposeScope();
            register_buffer(nameof(positive), positive = Sums());
            register_buffer(nameof(negative), negative = Sums());
        }
    }

    private void CountLabels(Tensor into, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var classes = into.shape[0];
        var seen = zeros([classes + 1], ScalarType.Int64, labels.device);
        Counting.Add(seen, Bins(labels, classes));
        into.add_(seen.narrow(0, 0, classes));
    }

    /// <summary>The labels as int64, C where a pixel counts for nothing.</summary>
    private Tensor Bins(Tensor labels, long classes)
    {
        var all = labels.to(ScalarType.Int64);
        return all.masked_fill(all.eq(ignore).logical_or(all.lt(0)).logical_or(all.ge(classes)), classes);
    }

    /// <summary>g = positive / (negative + 1e-10), 100 before anything was seen (GradientSums.ratios).</summary>
    private Tensor? Ratios(Tensor logits)
    {
        if (given.Ratios is { } fixedRatios)
        {
            return tensor(fixedRatios.Value, [fixedRatios.Value.LongLength], device: logits.device);
        }
        if (weight is null)
        {
            return null;
        }
        if (positive is null || negative is null)
        {
            return full([logits.shape[1]], 100, ScalarType.Float64, logits.device);
        }
        var unseen = positive.eq(0).logical_and(negative.eq(0));
        return (positive / (negative + 1e-10)).masked_fill(unseen, 100);
    }

    private (Tensor? Variation, ulong? Key) Variation(Tensor logits, bool isStep)
    {
        var dtype = logits.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        if (source is { IsRandom: false })
        {
            return drawsInKernel
                ? (null, source.IsNothing ? null : 0)
                : (source.Certain(logits.shape, dtype, logits.device), null);
        }
        if (given.Variation is { } known)
        {
            return (tensor(known.Value, logits.shape, dtype, logits.device), null);
        }
        if (source is null || steps is null || !training)
        {
            return (null, null);
        }
        var step = (ulong)stepCount!.Value;
        if (isStep)
        {
            stepCount.Increment();
        }
        return drawsInKernel ? (null, source.Key(step)) : (source.Draw(step, logits.shape, dtype, logits.device), null);
    }
}
