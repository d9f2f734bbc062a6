namespace PatFramework.Losses

/// Forward mode: a value with its derivative by one variable. Over numbers it differentiates, over itself it does so twice,
/// and over intervals it encloses the derivative: each rule stands here once.
[<Struct>]
type Forward<'S when 'S :> IScalar<'S>> =
    { Value: Scalar<'S>
      First: Scalar<'S> }

    static member private Constant(x: Scalar<'S>) : Forward<'S> =
        { Value = x; First = Scalar.constant 0.0 }

    /// a xᵃ⁻¹, for a < 1 of no x below 1e-12.
    static member private PowerSlope(x: Scalar<'S>, a: float) : Scalar<'S> =
        a * Scalar.power (a - 1.0) (if a < 1.0 then Scalar.atLeast 1e-12 x else x)

    /// (ln Σ exp x)' = Σ p x'.
    static member private LogSumExpOf(xs: Forward<'S>[]) : Forward<'S> =
        let x = Array.map (fun (x: Forward<'S>) -> x.Value) xs

        { Value = Scalar.logSumExp x; First = Scalar.mean x (Array.map _.First xs) }

    /// (ln p_y)' = Σ pₖ (x_y' − xₖ').
    static member private LogSoftmaxOf(xs: Forward<'S>[], y: int) : Forward<'S> =
        let x = Array.map (fun (x: Forward<'S>) -> x.Value) xs

        let speeds = xs |> Array.mapi (fun k x -> if k = y then Scalar.constant 0.0 else xs[y].First - x.First)

        { Value = Scalar.logSoftmax x y; First = Scalar.mean x speeds }

    interface IScalar<Forward<'S>> with
        static member Of x = Forward.Constant(Scalar.constant x)

        static member Add(a, b) =
            { Value = a.Value + b.Value; First = a.First + b.First }

        static member Subtract(a, b) =
            { Value = a.Value - b.Value; First = a.First - b.First }

        static member Multiply(a, b) =
            { Value = a.Value * b.Value; First = a.First * b.Value + a.Value * b.First }

        static member Divide(a, b) =
            let q = a.Value / b.Value
            { Value = q; First = (a.First - q * b.First) / b.Value }

        static member Negate a = { Value = -a.Value; First = -a.First }

        static member Exp x =
            { Value = exp x.Value; First = exp x.Value * x.First }

        static member Log x =
            { Value = log x.Value; First = 1.0 / x.Value * x.First }

        static member Expm1 x =
            { Value = Scalar.expm1 x.Value; First = exp x.Value * x.First }

        static member Log1p x =
            { Value = Scalar.log1p x.Value; First = 1.0 / (1.0 + x.Value) * x.First }

        static member Power(x, a) =
            { Value = Scalar.power a x.Value
              First = Forward.PowerSlope(x.Value, a) * x.First }

        static member AtLeast(x, a) =
            { Value = Scalar.atLeast a x.Value; First = Scalar.step a x.Value * x.First }

        static member Step(x, a) = Forward.Constant(Scalar.step a x.Value)

        static member LogSumExp xs = Forward.LogSumExpOf xs

        static member LogSoftmax(xs, y) = Forward.LogSoftmaxOf(xs, y)

        static member Sum xs =
            { Value = Scalar.sum (Array.map _.Value xs)
              First = Scalar.sum (Array.map _.First xs) }

        /// (Σ p v)' = Σ p (v' + (v − Σ p v) x').
        static member Mean(xs, vs) =
            let x = Array.map (fun (x: Forward<'S>) -> x.Value) xs
            let mean = Scalar.mean x (Array.map _.Value vs)
            let moved (x: Forward<'S>) (v: Forward<'S>) = v.First + (v.Value - mean) * x.First
            { Value = mean; First = Scalar.mean x (Array.map2 moved xs vs) }

        static member Detach x = Forward.Constant(Scalar.detach x.Value)

        static member Descending(keys, f) =
            let part (choose: Forward<'S> -> Scalar<'S>) =
                Scalar.descending (Array.map _.Value keys) (fun order -> choose (f order))

            { Value = part _.Value; First = part _.First }

module Forward =
    /// x, moving with the speed x'.
    let moving (x: Scalar<'S>) (x': Scalar<'S>) : Scalar<Forward<'S>> = { It = { Value = x; First = x' } }

    /// f(x) and f'(x).
    let derivative (f: Scalar<Forward<'S>> -> Scalar<Forward<'S>>) (x: Scalar<'S>) : Forward<'S> =
        (f (moving x (Scalar.constant 1.0))).It

/// A number with its first and second derivative by one variable.
[<Struct>]
type Dual = { Value: float; First: float; Second: float }

/// Forward mode over forward mode, of numbers.
module Dual =
    /// x, moving with a constant speed.
    let moving (x: float) (speed: float) : Scalar<Forward<Forward<Real>>> =
        let constant: float -> Scalar<Real> = Scalar.constant
        Forward.moving (Forward.moving (constant x) (constant speed)) (Forward.moving (constant speed) (constant 0.0))

    /// The numbers of a result.
    let read (x: Scalar<Forward<Forward<Real>>>) : Dual =
        { Value = x.It.Value.It.Value.It.Value
          First = x.It.First.It.Value.It.Value
          Second = x.It.First.It.First.It.Value }

    /// f(x), f'(x) and f''(x).
    let derivatives (f: Scalar<Forward<Forward<Real>>> -> Scalar<Forward<Forward<Real>>>) (x: float) : Dual =
        read (f (moving x 1.0))
