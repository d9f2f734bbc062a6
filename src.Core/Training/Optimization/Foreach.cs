using PatFramework.Core.Native;
using static TorchSharp.torch;

namespace PatFramework.Core.Training;

/// <summary>libtorch's operators on lists of tensors: on a GPU a kernel takes many tensors, elsewhere they go tensor by tensor.</summary>
internal static class Foreach
{
    private static readonly AtenOperator MulScalar = AtenOperator.Get("_foreach_mul_", "Scalar");
    private static readonly AtenOperator DivScalar = AtenOperator.Get("_foreach_div_", "Scalar");
    private static readonly AtenOperator AddScalar = AtenOperator.Get("_foreach_add_", "Scalar");
    private static readonly AtenOperator AddList = AtenOperator.Get("_foreach_add_", "List");
    private static readonly AtenOperator SumList = AtenOperator.Get("_foreach_add", "List");
    private static readonly AtenOperator Sqrt = AtenOperator.Get("_foreach_sqrt");
    private static readonly AtenOperator ScaledList = AtenOperator.Get("_foreach_mul", "Scalar");
    private static readonly AtenOperator DivList = AtenOperator.Get("_foreach_div", "List");
    private static readonly AtenOperator? MulTensor = AtenOperator.Find("_foreach_mul_", "Tensor");
    private static readonly AtenOperator? Zero = AtenOperator.Find("_foreach_zero_");
    private static readonly AtenOperator Addcmul = AtenOperator.Get("_foreach_addcmul_", "Scalar");
    private static readonly AtenOperator Addcdiv = AtenOperator.Get("_foreach_addcdiv_", "Scalar");

    /// <summary>x ← 0, whatever was there.</summary>
    public static void Clear(Tensor[] x)
    {
        if (Zero is not null)
        {
            Zero.Change(AtenArgument.List(x));
            return;
        }
        foreach (var tensor in x)
        {
            tensor.zero_();
        }
    }

    /// <summary>x ← f x.</summary>
    public static void Multiply(Tensor[] x, StepNumber factor)
    {
        if (factor.OnDevice is not { } held)
        {
            MulScalar.Change(AtenArgument.List(x), factor.Value);
        }
        else if (MulTensor is not null)
        {
            MulTensor.Change(AtenArgument.List(x), AtenArgument.One(held));
        }
        else
        {
            foreach (var tensor in x)
            {
                tensor.mul_(held);
            }
        }
    }

    /// <summary>x ← x / d.</summary>
    public static void Divide(Tensor[] x, StepNumber divisor)
    {
        if (divisor.OnDevice is not { } held)
        {
            DivScalar.Change(AtenArgument.List(x), divisor.Value);
            return;
        }
        Multiply(x, new StepNumber(0, held.pow(-1)));
    }

    /// <summary>x ← x + a.</summary>
    public static void Add(Tensor[] x, double summand) => AddScalar.Change(AtenArgument.List(x), summand);

    /// <summary>x ← x + f y.</summary>
    public static void Add(Tensor[] x, Tensor[] y, StepNumber factor)
    {
        if (factor.OnDevice is null)
        {
            AddList.Change(AtenArgument.List(x), AtenArgument.List(y), factor.Value);
            return;
        }
        AddScaled(x, ScaledList.Call(AtenArgument.List(y), 1.0), factor);
    }

    /// <summary>x + f y.</summary>
    public static Tensor[] Sum(Tensor[] x, Tensor[] y, double factor) =>
        SumList.Call(AtenArgument.List(x), AtenArgument.List(y), factor);

    /// <summary>√x.</summary>
    public static Tensor[] SquareRoot(Tensor[] x) => Sqrt.Call(AtenArgument.List(x));

    /// <summary>x ← x + f y z.</summary>
    public static void AddProduct(Tensor[] x, Tensor[] y, Tensor[] z, double factor) =>
        Addcmul.Change(AtenArgument.List(x), AtenArgument.List(y), AtenArgument.List(z), factor);

    /// <summary>x ← x + f y / z.</summary>
    public static void AddQuotient(Tensor[] x, Tensor[] y, Tensor[] z, StepNumber factor)
    {
        if (factor.OnDevice is null)
        {
            Addcdiv.Change(AtenArgument.List(x), AtenArgument.List(y), AtenArgument.List(z), factor.Value);
            return;
        }
        AddScaled(x, DivList.Call(AtenArgument.List(y), AtenArgument.List(z)), factor);
    }

    /// <summary>x ← x + f y; y is lost.</summary>
    private static void AddScaled(Tensor[] x, Tensor[] y, StepNumber factor)
    {
        Multiply(y, factor);
        AddList.Change(AtenArgument.List(x), AtenArgument.List(y), 1.0);
    }
}
