using System;
using System.Runtime.InteropServices;

namespace TorchSharp.Bridge;

/// <summary>A typed argument or result of an ATen operator; mirrors <c>pat_value</c> of pat_torch.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct NativeValue
{
    [FieldOffset(0)]
    public ValueTag Tag;

    [FieldOffset(4)]
    public int Length;

    [FieldOffset(8)]
    public long Integer;

    [FieldOffset(8)]
    public double Real;

    [FieldOffset(8)]
    public nint Pointer;
}

internal enum ValueTag
{
    None = 0,
    Tensor = 1,
    TensorList = 2,
    OptionalTensorList = 3,
    Int = 4,
    IntList = 5,
    Double = 6,
    DoubleList = 7,
    Bool = 8,
    BoolList = 9,
    Device = 10,
    String = 11,
    Generator = 12,
}

/// <summary>Mirrors <c>pat_tensor_info</c> of pat_torch.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeTensorInfo
{
    public int ScalarType;
    public int DeviceType;
    public int DeviceIndex;
    public int Dimensions;
    public long ElementCount;
    public int RequiresGrad;
    public int IsLeaf;
}

/// <summary>The C ABI of libpat_torch, function by function; pat_torch.h documents each.</summary>
internal static unsafe partial class Native
{
    private const string Library = "pat_torch";

    [LibraryImport(Library)]
    private static partial nint pat_last_error();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int pat_op_find(string name, string overload, out nint op);

    [LibraryImport(Library)]
    public static partial int pat_op_call(
        nint op,
        NativeValue* arguments,
        int argumentCount,
        NativeValue* results,
        ref int resultCount
    );

    [LibraryImport(Library)]
    public static partial void pat_list_free(nint list);

    [LibraryImport(Library)]
    public static partial int pat_tensor_from_memory(
        void* data,
        long* shape,
        int dimensions,
        int scalarType,
        int deviceType,
        int deviceIndex,
        out nint tensor
    );

    [LibraryImport(Library)]
    public static partial int pat_tensor_info_get(nint tensor, out NativeTensorInfo info);

    [LibraryImport(Library)]
    public static partial int pat_tensor_sizes(nint tensor, long* sizes);

    [LibraryImport(Library)]
    public static partial int pat_tensor_strides(nint tensor, long* strides);

    [LibraryImport(Library)]
    public static partial int pat_tensor_is_contiguous(nint tensor, int memoryFormat, out int result);

    [LibraryImport(Library)]
    public static partial int pat_tensor_data(nint tensor, out void* data);

    [LibraryImport(Library)]
    public static partial int pat_tensor_free(nint tensor);

    [LibraryImport(Library)]
    public static partial int pat_set_requires_grad(nint tensor, int value);

    [LibraryImport(Library)]
    public static partial int pat_grad_get(nint tensor, out nint gradient);

    [LibraryImport(Library)]
    public static partial int pat_grad_set(nint tensor, nint gradient);

    [LibraryImport(Library)]
    public static partial int pat_backward(
        nint* tensors,
        nint* gradOutputs,
        int count,
        int retainGraph,
        int createGraph
    );

    [LibraryImport(Library)]
    public static partial int pat_grad(
        nint* outputs,
        nint* gradOutputs,
        int outputCount,
        nint* inputs,
        int inputCount,
        int retainGraph,
        int createGraph,
        int allowUnused,
        nint* gradients
    );

    [LibraryImport(Library)]
    public static partial int pat_grad_mode();

    [LibraryImport(Library)]
    public static partial void pat_set_grad_mode(int enabled);

    [LibraryImport(Library)]
    public static partial int pat_inference_guard_new(int enabled, out nint guard);

    [LibraryImport(Library)]
    public static partial void pat_inference_guard_free(nint guard);

    [LibraryImport(Library)]
    public static partial int pat_manual_seed(ulong seed);

    [LibraryImport(Library)]
    public static partial int pat_generator_new(ulong seed, int deviceType, int deviceIndex, out nint generator);

    [LibraryImport(Library)]
    public static partial int pat_generator_default(int deviceType, int deviceIndex, out nint generator);

    [LibraryImport(Library)]
    public static partial int pat_generator_seed(nint generator, ulong seed);

    [LibraryImport(Library)]
    public static partial int pat_generator_initial_seed(nint generator, out ulong seed);

    [LibraryImport(Library)]
    public static partial int pat_generator_get_state(nint generator, out nint state);

    [LibraryImport(Library)]
    public static partial int pat_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)]
    public static partial void pat_generator_free(nint generator);

    [LibraryImport(Library)]
    public static partial int pat_set_num_threads(int threads);

    [LibraryImport(Library)]
    public static partial int pat_get_num_threads();

    [LibraryImport(Library)]
    public static partial int pat_cuda_is_available();

    [LibraryImport(Library)]
    public static partial int pat_cuda_device_count();

    /// <summary>Throws what libtorch reported, as TorchSharp does.</summary>
    /// <exception cref="ExternalException">The status is not 0.</exception>
    public static void Check(int status)
    {
        if (status != 0)
        {
            throw new ExternalException(Marshal.PtrToStringUTF8(pat_last_error()) ?? "libtorch failed.");
        }
    }
}
