using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Bridge;
using TorchSharp.Utils;

namespace TorchSharp
{
    public static partial class torch
    {
        public partial class Tensor
        {
            /// <summary>The elements of a contiguous CPU tensor as raw memory; writing changes the tensor.</summary>
            /// <exception cref="InvalidOperationException">The tensor is not contiguous.</exception>
            public unsafe Span<byte> bytes
            {
                get => new(Address(), checked((int)(NumberOfElements * ElementSize(dtype))));
                set
                {
                    if (is_contiguous() && device_type == DeviceType.CPU)
                    {
                        value.CopyTo(bytes);
                        return;
                    }
                    using var copy = empty_like_contiguous();
                    value.CopyTo(copy.bytes);
                    using var guard = no_grad();
                    copy_(copy);
                }
            }

            /// <summary>The elements, row-major, after a copy to the CPU where they are elsewhere.</summary>
            /// <exception cref="ArgumentException">T is not the tensor's element type.</exception>
            public TensorAccessor<T> data<T>()
                where T : unmanaged
            {
                if (ElementTypeOf<T>() != dtype)
                {
                    throw new ArgumentException(
                        $"Bad argument: Data type mismatch: the tensor holds {dtype}, not {typeof(T).Name}."
                    );
                }
                using var local = cpu();
                using var flat = local.contiguous();
                var values = new T[NumberOfElements];
                MemoryMarshal.Cast<byte, T>(flat.bytes).CopyTo(values);
                return new TensorAccessor<T>(values);
            }

            /// <summary>The value of a tensor with one element.</summary>
            /// <exception cref="ArgumentException">It has another number of elements, or another type.</exception>
            public T item<T>()
                where T : unmanaged
            {
                if (NumberOfElements != 1)
                {
                    throw new ArgumentException(
                        $"Number of elements in the tensor must be 1, but it has {NumberOfElements}."
                    );
                }
                return data<T>()[0];
            }

            internal static int ElementSize(ScalarType type) =>
                type switch
                {
                    ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
                    ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
                    ScalarType.Int32 or ScalarType.Float32 => 4,
                    _ => 8,
                };

            internal static ScalarType ElementTypeOf<T>() =>
                typeof(T) == typeof(float) ? ScalarType.Float32
                : typeof(T) == typeof(double) ? ScalarType.Float64
                : typeof(T) == typeof(long) ? ScalarType.Int64
                : typeof(T) == typeof(int) ? ScalarType.Int32
                : typeof(T) == typeof(byte) ? ScalarType.Byte
                : typeof(T) == typeof(sbyte) ? ScalarType.Int8
                : typeof(T) == typeof(short) ? ScalarType.Int16
                : typeof(T) == typeof(bool) ? ScalarType.Bool
                : typeof(T) == typeof(Half) ? ScalarType.Float16
                : throw new ArgumentException($"Tensors don't hold {typeof(T).Name}.");

            private Tensor empty_like_contiguous() => Aten.Empty.Call(shape, dtype);

            private unsafe void* Address()
            {
                if (!is_contiguous())
                {
                    throw new InvalidOperationException("Memory access needs a contiguous tensor: call contiguous().");
                }
                Native.Check(Native.pat_tensor_data(Handle, out var address));
                GC.KeepAlive(this);
                return address;
            }
        }
    }
}

namespace TorchSharp.Utils
{
    /// <summary>A tensor's elements in row-major order.</summary>
    public sealed class TensorAccessor<T>
        where T : unmanaged
    {
        private readonly T[] values;

        internal TensorAccessor(T[] values) => this.values = values;

        /// <summary>Number of elements.</summary>
        public long Count => values.Length;

        /// <summary>The element at a row-major position.</summary>
        public T this[long index] => values[index];

        /// <summary>All elements as a new array.</summary>
        public T[] ToArray() => (T[])values.Clone();
    }
}
