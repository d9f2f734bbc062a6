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
    private static readonly AtenOperator Addcmul = AtenOperator.Get("_foreach_addcmul_", "Scalar");
    private static readonly AtenOperator Addcdiv = AtenOperator.Get("_foreach_addcdiv_", "Scalar");

    /// <summary>x ← f x.</summary>
    public static void Multiply(Tensor[] x, double factor) => MulScalar.Change(AtenArgument.List(x), factor);

    /// <summary>x ← x / d.</summary>
    public static void Divide(Tensor[] x, double divisor) => DivScalar.Change(AtenArgument.List(x), divisor);

    /// <summary>x ← x + a.</summary>
    public static void Add(Tensor[] x, double summand) => AddScalar.Change(AtenArgument.List(x), summand);

    /// <summary>x ← x + f y.</summary>
    public static void Add(Tensor[] x, Tensor[] y, double factor) =>
        AddList.Change(AtenArgument.List(x), AtenArgument.List(y), factor);

    /// <summary>x + f y.</summary>
    public static Tensor[] Sum(Tensor[] x, Tensor[] y, double factor) =>
        SumList.Call(AtenArgument.List(x), AtenArgument.List(y), factor);

    /// <summary>√x.</summary>
    public static Tensor[] SquareRoot(Tensor[] x) => Sqrt.Call(AtenArgument.List(x));

    /// <summary>x ← x + f y z.</summary>
    public static void AddProduct(Tensor[] x, Tensor[] y, Tensor[] z, double factor) =>
        Addcmul.Change(AtenArgument.List(x), AtenArgument.List(y), AtenArgument.List(z), factor);

    /// <summary>x ← x + f y / z.</summary>
    public static void AddQuotient(Tensor[] x, Tensor[] y, Tensor[] z, double factor) =>
        Addcdiv.Change(AtenArgument.List(x), AtenArgument.List(y), AtenArgument.List(z), factor);
}
