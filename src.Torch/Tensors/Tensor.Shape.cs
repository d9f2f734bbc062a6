using System.Collections.Generic;
using TorchSharp.Bridge;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The same elements in another shape, copied only if the layout needs it.</summary>
        public Tensor reshape(params long[] shape) => Aten.Reshape.Call(this, shape);

        /// <summary>The same memory in another shape.</summary>
        public Tensor view(params long[] shape) => Aten.View.Call(this, shape);

        /// <summary>Reorders the dimensions.</summary>
        public Tensor permute(params long[] permutation) => Aten.Permute.Call(this, permutation);

        /// <summary>Swaps two dimensions.</summary>
        public Tensor transpose(long dim0, long dim1) => Aten.Transpose.Call(this, dim0, dim1);

        /// <summary>Merges dimensions.</summary>
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Aten.Flatten.Call(this, start_dim, end_dim);

        /// <summary>Inserts a dimension of size 1.</summary>
        public Tensor unsqueeze(long dim) => Aten.Unsqueeze.Call(this, dim);

        /// <summary>Removes a dimension of size 1, or all of them.</summary>
        public Tensor squeeze(long? dim = null) =>
            dim is long one ? Aten.SqueezeDim.Call(this, one) : Aten.Squeeze.Call(this);

        /// <summary>Repeats dimensions of size 1 without copying.</summary>
        public Tensor expand(params long[] sizes) => Aten.Expand.Call(this, sizes);

        /// <summary>Repeats dimensions of size 1 to another tensor's shape without copying.</summary>
        public Tensor expand_as(Tensor other) => expand(other.shape);

        /// <summary>Copies the tensor several times along each dimension.</summary>
        public Tensor repeat(params long[] sizes) => Aten.Repeat.Call(this, sizes);

        /// <summary>Reverses dimensions.</summary>
        public Tensor flip(params long[] dims) => Aten.Flip.Call(this, dims);

        /// <summary>A view of <paramref name="length"/> slices from <paramref name="start"/>.</summary>
        public Tensor narrow(long dim, long start, long length) => Aten.Narrow.Call(this, dim, start, length);

        /// <summary>A view of the slices start, start + step, … below finish.</summary>
        public Tensor slice(long dim, long start, long finish, long step) =>
            Aten.Slice.Call(this, dim, start, finish, step);

        /// <summary>A view of one slice, without the dimension.</summary>
        public Tensor select(long dim, long index) => Aten.Select.Call(this, dim, index);

        /// <summary>The slices at the given positions.</summary>
        public Tensor index_select(long dim, Tensor index) => Aten.IndexSelect.Call(this, dim, index);

        /// <summary>Picks one element along a dimension for each element of the index.</summary>
        public Tensor gather(long dim, Tensor index) => Aten.Gather.Call(this, dim, index);

        /// <summary>A copy with values put to places along a dimension.</summary>
        public Tensor scatter(long dim, Tensor index, Tensor src) => Aten.Scatter.Call(this, dim, index, src);

        /// <summary>Adds the source's elements at the given positions along a dimension.</summary>
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Aten.ScatterAdd.Call(this, dim, index, src);

        /// <summary>Adds the source's elements at the given positions, in place.</summary>
        public Tensor scatter_add_(long dim, Tensor index, Tensor src)
        {
            Aten.ScatterAddInPlace.CallInPlace(this, dim, index, src);
            return this;
        }

        /// <summary>The elements where the mask is true.</summary>
        public Tensor masked_select(Tensor mask) => Aten.MaskedSelect.Call(this, mask);

        /// <summary>A copy with a value where the mask is true.</summary>
        public Tensor masked_fill(Tensor mask, Scalar value) => Aten.MaskedFill.Call(this, mask, value);

        /// <summary>This where the condition is true, y elsewhere.</summary>
        public Tensor where(Tensor condition, Tensor y) => Aten.Where.Call(condition, this, y);

        /// <summary>Softmax along a dimension.</summary>
        public Tensor softmax(long dim, ScalarType? dtype = null) => Aten.Softmax.Call(this, dim, dtype);

        /// <summary>The element at a position along the first dimension.</summary>
        public Tensor this[long i0] => select(0, i0);

        /// <summary>The element at a position along the first two dimensions.</summary>
        public Tensor this[long i0, long i1]
        {
            get
            {
                using var row = select(0, i0);
                return row.select(0, i1);
            }
        }

        /// <summary>The elements that tensors of indices name, as <c>x[i, j]</c> does.</summary>
        public Tensor index(params Tensor?[] indices) => Aten.Index.Call(this, Argument.OptionalList(indices));
    }

    /// <summary>Joins tensors along a dimension.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) =>
        Aten.Cat.Call(Argument.List((IReadOnlyList<Tensor>)tensors), dim);

    /// <summary>Joins tensors along a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) =>
        Aten.Stack.Call(Argument.List([.. tensors]), dim);

    /// <summary>x where the condition is true, y elsewhere.</summary>
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Aten.Where.Call(condition, x, y);
}
