using PatFramework.Losses;

namespace PatFramework.Core.Kernels;

/// <summary>The number of a reduction in labels.h, whose order is that of <see cref="Reduction"/>.</summary>
internal static class NativeReduction
{
    public static int Of(Reduction reduction) => reduction.Tag;
}
