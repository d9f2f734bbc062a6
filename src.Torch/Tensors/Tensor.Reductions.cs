namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Sum of all elements.</summary>
        public Tensor sum(ScalarType? type = null) => Aten.Sum.Call(this, type);

        /// <summary>Sum over dimensions.</summary>
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) =>
            Aten.SumDim.Call(this, dim, keepdim, type);

        /// <summary>Sum over one dimension.</summary>
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) =>
            Aten.SumDim.Call(this, new[] { dim }, keepdim, type);

        /// <summary>Mean of all elements.</summary>
        public Tensor mean() => Aten.Mean.Call(this);

        /// <summary>Mean over dimensions.</summary>
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Aten.MeanDim.Call(this, dimensions, keepdim, type);

        /// <summary>Largest element.</summary>
        public Tensor max() => Aten.Max.Call(this);

        /// <summary>Largest elements along a dimension, and where they are.</summary>
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) =>
            Aten.MaxDim.CallPair(this, dim, keepdim);

        /// <summary>Smallest element.</summary>
        public Tensor min() => Aten.Min.Call(this);

        /// <summary>Position of the largest element of the flattened tensor.</summary>
        public Tensor argmax() => Aten.Argmax.Call(this);

        /// <summary>Position of the largest element along a dimension.</summary>
        public Tensor argmax(long dim, bool keepdim = false) => Aten.Argmax.Call(this, dim, keepdim);

        /// <summary>True if every element is.</summary>
        public Tensor all() => Aten.All.Call(this);

        /// <summary>True if any element is.</summary>
        public Tensor any() => Aten.Any.Call(this);

        /// <summary>ln Σ eˣ along a dimension without overflow.</summary>
        public Tensor logsumexp(long dim, bool keepdim = false) => Aten.Logsumexp.Call(this, new[] { dim }, keepdim);

        /// <summary>Running sums along a dimension.</summary>
        public Tensor cumsum(long dim, ScalarType? type = null) => Aten.Cumsum.Call(this, dim, type);

        /// <summary>The elements in order along a dimension, and where each was.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="descending">The largest first.</param>
        /// <param name="stable">Equal elements stay in their order.</param>
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            Aten.SortStable.CallPair(this, stable, dim, descending);

        /// <summary>The p-norm of all elements.</summary>
        public Tensor norm(float p = 2.0f) => Aten.Norm.Call(this, (Scalar)p);

        /// <summary>How often each value 0, 1, … occurs in a one-dimensional tensor of integers.</summary>
        /// <param name="weights">What each element counts; null counts 1.</param>
        /// <param name="minlength">At least so many counts are returned.</param>
        public Tensor bincount(Tensor? weights, long minlength = 0) => Aten.Bincount.Call(this, weights, minlength);
    }
}
