using System;
using System.Runtime.InteropServices;

namespace PatFramework.Core.Native;

/// <summary>The entry points of libpat_torch for what TorchSharp's API lacks; pat_torch.h documents each.</summary>
internal static partial class PatTorch
{
    private const string Library = "pat_torch";

    // Tags of pat_value.
    internal const int TensorTag = 1;
    internal const int TensorListTag = 2;
    internal const int DoubleTag = 6;
    internal const int BoolTag = 8;

    /// <summary>pat_value.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Value
    {
        internal int Tag;
        internal int Length;
        internal long Bits;
    }

    [LibraryImport(Library)]
    private static partial nint pat_last_error();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int pat_op_find(string name, string overload, out nint op);

    [LibraryImport(Library)]
    internal static unsafe partial int pat_op_call(
        nint op,
        [In] Value[] arguments,
        int argumentCount,
        Value* results,
        ref int resultCount
    );

    [LibraryImport(Library)]
    internal static partial void pat_list_free(nint list);

    [LibraryImport(Library)]
    internal static partial int pat_grad_get(nint tensor, out nint gradient);

    [LibraryImport(Library)]
    internal static partial int pat_tensor_version(nint tensor, out long version);

    [LibraryImport(Library)]
    internal static partial int pat_download_begin(nint tensor, out nint download);

    [LibraryImport(Library)]
    internal static partial int pat_download_finish(nint download, out nint tensor);

    [LibraryImport(Library)]
    internal static partial void pat_download_free(nint download);

    [LibraryImport(Library)]
    internal static partial int pat_autocast_get(int deviceType, out int enabled, out int dtype);

    [LibraryImport(Library)]
    internal static partial int pat_autocast_enter(int deviceType, int dtype, int enabled);

    [LibraryImport(Library)]
    internal static partial int pat_autocast_leave(int deviceType, int dtype, int enabled);

    [LibraryImport(Library)]
    internal static unsafe partial int pat_recompute(
        delegate* unmanaged<nint, nint*, int, nint, byte*, int, int> run,
        delegate* unmanaged<nint, void> release,
        nint context,
        nint[] inputs,
        int inputCount,
        nint[] parameters,
        int parameterCount,
        nint[] buffers,
        int bufferCount,
        out nint output
    );

    [LibraryImport(Library)]
    internal static partial int pat_tensor_assign(nint target, nint source);

    [LibraryImport(Library)]
    internal static partial int pat_graph_new(int deviceIndex, out nint graph);

    [LibraryImport(Library)]
    internal static partial int pat_graph_enter(nint graph);

    [LibraryImport(Library)]
    internal static partial int pat_graph_leave(nint graph);

    [LibraryImport(Library)]
    internal static partial int pat_graph_capture_begin(nint graph);

    [LibraryImport(Library)]
    internal static partial int pat_graph_capture_end(nint graph);

    [LibraryImport(Library)]
    internal static partial int pat_graph_replay(nint graph);

    [LibraryImport(Library)]
    internal static partial void pat_graph_free(nint graph);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int pat_map_open(string path, out nint map, out long size);

    [LibraryImport(Library)]
    internal static partial int pat_map_read(nint map, long offset, byte[] target, long length);

    [LibraryImport(Library)]
    internal static partial int pat_map_tensor(
        nint map,
        long offset,
        long[] shape,
        int dimensions,
        int dtype,
        out nint tensor
    );

    [LibraryImport(Library)]
    internal static partial void pat_map_close(nint map);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int pat_torch_load(
        string path,
        byte[] program,
        long length,
        delegate* unmanaged<nint, byte*, nint, void> found,
        nint context
    );

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int pat_torch_save(string path, byte[] program, long length, nint[] tensors, int count);

    [LibraryImport(Library)]
    internal static partial long pat_live_tensors();

    [LibraryImport(Library)]
    internal static partial int pat_get_num_threads();

    [LibraryImport(Library)]
    internal static partial int pat_cuda_device_count();

    [LibraryImport(Library)]
    internal static partial int pat_cuda_version();

    [LibraryImport(Library)]
    internal static partial int pat_set_cudnn(int benchmark, int deterministic);

    [LibraryImport(Library)]
    private static partial nint pat_torch_version();

    [LibraryImport(Library)]
    private static partial nint pat_torch_config();

    [LibraryImport(Library)]
    private static partial nint pat_torch_path();

    internal static string Version => Text(pat_torch_version());

    internal static string Config => Text(pat_torch_config());

    internal static string Path => Text(pat_torch_path());

    /// <summary>Turns a failure's status into an exception with the native message.</summary>
    internal static void Check(int status)
    {
        if (status != 0)
        {
            throw new InvalidOperationException(Text(pat_last_error()));
        }
    }

    /// <summary>The message of the last failure on this thread.</summary>
    internal static string LastError => Text(pat_last_error());

    private static string Text(nint utf8) => Marshal.PtrToStringUTF8(utf8) ?? "";
}
