using System;
using System.Collections.Generic;
using System.Linq;
using PatFramework.Core.Native;
using TorchSharp;

namespace PatFramework.Core.Kernels;

/// <summary>What the fused kernels of this process use.</summary>
public static class FusedKernels
{
    private static readonly string[] Known = ["avx512", "avx2", "portable", Emulated];

    /// <summary>The GPU's kernels, run by the processor one thread after another: for tests.</summary>
    public const string Emulated = "emulated";

    /// <summary>Whether fused kernels for GPUs were built: nvcc or Clang was there.</summary>
    public static bool HaveGpuCode => PatKernels.pat_kernels_have_gpu_code() != 0;

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

    /// <summary>Throws where a CUDA device found a wrong label in a batch before and no call has told it yet.</summary>
    /// <param name="loss">A loss that was computed there, and read since, so that the device is done with it.</param>
    /// <exception cref="PatException">Says which label it was, and where.</exception>
    public static void ThrowIfReported(torch.Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        switch (PatKernels.pat_kernels_report(loss.Handle, out var wrong))
        {
            case 0:
                return;
            case PatKernels.WrongLabelStatus:
                throw new PatException(
                    $"Label {wrong.Label}, at index {wrong.Index} of a batch's labels (flat, row by row), is no class and not the ignored label: 'pat data check' finds such files."
                );
            case PatKernels.ImpossibleLabelStatus:
                throw new PatException($"In a batch before, {LossKernel.NeverCounted(wrong.Label)}");
            default:
                PatTorch.Check(1);
                return;
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
