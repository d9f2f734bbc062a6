using System;
using System.Linq;

namespace PatFramework.Core.Native;

/// <summary>What CUDA offers here: the driver's side, and libtorch's.</summary>
/// <param name="Torch">The CUDA that libtorch is built for; null where it is built without.</param>
/// <param name="Usable">The devices that libtorch can compute on.</param>
/// <param name="Driver">NVIDIA's driver.</param>
public sealed record CudaInfo(Version? Torch, int Usable, CudaDriver Driver)
{
    /// <summary>Why <c>--device cuda</c> does not work here, in one sentence with what to do; null where it works.</summary>
    public string? Obstacle =>
        this switch
        {
            { Usable: > 0 } => null,
            { Torch: null, Driver.Devices: [var device, ..] } =>
                $"libtorch is built without CUDA, so that the {device.Name} here is not used: set PAT_LIBTORCH to a libtorch with CUDA and build again",
            { Torch: null } => "libtorch is built without CUDA: everything runs on the processor",
            { Driver.Cuda: null } =>
                $"libtorch is built for CUDA {Torch}, and there is no NVIDIA driver (libcuda.so.1 can't be loaded): install one, or use --device cpu",
            _ when Driver.Cuda.Major < Torch.Major =>
                $"the NVIDIA driver{Named} runs CUDA up to {Driver.Cuda}, and libtorch is built for CUDA {Torch}: install a newer driver, or a libtorch for CUDA {Driver.Cuda.Major}",
            { Driver.Status: not (0 or CudaDriver.NoDevice) } =>
                $"the NVIDIA driver{Named} does not start (cuInit gives error {Driver.Status}): 'nvidia-smi' says more",
            { Driver.Devices: [] } =>
                $"the NVIDIA driver{Named} shows no device{Hidden}: 'nvidia-smi' lists those that are there",
            _ =>
                $"libtorch, built for CUDA {Torch}, can't use the {Driver.Devices[0].Name} that the driver{Named} shows",
        };

    /// <summary>The obstacle, where something here is meant for CUDA: a GPU, or a libtorch that is built for one.</summary>
    public string? Advice => Torch is null && !Driver.Devices.Any() ? null : Obstacle;

    private string Named => Driver.Version == "" ? "" : $" {Driver.Version}";

    private static string Hidden =>
        Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { } shown
            ? $" (CUDA_VISIBLE_DEVICES is '{shown}')"
            : "";

    /// <summary>Asks libtorch and the driver.</summary>
    internal static CudaInfo Read()
    {
        var number = PatTorch.pat_cuda_version();
        var torch = number == 0 ? null : CudaDriver.CudaVersion(number);
        return new CudaInfo(torch, PatTorch.pat_cuda_device_count(), CudaDriver.Read());
    }
}
