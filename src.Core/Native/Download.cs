using System;
using static TorchSharp.torch;

namespace PatFramework.Core.Native;

/// <summary>
/// A tensor on its way to the host, behind the work that its device was given so far. Beginning does not wait; reading waits for that
/// work and for the copy, but not for what the device was given since.
/// </summary>
internal sealed class Download : IDisposable
{
    private nint _handle;

    private Download(nint handle) => _handle = handle;

    /// <summary>Sends a tensor that is not changed any more.</summary>
    public static Download Of(Tensor tensor)
    {
        PatTorch.Check(PatTorch.pat_download_begin(tensor.Handle, out var handle));
        GC.KeepAlive(tensor);
        return new Download(handle);
    }

    /// <summary>The tensor on the CPU.</summary>
    public Tensor Read()
    {
        PatTorch.Check(PatTorch.pat_download_finish(_handle, out var tensor));
        return Tensor.UnsafeCreateTensor(tensor);
    }

    public void Dispose()
    {
        PatTorch.pat_download_free(_handle);
        _handle = 0;
    }
}
