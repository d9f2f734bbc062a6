using TorchSharp.Bridge;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Converts the elements; the same tensor (a new handle) where nothing changes.</summary>
        public Tensor to_type(ScalarType type, bool copy = false) => Convert(type, null, copy);

        /// <summary>Converts the elements.</summary>
        public Tensor to(ScalarType type) => to_type(type);

        /// <summary>Moves to a device.</summary>
        public Tensor to(Device device) => Convert(null, device, false);

        /// <summary>Moves to a device and converts.</summary>
        public Tensor to(ScalarType type, Device device) => Convert(type, device, false);

        /// <summary>Moves to the CPU.</summary>
        public Tensor cpu() => to(CPU);

        /// <summary>Same memory in row-major order, copied only if it is not.</summary>
        public Tensor contiguous() => Aten.Contiguous.Call(this);

        /// <summary>A copy that autograd follows.</summary>
        public Tensor clone() => Aten.Clone.Call(this);

        /// <summary>The same memory, without history.</summary>
        public Tensor detach() => Aten.Detach.Call(this);

        /// <summary>Copies another tensor's elements into this one.</summary>
        public Tensor copy_(Tensor source, bool nonBlocking = false)
        {
            Aten.Copy.CallInPlace(this, source, nonBlocking);
            return this;
        }

        /// <summary>True if shape and all elements are the same.</summary>
        public bool Equals(Tensor? target) => target is not null && Aten.Equal.CallBool(this, target);

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as Tensor);

        /// <inheritdoc/>
        public override int GetHashCode() => base.GetHashCode();

        private Tensor Convert(ScalarType? type, Device? device, bool copy) =>
            Aten.ToDevice.Call(this, type, Argument.None, device, Argument.None, false, copy);
    }
}
