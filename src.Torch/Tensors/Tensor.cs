using System;
using TorchSharp.Bridge;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A multi-dimensional array on a device. Holds an <c>at::Tensor*</c>; dispose it, or make it inside a
    /// <see cref="NewDisposeScope"/>. A finalizer is the net below.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private nint handle;
        private DisposeScope? scope;

        internal Tensor(nint handle)
        {
            this.handle = handle;
            scope = DisposeScope.Current;
            scope?.Include(this);
        }

        /// <summary>Takes over an <c>at::Tensor*</c>, which the tensor then frees.</summary>
        public static Tensor UnsafeCreateTensor(nint handle) => new(handle);

        /// <summary>Frees the native tensor if nobody disposed it.</summary>
        ~Tensor() => Free();

        /// <summary>The <c>at::Tensor*</c>.</summary>
        /// <exception cref="InvalidOperationException">The tensor was disposed.</exception>
        public nint Handle =>
            handle != 0
                ? handle
                : throw new InvalidOperationException("Tensor invalid -- empty handle: it was disposed already.");

        /// <summary>True once the native tensor is freed.</summary>
        public bool IsInvalid => handle == 0;

        /// <summary>Size along each dimension.</summary>
        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[Info.Dimensions];
                fixed (long* pointer = sizes)
                {
                    Native.Check(Native.pat_tensor_sizes(Handle, pointer));
                }
                GC.KeepAlive(this);
                return sizes;
            }
        }

        /// <summary>Number of dimensions.</summary>
        public long ndim => Info.Dimensions;

        /// <summary>Number of elements.</summary>
        public long NumberOfElements => Info.ElementCount;

        /// <summary>Element type.</summary>
        public ScalarType dtype => (ScalarType)Info.ScalarType;

        /// <summary>Where the elements are.</summary>
        public Device device
        {
            get
            {
                var info = Info;
                return new Device((DeviceType)info.DeviceType, info.DeviceIndex);
            }
        }

        /// <summary>The kind of device that the elements are on.</summary>
        public DeviceType device_type => (DeviceType)Info.DeviceType;

        /// <summary>True if the tensor was made by the user and not by an operator that autograd records.</summary>
        public bool is_leaf => Info.IsLeaf != 0;

        /// <summary>Whether autograd records what is computed from this tensor.</summary>
        public bool requires_grad
        {
            get => Info.RequiresGrad != 0;
            set
            {
                Native.Check(Native.pat_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        private NativeTensorInfo Info
        {
            get
            {
                Native.Check(Native.pat_tensor_info_get(Handle, out var info));
                GC.KeepAlive(this);
                return info;
            }
        }

        /// <summary>Number of dimensions.</summary>
        public long dim() => ndim;

        /// <summary>Number of elements.</summary>
        public long numel() => NumberOfElements;

        /// <summary>Size along each dimension.</summary>
        public long[] size() => shape;

        /// <summary>Size along one dimension; negative counts from the end.</summary>
        public long size(int dim) => shape[dim < 0 ? (int)ndim + dim : dim];

        /// <summary>Distance in elements between neighbours along each dimension.</summary>
        public unsafe long[] stride()
        {
            var strides = new long[Info.Dimensions];
            fixed (long* pointer = strides)
            {
                Native.Check(Native.pat_tensor_strides(Handle, pointer));
            }
            GC.KeepAlive(this);
            return strides;
        }

        /// <summary>True if the elements lie in row-major order without gaps.</summary>
        public bool is_contiguous()
        {
            Native.Check(Native.pat_tensor_is_contiguous(Handle, 0, out var result));
            GC.KeepAlive(this);
            return result != 0;
        }

        /// <summary>Hands the tensor to the enclosing dispose scope; without one it belongs to the caller.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            MoveTo(scope?.Outer);
            return this;
        }

        /// <summary>Takes the tensor out of all dispose scopes: it belongs to the caller.</summary>
        public Tensor DetachFromDisposeScope()
        {
            MoveTo(null);
            return this;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            MoveTo(null);
            Free();
            GC.SuppressFinalize(this);
        }

        /// <inheritdoc/>
        public override string ToString() =>
            IsInvalid ? "disposed tensor" : $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        internal void MoveTo(DisposeScope? target)
        {
            scope?.Exclude(this);
            scope = target;
            scope?.Include(this);
        }

        internal void DisposeFromScope()
        {
            scope = null;
            Free();
            GC.SuppressFinalize(this);
        }

        /// <summary>Takes over another tensor's native handle, as a module's parameter does when it changes type.</summary>
        internal void Become(Tensor other)
        {
            other.MoveTo(null);
            (handle, other.handle) = (other.handle, handle);
            other.Dispose();
        }

        private void Free()
        {
            if (handle != 0)
            {
                _ = Native.pat_tensor_free(handle);
                handle = 0;
            }
        }
    }
}
