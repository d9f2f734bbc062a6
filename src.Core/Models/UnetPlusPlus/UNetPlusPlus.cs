using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Models.Unet;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.UnetPlusPlus;

/// <summary>
/// UNet++ (Zhou et al. 2018): X^{i,0} goes down like a U-Net's encoder; X^{i,j} takes the j nodes before it on its level
/// and the upsampled X^{i+1,j−1}. Upsampling is bilinear, corners aligned, as in 4uiiurz1/pytorch-nested-unet.
/// </summary>
/// <remarks>
/// With deep supervision each of X^{0,1} … X^{0,depth−1} has a head; the logits are their mean (the paper's accurate
/// mode) and training takes the mean of their losses.
/// Upsampling goes to the size of the level's features, so any size from 2^(depth−1) works.
/// Parameter names: <c>node.I_J.{conv1,norm1,conv2,norm2}</c>, <c>head.K</c>, one a supervised node.
/// </remarks>
public sealed class UNetPlusPlus : SegmentationModel
{
    private readonly NodeGrid node = new();
    private readonly ModuleList<nn.Module<Tensor, Tensor>> head = new();
    private readonly MaxPool2d pool = nn.MaxPool2d(2);
    private readonly Dropout2d dropout;
    private readonly int depth;

    /// <summary>Initialises every layer as PyTorch does.</summary>
    /// <param name="classes">Number of classes.</param>
    /// <param name="inputChannels">Channels of an image.</param>
    /// <param name="width">Channels of the first level; level i has width·2^i.</param>
    /// <param name="depth">Number of levels.</param>
    /// <param name="deepSupervision">Whether every full-resolution node has a head.</param>
    /// <param name="options">Dropout of the coarsest level's channels, classifier, memory.</param>
    /// <exception cref="PatException">A width below 1, or a depth that is not 2 to 12.</exception>
    public UNetPlusPlus(
        int classes,
        int inputChannels = 3,
        int width = 32,
        int depth = 5,
        bool deepSupervision = false,
        ModelOptions? options = null
    )
        : base("unetpp", inputChannels, classes, options)
    {
        if (width < 1 || depth is < 2 or > 12)
        {
            throw new PatException(
                $"unetpp got width={width}, depth={depth}; give a width of at least 1 and a depth of 2 to 12."
            );
        }
        this.depth = depth;
        long Channels(int row) => (long)width << row;
        for (var row = 0; row < depth; row++)
        {
            for (var column = 0; column < depth - row; column++)
            {
                var above = row == 0 ? inputChannels : Channels(row - 1);
                var inputs = column == 0 ? above : column * Channels(row) + Channels(row + 1);
                node.Add(row, column, $"{row}_{column}", new DoubleConvolution(inputs, Channels(row)));
            }
        }
        for (var index = deepSupervision ? 1 : depth - 1; index < depth; index++)
        {
            head.Add(Classifier(width));
        }
        dropout = nn.Dropout2d(options?.Dropout ?? 0);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override int MinimumSize => Stride;

    /// <inheritdoc/>
    public override int Stride => 1 << (depth - 1);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Heads => [nameof(head)];

    /// <inheritdoc/>
    public override string EncoderPath => nameof(node);

    /// <summary>The first column of nodes is the encoder.</summary>
    /// <param name="name">The name of an entry of the state_dict.</param>
    public override bool IsEncoder(string name) =>
        base.IsEncoder(name) && name.Split('.')[1].EndsWith("_0", System.StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override Tensor Logits(Tensor images)
    {
        var all = Branches(images);
        return all.Count == 1 ? all[0] : stack(all).mean([0]);
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<WeightedLogits> SupervisedLogits(Tensor images)
    {
        var all = Branches(images);
        return [.. all.Select(logits => new WeightedLogits(logits, 1.0 / all.Count))];
    }

    /// <summary>The logits of each supervised node, the shallowest first.</summary>
    private List<Tensor> Branches(Tensor images)
    {
        var x = new Tensor[depth, depth];
        for (var row = 0; row < depth; row++)
        {
            x[row, 0] = Down(row, row == 0 ? images : x[row - 1, 0]);
            for (var column = 1; column <= row; column++)
            {
                var level = row - column;
                x[level, column] = Merge(x, level, column);
            }
        }
        var first = depth - head.Count;
        return [.. head.Select((layer, index) => layer.call(x[0, first + index]))];
    }

    private Tensor Down(int row, Tensor finer)
    {
        var block = node[row, 0];
        var features = Block(x => block.call(row == 0 ? x[0] : pool.call(x[0])), [block], finer);
        return row == depth - 1 ? dropout.call(features) : features;
    }

    /// <summary>X^{row,column}; the last input is the coarser node, raised inside the block so that it needn't be kept.</summary>
    private Tensor Merge(Tensor[,] x, int row, int column)
    {
        var block = node[row, column];
        Tensor[] inputs = [.. Enumerable.Range(0, column).Select(j => x[row, j]), x[row + 1, column - 1]];
        return Block(
            own =>
            {
                var raised = own[^1].ResizeTo(own[0].shape, InterpolationMode.Bilinear, alignCorners: true);
                return block.call(cat([.. own[..^1], raised], 1));
            },
            [block],
            inputs
        );
    }
}
