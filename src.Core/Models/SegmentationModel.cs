using System;
using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Native;
using static TorchSharp.torch;

namespace PatFramework.Core.Models;

/// <summary>Logits that a loss is taken of.</summary>
/// <param name="Logits">[N,classes,H,W].</param>
/// <param name="Weight">The factor of their loss in the sum.</param>
public readonly record struct WeightedLogits(Tensor Logits, double Weight);

/// <summary>
/// What every architecture promises: images [N,C,H,W] in, logits [N,classes,H,W] of the same height and width out, for any
/// size from <see cref="MinimumSize"/> up, odd ones included, and a gradient for every parameter.
/// </summary>
public abstract class SegmentationModel : nn.Module<Tensor, Tensor>
{
    private readonly ModelOptions _options;

    /// <summary>Names the architecture and fixes what goes in and what comes out.</summary>
    /// <param name="architecture">The name in the catalogue, e.g. <c>unet</c>.</param>
    /// <param name="inputChannels">Channels of an image, 3 for RGB.</param>
    /// <param name="classes">Number of classes, the channels of the logits.</param>
    /// <param name="options">Classifier, dropout, memory; null: the defaults.</param>
    /// <exception cref="PatException">Fewer than one channel or class.</exception>
    protected SegmentationModel(string architecture, int inputChannels, int classes, ModelOptions? options = null)
        : base(architecture)
    {
        if (inputChannels < 1 || classes < 1)
        {
            throw new PatException(
                $"{architecture} got {inputChannels} input channels and {classes} classes; give at least 1 of each."
            );
        }
        Architecture = architecture;
        InputChannels = inputChannels;
        Classes = classes;
        _options = options ?? ModelOptions.Default;
    }

    /// <summary>Whether its blocks are computed again in the backward pass.</summary>
    internal bool Recomputes => _options.Checkpoint;

    /// <summary>The name in the catalogue.</summary>
    public string Architecture { get; }

    /// <summary>Channels of an image.</summary>
    public int InputChannels { get; }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>Smallest height and width, in pixels.</summary>
    public abstract int MinimumSize { get; }

    /// <summary>The factor between the input's resolution and the coarsest feature map's.</summary>
    public abstract int Stride { get; }

    /// <summary>Fewest images that it can train on at a time: 2 where it normalises one value an image.</summary>
    public virtual int MinimumTrainingBatch => 1;

    /// <summary>The parts that end in logits: what another number of classes replaces. Paths of modules.</summary>
    public abstract IReadOnlyList<string> Heads { get; }

    /// <summary>The path of the module that a pretrained encoder's weights go into.</summary>
    public abstract string EncoderPath { get; }

    /// <summary>Whether an entry of the state_dict belongs to the encoder.</summary>
    /// <param name="name">Its name.</param>
    public virtual bool IsEncoder(string name) => name.StartsWith(EncoderPath + ".", StringComparison.Ordinal);

    /// <summary>Whether an entry of the state_dict belongs to a head.</summary>
    /// <param name="name">Its name.</param>
    public bool IsHead(string name) => Heads.Any(head => name.StartsWith(head + ".", StringComparison.Ordinal));

    /// <summary>Logits [N,classes,H,W] of images [N,C,H,W].</summary>
    /// <param name="input">Normalised images, floating point.</param>
    /// <exception cref="PatException">A shape that the model can't take; the message says which it can.</exception>
    public sealed override Tensor forward(Tensor input)
    {
        CheckInput(input.shape);
        using var scope = NewDisposeScope();
        return Logits(input).MoveToOuterDisposeScope();
    }

    /// <summary>All logits that training supervises: those of <see cref="forward"/>, and auxiliary ones where there are.</summary>
    /// <param name="input">Normalised images, floating point.</param>
    /// <exception cref="PatException">A shape that the model can't take; the message says which it can.</exception>
    public IReadOnlyList<WeightedLogits> Supervised(Tensor input)
    {
        CheckInput(input.shape);
        using var scope = NewDisposeScope();
        var all = SupervisedLogits(input);
        foreach (var one in all)
        {
            one.Logits.MoveToOuterDisposeScope();
        }
        return all;
    }

