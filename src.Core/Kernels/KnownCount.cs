using System;
using PatFramework.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace PatFramework.Core.Kernels;

/// <summary>A count in a buffer, which the host knows without waiting for the buffer's device, unless somebody else changed it.</summary>
/// <param name="buffer">[1], int64; whatever moves or loads it does so in place of its owner.</param>
internal sealed class KnownCount(Tensor buffer)
{
    private long known;
    private (nint Handle, long Version)? seen;

    /// <summary>The count; waits for a device only where the buffer was loaded or moved since.</summary>
    public long Value
    {
        get
        {
            if (buffer.device_type == DeviceType.CPU)
            {
                return buffer.item<long>();
            }
            if (seen != State())
            {
                known = buffer.item<long>();
                seen = State();
            }
            return known;
        }
    }

    /// <summary>Adds 1; <see cref="Value"/> was asked before.</summary>
    public void Increment()
    {
        buffer.add_(1);
        known++;
        seen = seen is null ? null : State();
    }

    private (nint Handle, long Version) State()
    {
        PatTorch.Check(PatTorch.pat_tensor_version(buffer.Handle, out var version));
        GC.KeepAlive(buffer);
        return (buffer.Handle, version);
    }
}
