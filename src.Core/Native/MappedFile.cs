using System;
using System.IO;
using static TorchSharp.torch;

namespace PatFramework.Core.Native;

/// <summary>A file mapped into memory. Its tensors keep it mapped after this is disposed.</summary>
internal sealed class MappedFile : IDisposable
{
    private nint _map;

    /// <summary>Maps a file.</summary>
    /// <exception cref="IOException">It isn't there, can't be read, or is no regular file.</exception>
    public MappedFile(string path)
    {
        if (PatTorch.pat_map_open(path, out _map, out var length) != 0)
        {
            throw new IOException(PatTorch.LastError);
        }
        Length = length;
    }

    /// <summary>Bytes in the file.</summary>
    public long Length { get; }

    /// <summary>A copy of some bytes.</summary>
    public byte[] Bytes(long offset, int length)
    {
        var bytes = new byte[length];
        PatTorch.Check(PatTorch.pat_map_read(_map, offset, bytes, length));
        return bytes;
    }

    /// <summary>The bytes from an offset on as a tensor, shared with the file's pages where they are aligned.</summary>
    public Tensor Tensor(long offset, long[] shape, ScalarType type)
    {
        PatTorch.Check(PatTorch.pat_map_tensor(_map, offset, shape, shape.Length, (int)type, out var tensor));
        return TorchSharp.torch.Tensor.UnsafeCreateTensor(tensor);
    }

    public void Dispose()
    {
        PatTorch.pat_map_close(_map);
        _map = 0;
    }
}
