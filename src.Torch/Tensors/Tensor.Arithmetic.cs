namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>−x.</summary>
        public static Tensor operator -(Tensor left) => left.neg();

        /// <summary>Element-wise sum, with broadcasting.</summary>
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

        /// <summary>Adds a number.</summary>
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);

        /// <summary>Adds a number.</summary>
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);

        /// <summary>Element-wise difference, with broadcasting.</summary>
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

        /// <summary>Subtracts a number.</summary>
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);

        /// <summary>Subtracts from a number.</summary>
        public static Tensor operator -(Scalar left, Tensor right)
        {
            using var negative = right.neg();
            return negative.add(left);
        }

        /// <summary>Element-wise product, with broadcasting.</summary>
        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

        /// <summary>Multiplies by a number.</summary>
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);

        /// <summary>Multiplies by a number.</summary>
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);

        /// <summary>Element-wise quotient, with broadcasting.</summary>
        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);

        /// <summary>Divides by a number.</summary>
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

        /// <summary>Element-wise sum, with broadcasting.</summary>
        public Tensor add(Tensor target) => Aten.Add.Call(this, target);

        /// <summary>Adds <paramref name="alpha"/> · target.</summary>
        public Tensor add(Tensor target, Scalar alpha) => Aten.Add.Call(this, target, alpha);

        /// <summary>Adds a number.</summary>
        public Tensor add(Scalar scalar) => Aten.AddScalar.Call(this, scalar);

        /// <summary>Adds in place.</summary>
        public Tensor add_(Tensor target)
        {
            Aten.AddInPlace.CallInPlace(this, target);
            return this;
        }

        /// <summary>Adds <paramref name="alpha"/> · target in place.</summary>
        public Tensor add_(Tensor target, Scalar alpha)
        {
            Aten.AddInPlace.CallInPlace(this, target, alpha);
            return this;
        }

        /// <summary>Adds a number in place.</summary>
        public Tensor add_(Scalar scalar)
        {
            Aten.AddScalarInPlace.CallInPlace(this, scalar);
            return this;
        }

        /// <summary>Adds value · tensor1 / tensor2 in place.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value)
        {
            Aten.AddcdivInPlace.CallInPlace(this, tensor1, tensor2, value);
            return this;
        }

        /// <summary>Adds value · tensor1 · tensor2 in place.</summary>
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value)
        {
            Aten.AddcmulInPlace.CallInPlace(this, tensor1, tensor2, value);
            return this;
        }

        /// <summary>Element-wise difference, with broadcasting.</summary>
        public Tensor sub(Tensor target) => Aten.Sub.Call(this, target);

        /// <summary>Subtracts a number.</summary>
        public Tensor sub(Scalar scalar) => Aten.SubScalar.Call(this, scalar);

        /// <summary>Subtracts in place.</summary>
        public Tensor sub_(Tensor target)
        {
            Aten.SubInPlace.CallInPlace(this, target);
            return this;
        }

        /// <summary>Element-wise product, with broadcasting.</summary>
        public Tensor mul(Tensor target) => Aten.Mul.Call(this, target);

        /// <summary>Multiplies by a number.</summary>
        public Tensor mul(Scalar scalar) => Aten.MulScalar.Call(this, scalar);

        /// <summary>Multiplies in place.</summary>
        public Tensor mul_(Tensor target)
        {
            Aten.MulInPlace.CallInPlace(this, target);
            return this;
        }

        /// <summary>Multiplies by a number in place.</summary>
        public Tensor mul_(Scalar scalar)
        {
            Aten.MulScalarInPlace.CallInPlace(this, scalar);
            return this;
        }

        /// <summary>Element-wise quotient, with broadcasting.</summary>
        public Tensor div(Tensor target) => Aten.Div.Call(this, target);

        /// <summary>Divides by a number.</summary>
        public Tensor div(Scalar target) => Aten.DivScalar.Call(this, target);

        /// <summary>Divides in place.</summary>
        public Tensor div_(Tensor target)
        {
            Aten.DivInPlace.CallInPlace(this, target);
            return this;
        }

        /// <summary>Divides by a number in place.</summary>
        public Tensor div_(Scalar target)
        {
            Aten.DivScalarInPlace.CallInPlace(this, target);
            return this;
        }

        /// <summary>x to a power.</summary>
        public Tensor pow(Scalar exponent) => Aten.PowScalar.Call(this, exponent);

        /// <summary>−x.</summary>
        public Tensor neg() => Aten.Neg.Call(this);

        /// <summary>|x|.</summary>
        public Tensor abs() => Aten.Abs.Call(this);

        /// <summary>eˣ.</summary>
        public Tensor exp() => Aten.Exp.Call(this);

        /// <summary>eˣ − 1 without cancellation near 0.</summary>
        public Tensor expm1() => Aten.Expm1.Call(this);

        /// <summary>Natural logarithm.</summary>
        public Tensor log() => Aten.Log.Call(this);

        /// <summary>ln(1 + x) without cancellation near 0.</summary>
        public Tensor log1p() => Aten.Log1p.Call(this);

        /// <summary>ln(eˣ + eʸ) of each pair of elements, without overflow.</summary>
        public Tensor logaddexp(Tensor other) => Aten.Logaddexp.Call(this, other);

        /// <summary>Square root.</summary>
        public Tensor sqrt() => Aten.Sqrt.Call(this);

        /// <summary>1/√x.</summary>
        public Tensor rsqrt() => Aten.Rsqrt.Call(this);

        /// <summary>1/(1 + e⁻ˣ).</summary>
        public Tensor sigmoid() => Aten.Sigmoid.Call(this);

        /// <summary>max(x, 0).</summary>
        public Tensor relu() => Aten.Relu.Call(this);

        /// <summary>max(x, 0) in place.</summary>
        public Tensor relu_()
        {
            Aten.ReluInPlace.CallInPlace(this);
            return this;
        }

        /// <summary>Limits the values to [min, max].</summary>
        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Aten.Clamp.Call(this, min, max);

        /// <summary>Element-wise maximum.</summary>
        public Tensor maximum(Tensor other) => Aten.Maximum.Call(this, other);

        /// <summary>Element-wise minimum.</summary>
        public Tensor minimum(Tensor other) => Aten.Minimum.Call(this, other);

        /// <summary>Sets every element to a value.</summary>
        public Tensor fill_(Scalar value)
        {
            Aten.FillInPlace.CallInPlace(this, value);
            return this;
        }

        /// <summary>Sets every element to 0.</summary>
        public Tensor zero_()
        {
            Aten.ZeroInPlace.CallInPlace(this);
            return this;
        }

        /// <summary>True where the elements are equal.</summary>
        public Tensor eq(Tensor target) => Aten.Eq.Call(this, target);

        /// <summary>True where the elements equal a number.</summary>
        public Tensor eq(Scalar target) => Aten.EqScalar.Call(this, target);

        /// <summary>True where the elements differ.</summary>
        public Tensor ne(Tensor target) => Aten.Ne.Call(this, target);

        /// <summary>True where the elements differ from a number.</summary>
        public Tensor ne(Scalar target) => Aten.NeScalar.Call(this, target);

        /// <summary>True where less.</summary>
        public Tensor lt(Tensor target) => Aten.Lt.Call(this, target);

        /// <summary>True where less than a number.</summary>
        public Tensor lt(Scalar target) => Aten.LtScalar.Call(this, target);

        /// <summary>True where less or equal.</summary>
        public Tensor le(Tensor target) => Aten.Le.Call(this, target);

        /// <summary>True where less than or equal to a number.</summary>
        public Tensor le(Scalar target) => Aten.LeScalar.Call(this, target);

        /// <summary>True where greater.</summary>
        public Tensor gt(Tensor target) => Aten.Gt.Call(this, target);

        /// <summary>True where greater than a number.</summary>
        public Tensor gt(Scalar target) => Aten.GtScalar.Call(this, target);

        /// <summary>True where greater or equal.</summary>
        public Tensor ge(Tensor target) => Aten.Ge.Call(this, target);

        /// <summary>True where greater than or equal to a number.</summary>
        public Tensor ge(Scalar target) => Aten.GeScalar.Call(this, target);

        /// <summary>Element-wise and.</summary>
        public Tensor logical_and(Tensor other) => Aten.LogicalAnd.Call(this, other);

        /// <summary>Matrix product over the last two dimensions, broadcast over the others.</summary>
        public Tensor matmul(Tensor target) => Aten.Matmul.Call(this, target);

        /// <summary>Element-wise or.</summary>
        public Tensor logical_or(Tensor other) => Aten.LogicalOr.Call(this, other);

        /// <summary>Element-wise not.</summary>
        public Tensor logical_not() => Aten.LogicalNot.Call(this);

        /// <summary>True where neither infinite nor NaN.</summary>
        public Tensor isfinite() => Aten.IsFinite.Call(this);

        /// <summary>True where NaN.</summary>
        public Tensor isnan() => Aten.IsNan.Call(this);
    }
}
