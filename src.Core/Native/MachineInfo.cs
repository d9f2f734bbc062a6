using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;

namespace PatFramework.Core.Native;

/// <summary>What <c>pat doctor</c> reports of this machine.</summary>
public sealed record MachineInfo
{
    /// <summary>Instruction sets that decide how fast a step is, in the kernel's spelling.</summary>
    private static readonly string[] Telling =
    [
        "avx2",
        "fma",
        "avx512f",
        "avx512_vnni",
        "avx512_bf16",
        "avx512_fp16",
        "amx_bf16",
        "asimd",
        "bf16",
        "sve",
    ];

    /// <summary>libtorch's version, such as <c>1.13.1</c>.</summary>
    public required string TorchVersion { get; init; }

    /// <summary>The file of the libtorch_cpu that is loaded.</summary>
    public required string TorchPath { get; init; }

    /// <summary>libtorch's own account of how it was built.</summary>
    public required string TorchConfig { get; init; }

    /// <summary>The processor threads libtorch uses.</summary>
    public required int Threads { get; init; }

    /// <summary>The processors this process may use.</summary>
    public required int Processors { get; init; }

    /// <summary>The processor's name; empty where the system does not tell.</summary>
    public required string ProcessorName { get; init; }

    /// <summary>The instruction sets the processor has, of those that decide how fast a step is.</summary>
    public required IReadOnlyList<string> ProcessorFeatures { get; init; }

    /// <summary>The BLAS in use.</summary>
    public required LinearAlgebra Blas { get; init; }

    /// <summary>The GPUs, their driver, and whether this libtorch can compute on them.</summary>
    public required CudaInfo Cuda { get; init; }

    /// <summary>Whether the processor multiplies bfloat16 itself; without, bf16 is slower than float32.</summary>
    public bool HasBFloat16 => ProcessorFeatures.Any(feature => feature is "avx512_bf16" or "amx_bf16" or "bf16");

    /// <summary>The instruction set of the fused kernels: avx512, avx2 or portable.</summary>
    public static string FusedInstructionSet => PatKernels.InstructionSet;

    /// <summary>Native tensor handles made and not yet freed; a training step leaves it where it was.</summary>
    public static long LiveTensors => PatTorch.pat_live_tensors();

    /// <summary>The largest resident memory of this process so far, in MiB.</summary>
    public static double PeakResidentMiB
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64 / (1024.0 * 1024.0);
        }
    }

    /// <summary>Looks at this machine; loads libtorch.</summary>
    /// <exception cref="PatException">libpat_torch or libtorch can't be loaded.</exception>
    public static MachineInfo Read()
    {
        try
        {
            var (version, config) = (PatTorch.Version, PatTorch.Config);
            var cpu = File.Exists("/proc/cpuinfo") ? File.ReadAllLines("/proc/cpuinfo") : [];
            var flags = Field(cpu, "flags", "Features").Split(' ').ToHashSet();
            return new MachineInfo
            {
                TorchVersion = version,
                TorchPath = PatTorch.Path,
                TorchConfig = config,
                Threads = PatTorch.pat_get_num_threads(),
                Processors = Environment.ProcessorCount,
                ProcessorName = Field(cpu, "model name", "CPU part"),
                ProcessorFeatures = [.. Telling.Where(flags.Contains)],
                Blas = LinearAlgebra.Of(LinearAlgebra.MappedFiles(), config),
                Cuda = CudaInfo.Read(),
            };
        }
        catch (DllNotFoundException failure)
        {
            throw new PatException(
                $"libpat_torch or the libtorch under it can't be loaded ({failure.Message.Split('\n')[0]}): run ./build.sh Setup, then ./build.sh Build, or a published pat's ./build-native.sh.",
                failure
            );
        }
    }

    private static string Field(IEnumerable<string> lines, params string[] names) =>
        names
            .Select(name => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)))
            .OfType<string>()
            .Select(line => line[(line.IndexOf(':') + 1)..].Trim())
            .FirstOrDefault()
        ?? "";
}
