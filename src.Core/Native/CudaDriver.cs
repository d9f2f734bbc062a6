using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace PatFramework.Core.Native;

/// <summary>An NVIDIA GPU.</summary>
/// <param name="Name">Such as <c>NVIDIA H200</c>.</param>
/// <param name="ComputeCapability">Such as 9.0.</param>
/// <param name="MemoryBytes">All of its memory.</param>
public sealed record CudaDevice(string Name, Version ComputeCapability, long MemoryBytes);

/// <summary>What NVIDIA's driver says, whatever libtorch is.</summary>
/// <param name="Version">The kernel module's version; empty where there is none.</param>
/// <param name="Cuda">The newest CUDA that it runs; null where libcuda.so.1 can't be loaded.</param>
/// <param name="Status">What cuInit gave; 0 where all is well.</param>
/// <param name="Devices">The GPUs that CUDA_VISIBLE_DEVICES leaves.</param>
public sealed partial record CudaDriver(string Version, Version? Cuda, int Status, IReadOnlyList<CudaDevice> Devices)
{
    /// <summary>What cuInit gives where there is no GPU, or <c>CUDA_VISIBLE_DEVICES</c> leaves none.</summary>
    public const int NoDevice = 100;

    private const string Library = "libcuda.so.1";
    private const int CapabilityMajor = 75;
    private const int CapabilityMinor = 76;

    /// <summary>Asks the driver; makes no context on a device.</summary>
    public static CudaDriver Read()
    {
        const string module = "/proc/driver/nvidia/version";
        var version = File.Exists(module) ? VersionIn(File.ReadAllText(module)) : "";
        try
        {
            var status = cuInit(0);
            _ = cuDriverGetVersion(out var number);
            return new CudaDriver(version, CudaVersion(number), status, status == 0 ? FindDevices() : []);
        }
        catch (DllNotFoundException)
        {
            return new CudaDriver(version, null, 0, []);
        }
    }

    /// <summary>CUDA's way to number its versions: 12040 is 12.4.</summary>
    internal static Version CudaVersion(int number) => new(number / 1000, number % 1000 / 10);

    /// <summary>The version in the first line of <c>/proc/driver/nvidia/version</c>: its first word of numbers and dots.</summary>
    public static string VersionIn(string text) =>
        text.Split('\n')[0]
            .Split(' ')
            .FirstOrDefault(word =>
                word.Contains('.') && word.All(letter => char.IsAsciiDigit(letter) || letter == '.')
            )
        ?? "";

    private static List<CudaDevice> FindDevices()
    {
        var devices = new List<CudaDevice>();
        _ = cuDeviceGetCount(out var count);
        for (var ordinal = 0; ordinal < count && cuDeviceGet(out var device, ordinal) == 0; ordinal++)
        {
            devices.Add(Describe(device));
        }
        return devices;
    }

    private static unsafe CudaDevice Describe(int device)
    {
        var name = stackalloc byte[256];
        _ = cuDeviceGetName(name, 256, device);
        _ = cuDeviceGetAttribute(out var major, CapabilityMajor, device);
        _ = cuDeviceGetAttribute(out var minor, CapabilityMinor, device);
        _ = cuDeviceTotalMem_v2(out var bytes, device);
        return new CudaDevice(Marshal.PtrToStringUTF8((nint)name) ?? "", new Version(major, minor), (long)bytes);
    }

    [LibraryImport(Library)]
    private static partial int cuInit(uint flags);

    [LibraryImport(Library)]
    private static partial int cuDriverGetVersion(out int version);

    [LibraryImport(Library)]
    private static partial int cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    private static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Library)]
    private static unsafe partial int cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    private static partial int cuDeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(Library)]
    private static partial int cuDeviceTotalMem_v2(out nuint bytes, int device);
}
