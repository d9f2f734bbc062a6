using System;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Native;

/// <summary>A region whose matrix products and convolutions run in a lower precision, as <c>torch.autocast</c> does in Python.</summary>
/// <remarks>
/// Weights stay float32; libtorch casts each once per region and keeps the cast until the outermost region is left.
/// Leave regions on the thread that entered them, innermost first.
/// </remarks>
public sealed class Autocast : IDisposable
{
    private readonly int _deviceType;
    private readonly int _outerEnabled;
    private readonly int _outerType;
    private bool _left;

    private Autocast(DeviceType deviceType, ScalarType type, bool enabled)
    {
        _deviceType = (int)deviceType;
        PatTorch.Check(PatTorch.pat_autocast_get(_deviceType, out _outerEnabled, out _outerType));
        PatTorch.Check(PatTorch.pat_autocast_enter(_deviceType, (int)type, enabled ? 1 : 0));
    }

    /// <summary>Whether operators of <paramref name="device"/> run in a lower precision here.</summary>
    public static bool IsEnabled(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        PatTorch.Check(PatTorch.pat_autocast_get((int)device.type, out var enabled, out _));
        return enabled != 0;
    }

    /// <summary>Enters a bfloat16 region for the operators of <paramref name="device"/>; dispose it to leave.</summary>
    public static Autocast BFloat16(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new Autocast(device.type, ScalarType.BFloat16, enabled: true);
    }

    /// <summary>Enters a region in which the operators of <paramref name="device"/> keep the precision of their inputs.</summary>
    public static Autocast Off(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new Autocast(device.type, ScalarType.BFloat16, enabled: false);
    }

    /// <summary>Leaves the region and restores what held before it.</summary>
    public void Dispose()
    {
        if (!_left)
        {
            _left = true;
            PatTorch.Check(PatTorch.pat_autocast_leave(_deviceType, _outerType, _outerEnabled));
        }
    }
}
