using System;
using System.Globalization;

namespace TorchSharp;

/// <summary>The slice of TorchSharp's <c>torch</c> that PatFramework uses, over the system's libtorch.</summary>
public static partial class torch
{
    /// <summary>A place where tensors live: <c>cpu</c>, or <c>cuda:0</c>.</summary>
    public sealed class Device
    {
        /// <summary>Parses a description.</summary>
        /// <param name="description"><c>cpu</c>, <c>cuda</c>, or <c>cuda:INDEX</c>.</param>
        /// <exception cref="ArgumentException">It is none of these.</exception>
        public Device(string description)
        {
            var parts = description.Split(':');
            type = parts[0].ToUpperInvariant() switch
            {
                "CPU" => DeviceType.CPU,
                "CUDA" => DeviceType.CUDA,
                _ => throw new ArgumentException($"Unknown device '{description}': use cpu, cuda or cuda:INDEX."),
            };
            index = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : -1;
        }

        /// <summary>Names a device by type and index.</summary>
        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        /// <summary>The kind of device.</summary>
        public DeviceType type { get; }

        /// <summary>Which one of its kind; −1 for the current one.</summary>
        public int index { get; }

        /// <summary>Parses a description.</summary>
        public static implicit operator Device(string description) => new(description);

        /// <inheritdoc/>
        public override string ToString()
        {
            var name = type == DeviceType.CPU ? "cpu" : "cuda";
            return index < 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{index}");
        }
    }

    /// <summary>Host memory.</summary>
    public static Device CPU { get; } = new(DeviceType.CPU);

    /// <summary>The current NVIDIA GPU.</summary>
    public static Device CUDA { get; } = new(DeviceType.CUDA);

    /// <summary>Parses a description such as <c>cuda:0</c>.</summary>
    public static Device device(string description) => new(description);

    /// <summary>What CUDA offers on this machine.</summary>
    public static class cuda
    {
        /// <summary>True if this libtorch has CUDA and a device answers.</summary>
        public static bool is_available() => Bridge.Native.pat_cuda_is_available() != 0;

        /// <summary>How many devices answer.</summary>
        public static int device_count() => Bridge.Native.pat_cuda_device_count();
    }
}
