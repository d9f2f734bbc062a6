using System;
using TorchSharp.Bridge;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Uninitialised memory.</summary>
    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null) =>
        Aten.Empty.Call(size, dtype, Argument.None, device);

    /// <summary>A tensor of one value.</summary>
    public static Tensor full(
        long[] size,
        Scalar value,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Make(Aten.Full.Call(size, value, dtype, Argument.None, device), requires_grad);

    /// <summary>A tensor of zeros.</summary>
    public static Tensor zeros(
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => full(size, 0, dtype ?? float32, device, requires_grad);

    /// <summary>A vector of zeros.</summary>
    public static Tensor zeros(long size, ScalarType? dtype = null, Device? device = null) =>
        zeros([size], dtype, device);

    /// <summary>A tensor of ones.</summary>
    public static Tensor ones(
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => full(size, 1, dtype ?? float32, device, requires_grad);

    /// <summary>A vector of ones.</summary>
    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null) =>
        ones([size], dtype, device);

    /// <summary>Zeros in another tensor's shape, type and place.</summary>
    public static Tensor zeros_like(Tensor input) => zeros(input.shape, input.dtype, input.device);

    /// <summary>Ones in another tensor's shape, type and place.</summary>
    public static Tensor ones_like(Tensor input) => ones(input.shape, input.dtype, input.device);

    /// <summary>start, start + step, … below stop.</summary>
    public static Tensor arange(
        Scalar start,
        Scalar stop,
        Scalar step,
        ScalarType? dtype = null,
        Device? device = null
    ) => Aten.Arange.Call(start, stop, step, dtype, Argument.None, device);

    /// <summary>0, 1, … below stop.</summary>
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null) =>
        arange(0, stop, 1, dtype, device);

    /// <summary>Uniform random numbers in [0, 1).</summary>
    public static Tensor rand(
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        Generator? generator = null
    ) => Make(Aten.Rand.Call(size, generator, dtype, Argument.None, device), requires_grad);

    /// <summary>Standard normal random numbers.</summary>
    public static Tensor randn(
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        Generator? generator = null
    ) => Make(Aten.Randn.Call(size, generator, dtype, Argument.None, device), requires_grad);

    /// <summary>Uniform random integers in [low, high).</summary>
    public static Tensor randint(
        long low,
        long high,
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        Generator? generator = null
    ) => Make(Aten.Randint.Call(low, high, size, generator, dtype ?? int64, Argument.None, device), requires_grad);

    /// <summary>A random permutation of 0 … n − 1.</summary>
    public static Tensor randperm(
        long n,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false,
        Generator? generator = null
    ) => Make(Aten.Randperm.Call(n, generator, dtype ?? int64, Argument.None, device), requires_grad);

    /// <summary>A tensor without dimensions.</summary>
    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null) =>
        full([], scalar, dtype ?? float64, device);

    /// <summary>A tensor without dimensions.</summary>
    public static Tensor tensor(float scalar, Device? device = null) => full([], scalar, float32, device);

    /// <summary>A tensor without dimensions.</summary>
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null) =>
        full([], scalar, dtype ?? int64, device);

    /// <summary>Copies an array, row-major.</summary>
    public static Tensor tensor(
        float[] rawArray,
        long[] dimensions,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => FromArray<float>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>Copies an array, row-major.</summary>
    public static Tensor tensor(
        double[] rawArray,
        long[] dimensions,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => FromArray<double>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>Copies an array, row-major.</summary>
    public static Tensor tensor(
        long[] rawArray,
        long[] dimensions,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => FromArray<long>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>Copies an array, row-major.</summary>
    public static Tensor tensor(
        byte[] rawArray,
        long[] dimensions,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => FromArray<byte>(rawArray, dimensions, dtype, device, requires_grad);

    /// <summary>Copies an array to a vector.</summary>
    public static Tensor tensor(float[] dataArray) =>
        FromArray<float>(dataArray, [dataArray.Length], null, null, false);

    /// <summary>Copies an array to a vector.</summary>
    public static Tensor tensor(double[] dataArray) =>
        FromArray<double>(dataArray, [dataArray.Length], null, null, false);

    /// <summary>Copies an array to a vector.</summary>
    public static Tensor tensor(long[] dataArray) => FromArray<long>(dataArray, [dataArray.Length], null, null, false);

    private static unsafe Tensor FromArray<T>(
        ReadOnlySpan<T> values,
        long[] dimensions,
        ScalarType? dtype,
        Device? device,
        bool requires_grad
    )
        where T : unmanaged
    {
        var expected = 1L;
        foreach (var size in dimensions)
        {
            expected *= size;
        }
        if (expected != values.Length)
        {
            throw new ArgumentException(
                $"mismatched total size creating a tensor from an array: {values.Length} elements "
                    + $"don't fill the shape [{string.Join(", ", dimensions)}]."
            );
        }
        var place = device ?? CPU;
        var type = Tensor.ElementTypeOf<T>();
        nint handle;
        fixed (T* data = values)
        fixed (long* shape = dimensions)
        {
            Native.Check(
                Native.pat_tensor_from_memory(
                    data,
                    shape,
                    dimensions.Length,
                    (int)type,
                    (int)place.type,
                    place.index,
                    out handle
                )
            );
        }
        var tensor = new Tensor(handle);
        if (dtype is ScalarType wanted && wanted != type)
        {
            using var source = tensor;
            tensor = source.to_type(wanted);
        }
        return Make(tensor, requires_grad);
    }

    private static Tensor Make(Tensor tensor, bool requires_grad) => requires_grad ? tensor.requires_grad_() : tensor;
}
