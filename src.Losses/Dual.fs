namespace PatFramework.Losses

/// Forward mode: a value with its first and second derivative by one variable.
[<Struct>]
type Dual =
    { Value: float
      First: float
      Second: float }

    static member private Chain struct (f: float, f': float, f'': float) (x: Dual) =
        { Value = f
          First = f' * x.First
          Second = f'' * x.First * x.First + f' * x.Second }

    static member private Product (a: Dual) (b: Dual) =
        { Value = a.Value * b.Value
          First = a.First * b.Value + a.Value * b.First
          Second = a.Second * b.Value + 2.0 * a.First * b.First + a.Value * b.Second }

    /// (ln Σ exp x)' = Σ p x', (…)'' = Σ p (x'' + x'²) − (Σ p x')² with p = softmax x.
    static member private LogSumExpOf(xs: Dual[]) =
        let values = Array.map (fun (x: Dual) -> x.Value) xs
        let p = Elementary.softmax values
        let mean = Array.map2 (fun pₖ (x: Dual) -> pₖ * x.First) p xs |> Array.sum

        { Value = Elementary.logSumExp values
          First = mean
          Second =
            Array.map2 (fun pₖ (x: Dual) -> pₖ * (x.Second + (x.First - mean) * (x.First - mean))) p xs
            |> Array.sum }

    interface IScalar<Dual> with
        static member Of x =
            { Value = x; First = 0.0; Second = 0.0 }

        static member Add(a, b) =
            { Value = a.Value + b.Value
              First = a.First + b.First
              Second = a.Second + b.Second }

        static member Subtract(a, b) =
            { Value = a.Value - b.Value
              First = a.First - b.First
              Second = a.Second - b.Second }

        static member Multiply(a, b) = Dual.Product a b

        static member Divide(a, b) =
            Dual.Product a (Dual.Chain (Rule.reciprocal b.Value) b)

        static member Negate a =
            { Value = -a.Value; First = -a.First; Second = -a.Second }

        static member Exp a = Dual.Chain (Rule.exp a.Value) a
        static member Log a = Dual.Chain (Rule.log a.Value) a
        static member Expm1 a = Dual.Chain (Rule.expm1 a.Value) a
        static member Log1p a = Dual.Chain (Rule.log1p a.Value) a
        static member Power(x, a) = Dual.Chain (Rule.power a x.Value) x
        static member AtLeast(x, a) = Dual.Chain (Rule.atLeast a x.Value) x
        static member LogSumExp xs = Dual.LogSumExpOf xs

        static member Sum xs =
            { Value = Array.sumBy _.Value xs
              First = Array.sumBy _.First xs
              Second = Array.sumBy _.Second xs }

        static member Detach a =
            { Value = a.Value; First = 0.0; Second = 0.0 }

        static member Order a = a.Value

module Dual =
    /// x as the variable to differentiate by.
    let variable (x: float) : Dual =
        { Value = x; First = 1.0; Second = 0.0 }

    /// f(x), f'(x) and f''(x).
    let derivatives (f: Scalar<Dual> -> Scalar<Dual>) (x: float) : Dual = (f { It = variable x }).It
