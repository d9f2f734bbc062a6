using static TorchSharp.torch;

namespace PatFramework.Core.Models;

/// <summary>
/// What every architecture promises: images [N,C,H,W] in, logits [N,classes,H,W] of the same height and width out, for any
/// size from <see cref="MinimumSize"/> up, odd ones included, and a gradient for every parameter.
/// </summary>
public abstract class SegmentationModel : nn.Module<Tensor, Tensor>
{
    /// <summary>Names the architecture and fixes what goes in and what comes out.</summary>
    /// <param name="architecture">The name in the catalogue, e.g. <c>unet</c>.</param>
    /// <param name="inputChannels">Channels of an image, 3 for RGB.</param>
    /// <param name="classes">Number of classes, the channels of the logits.</param>
    /// <exception cref="PatException">Fewer than one channel or class.</exception>
    protected SegmentationModel(string architecture, int inputChannels, int classes)
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
    }

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

    /// <summary>Logits [N,classes,H,W] of images [N,C,H,W].</summary>
    /// <param name="input">Normalised images, floating point.</param>
    /// <exception cref="PatException">A shape that the model can't take; the message says which it can.</exception>
    public sealed override Tensor forward(Tensor input)
    {
        CheckInput(input.shape);
        using var scope = NewDisposeScope();
        return Logits(input).MoveToOuterDisposeScope();
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
        if (training && batch * (height / Stride) * (width / Stride) == 1)
        {
            throw new PatException(
                $"{Architecture} can't train on one {height}x{width} image at a time: its coarsest feature map has one "
                    + $"pixel, which batch normalisation can't take; use at least 2 images, or a side of {2 * Stride} pixels."
            );
        }
    }

    /// <summary>The architecture itself; <paramref name="images"/> has passed <see cref="CheckInput"/>.</summary>
    /// <param name="images">[N,C,H,W].</param>
    /// <returns>Logits [N,classes,H,W]; temporaries are freed by the caller's dispose scope.</returns>
    protected abstract Tensor Logits(Tensor images);
}
