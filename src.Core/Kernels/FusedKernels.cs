using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Native;

namespace PatFramework.Core.Kernels;

/// <summary>What the fused kernels of this process use.</summary>
public static class FusedKernels
{
    private static readonly string[] Known = ["avx512", "avx2", "portable"];

    /// <summary>The instruction sets that fused kernels can use on this processor, the fastest first.</summary>
    public static IReadOnlyList<string> Supported { get; } = FindSupported();

    /// <summary>The instruction set in use, at first the fastest; results differ between them by rounding only.</summary>
    /// <exception cref="PatException">Set to one that this processor lacks.</exception>
    public static string InstructionSet
    {
        get => PatKernels.InstructionSet;
        set
        {
            if (PatKernels.pat_kernels_use(value) != 0)
            {
                throw new PatException(
                    $"There are no fused kernels for the instruction set '{value}' here: choose {string.Join(" or ", Supported)}."
                );
            }
        }
    }

    private static List<string> FindSupported()
    {
        var fastest = PatKernels.InstructionSet;
        var supported = Known.Where(isa => PatKernels.pat_kernels_use(isa) == 0).ToList();
        PatKernels.pat_kernels_use(fastest);
        return supported;
    }
}
