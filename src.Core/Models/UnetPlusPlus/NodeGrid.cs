using System.Collections.Generic;
using static TorchSharp.torch;

namespace PatFramework.Core.Models.UnetPlusPlus;

/// <summary>The nodes X^{i,j} of a nested U-Net, under names that hold i and j.</summary>
internal sealed class NodeGrid : nn.Module
{
    private readonly Dictionary<(int, int), nn.Module<Tensor, Tensor>> nodes = [];

    public NodeGrid()
        : base(nameof(NodeGrid)) { }

    /// <summary>The node of a row and a column.</summary>
    public nn.Module<Tensor, Tensor> this[int row, int column] => nodes[(row, column)];

    public void Add(int row, int column, string name, nn.Module<Tensor, Tensor> node)
    {
        nodes.Add((row, column), node);
        register_module(name, node);
    }
}