    /// <summary>
    /// Throws unless the model takes a batch of this shape. In training mode the coarsest feature map must hold at least
    /// two values a channel, or batch normalisation has no variance.
    /// </summary>
    /// <param name="shape">[N,C,H,W].</param>
    /// <exception cref="PatException">What is wrong and which shapes work.</exception>
    public void CheckInput(long[] shape)
    {
        var received = $"[{string.Join(',', shape)}]";
        if (shape.Length != 4 || shape[1] != InputChannels)
        {
            throw new PatException($"{Architecture} takes images [N,{InputChannels},H,W]; received {received}.");
        }
        var (batch, height, width) = (shape[0], shape[2], shape[3]);
        if (height < MinimumSize || width < MinimumSize)
        {
            throw new PatException(
                $"{Architecture} takes any size from {MinimumSize}x{MinimumSize} up; received {height}x{width}."
            );
        }
        if (training && batch < MinimumTrainingBatch)
        {
            throw new PatException(
                $"{Architecture} can't train on {batch} image at a time: it normalises one pooled value an image, "
                    + $"so use at least {MinimumTrainingBatch} images."
            );
        }
        if (training && batch * CoarsestSide(height) * CoarsestSide(width) == 1)
        {
            throw new PatException(
                $"{Architecture} can't train on one {height}x{width} image at a time: its coarsest feature map has one "
                    + $"pixel, which batch normalisation can't take; use at least 2 images, or a side of {2 * Stride} pixels."
            );
        }
    }

    /// <summary>The coarsest feature map's side for an image's, in pixels; pooling drops a last odd row.</summary>
    /// <param name="side">Height or width of the image.</param>
    protected virtual long CoarsestSide(long side) => side / Stride;

    /// <summary>The architecture itself; <paramref name="images"/> has passed <see cref="CheckInput"/>.</summary>
    /// <param name="images">[N,C,H,W].</param>
    /// <returns>Logits [N,classes,H,W]; temporaries are freed by the caller's dispose scope.</returns>
    protected abstract Tensor Logits(Tensor images);

    /// <summary>What <see cref="Supervised"/> gives; the architecture's logits with weight 1 unless it has more.</summary>
    /// <param name="images">[N,C,H,W], checked.</param>
    protected virtual IReadOnlyList<WeightedLogits> SupervisedLogits(Tensor images) => [new(Logits(images), 1)];

    /// <summary>The layer that ends in logits, linear or normalised as the options say.</summary>
    /// <param name="channels">Channels of its features.</param>
    /// <param name="kernelSize">Height and width of a linear one's kernel, odd; a normalised one's is 1.</param>
    protected nn.Module<Tensor, Tensor> Classifier(long channels, long kernelSize = 1) =>
        _options.CosineScale is { } scale
            ? new CosineClassifier(channels, Classes, scale)
            : nn.Conv2d(channels, Classes, kernelSize, padding: kernelSize / 2);

    /// <summary>A block of the network, recomputed in the backward pass where the options say so.</summary>
    /// <param name="body">From inputs to one output; uses no other tensor than inputs and owners hold.</param>
    /// <param name="owners">The modules that the body uses.</param>
    /// <param name="inputs">What the body is given.</param>
    protected Tensor Block(Func<Tensor[], Tensor> body, nn.Module[] owners, params Tensor[] inputs) =>
        Recompute(_options.Checkpoint, body, owners, inputs);

    /// <summary>A block, recomputed or not, with the same gradient bit for bit.</summary>
    internal static Tensor Recompute(
        bool recompute,
        Func<Tensor[], Tensor> body,
        nn.Module[] owners,
        params Tensor[] inputs
    ) =>
        !is_grad_enabled() ? body(inputs)
        : recompute ? RecomputedBlock.Run(body, owners, inputs)
        // A view of each input, so that gradients from inside the block are summed before those from outside are added:
        // the order in which a recomputed block adds them.
        : body([.. inputs.Select(input => input.view(input.shape))]);
}
