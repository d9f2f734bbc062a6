namespace TorchSharp.Modules;

/// <summary>A tensor that a module learns.</summary>
public sealed class Parameter : torch.Tensor
{
    /// <summary>Makes a parameter of a tensor's values, which it takes over.</summary>
    public Parameter(torch.Tensor data, bool requires_grad = true)
        : base(0)
    {
        Become(data.detach());
        this.requires_grad = requires_grad;
        MoveTo(null);
    }
}
