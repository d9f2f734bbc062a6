using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>Exact counts on the device, without a wait for it.</summary>
internal static class Counting
{
    /// <summary>Adds to <paramref name="counts"/>[i] how often i occurs in <paramref name="indices"/>.</summary>
    /// <param name="counts">[bins], int64.</param>
    /// <param name="indices">Any shape, int64, 0…bins−1.</param>
    /// <remarks>Integer addition: exact and the same whatever the order of the threads.</remarks>
    public static void Add(Tensor counts, Tensor indices)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var flat = indices.reshape(-1);
        counts.scatter_add_(0, flat, ones([1], ScalarType.Int64, counts.device).expand(flat.shape[0]));
    }
}
