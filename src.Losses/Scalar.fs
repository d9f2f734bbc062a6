namespace PatFramework.Losses

#nowarn "3535" // interfaces with static abstract members: the point of this file

open System

/// What a definition computes with: numbers (`Real`), numbers with exact derivatives (`Dual`, `Reverse`), or, with an
/// instance that encloses, bounds. The primitives that overflow or cancel when composed have rules of their own.
type IScalar<'T when 'T :> IScalar<'T>> =
    static abstract Of: float -> 'T
    static abstract Add: 'T * 'T -> 'T
    static abstract Subtract: 'T * 'T -> 'T
    static abstract Multiply: 'T * 'T -> 'T
    static abstract Divide: 'T * 'T -> 'T
    static abstract Negate: 'T -> 'T
    /// eˣ.
    static abstract Exp: 'T -> 'T
    /// ln x.
    static abstract Log: 'T -> 'T
    /// eˣ − 1, exact to rounding near 0.
    static abstract Expm1: 'T -> 'T
    /// ln(1 + x), exact to rounding near 0.
    static abstract Log1p: 'T -> 'T
    /// xᵃ of x ≥ 0; for a < 1 the derivative is that at 1e-12 where x is below, so that it stays finite.
    static abstract Power: 'T * float -> 'T
    /// The larger of x and a; its derivative is 0 where that is a.
    static abstract AtLeast: 'T * float -> 'T
    /// ln Σ exp xₖ, finite wherever the xₖ are.
    static abstract LogSumExp: 'T[] -> 'T
    /// ln p_y with p = softmax x. (xₖ − x_y would be rounded where x_y lies far below the others, and p with it.)
    static abstract LogSoftmax: x: 'T[] * y: int -> 'T
    /// Σ xₖ; 0 of none.
    static abstract Sum: 'T[] -> 'T
    /// The same value, a constant to derivatives.
    static abstract Detach: 'T -> 'T
    /// 1 where x > a, else 0; a constant to derivatives.
    static abstract Step: 'T * float -> 'T
    /// Σ pₖ vₖ with p = softmax x: a mean of the v.
    static abstract Mean: x: 'T[] * v: 'T[] -> 'T
    /// f of the order in which keys descend, as their indices; of every order that they may have, where that is open.
    static abstract Descending: keys: 'T[] * f: (int[] -> 'T) -> 'T

/// The scalar that definitions are written in: `exp (Scalar.expm1 l / T)` is one text over every instance, with floats as
/// constants. (A wrapper, because F# resolves chains of operators on a type, not on a constrained type variable.)
[<Struct>]
type Scalar<'T when 'T :> IScalar<'T>> =
    { It: 'T }

    static member (+)(a: Scalar<'T>, b: Scalar<'T>) : Scalar<'T> = { It = 'T.Add(a.It, b.It) }
    static member (+)(a: float, b: Scalar<'T>) : Scalar<'T> = { It = 'T.Add('T.Of a, b.It) }
    static member (+)(a: Scalar<'T>, b: float) : Scalar<'T> = { It = 'T.Add(a.It, 'T.Of b) }
    static member (-)(a: Scalar<'T>, b: Scalar<'T>) : Scalar<'T> = { It = 'T.Subtract(a.It, b.It) }
    static member (-)(a: float, b: Scalar<'T>) : Scalar<'T> = { It = 'T.Subtract('T.Of a, b.It) }
    static member (-)(a: Scalar<'T>, b: float) : Scalar<'T> = { It = 'T.Subtract(a.It, 'T.Of b) }
    static member (*)(a: Scalar<'T>, b: Scalar<'T>) : Scalar<'T> = { It = 'T.Multiply(a.It, b.It) }
    static member (*)(a: float, b: Scalar<'T>) : Scalar<'T> = { It = 'T.Multiply('T.Of a, b.It) }
    static member (*)(a: Scalar<'T>, b: float) : Scalar<'T> = { It = 'T.Multiply(a.It, 'T.Of b) }
    static member (/)(a: Scalar<'T>, b: Scalar<'T>) : Scalar<'T> = { It = 'T.Divide(a.It, b.It) }
    static member (/)(a: float, b: Scalar<'T>) : Scalar<'T> = { It = 'T.Divide('T.Of a, b.It) }
    static member (/)(a: Scalar<'T>, b: float) : Scalar<'T> = { It = 'T.Divide(a.It, 'T.Of b) }
    static member (~-)(a: Scalar<'T>) : Scalar<'T> = { It = 'T.Negate a.It }
    static member Exp(a: Scalar<'T>) : Scalar<'T> = { It = 'T.Exp a.It }
    static member Log(a: Scalar<'T>) : Scalar<'T> = { It = 'T.Log a.It }

/// The primitives beside the operators, `exp` and `log`.
module Scalar =
    let private items (xs: Scalar<'T>[]) : 'T[] =
        Array.map (fun (x: Scalar<'T>) -> x.It) xs

    let constant (x: float) : Scalar<'T> = { It = 'T.Of x }
    let expm1 (x: Scalar<'T>) : Scalar<'T> = { It = 'T.Expm1 x.It }
    let log1p (x: Scalar<'T>) : Scalar<'T> = { It = 'T.Log1p x.It }
    let power (a: float) (x: Scalar<'T>) : Scalar<'T> = { It = 'T.Power(x.It, a) }
    let atLeast (a: float) (x: Scalar<'T>) : Scalar<'T> = { It = 'T.AtLeast(x.It, a) }
    let atMost (a: float) (x: Scalar<'T>) : Scalar<'T> = -(atLeast -a -x)
    let logSumExp (xs: Scalar<'T>[]) : Scalar<'T> = { It = 'T.LogSumExp(items xs) }
    let logSoftmax (xs: Scalar<'T>[]) (y: int) : Scalar<'T> = { It = 'T.LogSoftmax(items xs, y) }
    /// ln(1 + eˣ).
    let softplus (x: Scalar<'T>) : Scalar<'T> = logSumExp [| x; constant 0.0 |]
    let sum (xs: Scalar<'T>[]) : Scalar<'T> = { It = 'T.Sum(items xs) }
    let detach (x: Scalar<'T>) : Scalar<'T> = { It = 'T.Detach x.It }
    let step (a: float) (x: Scalar<'T>) : Scalar<'T> = { It = 'T.Step(x.It, a) }
    let mean (x: Scalar<'T>[]) (v: Scalar<'T>[]) : Scalar<'T> = { It = 'T.Mean(items x, items v) }

    let descending (keys: Scalar<'T>[]) (f: int[] -> Scalar<'T>) : Scalar<'T> =
        { It = 'T.Descending(items keys, (fun order -> (f order).It)) }

/// Functions of floats that .NET lacks or computes with cancellation (`Double.ExpM1` is Exp(x) − 1).
module Elementary =

    /// eˣ − 1 within a few units in the last place (Kahan's correction; Higham 2002, §1.14.1).
    let expm1 (x: float) : float =
        match exp x with
        | 1.0 -> x
        | u when u - 1.0 = -1.0 -> -1.0
        | u when Double.IsInfinity u -> u
        | u -> (u - 1.0) * x / log u

    /// ln(1 + x) within a few units in the last place (Goldberg 1991, theorem 4).
    let log1p (x: float) : float =
        match 1.0 + x with
        | 1.0 -> x
        | u when Double.IsInfinity u -> u
        | u -> log u * x / (u - 1.0)

    /// m, the largest of x, and Σ exp(xₖ − m) over the others.
    let private beside (x: float[]) : struct (float * float) =
        let mutable largest = 0

        for k in 1 .. x.Length - 1 do
            if x[k] > x[largest] then
                largest <- k

        let mutable others = 0.0

        for k in 0 .. x.Length - 1 do
            if k <> largest then
                others <- others + exp (x[k] - x[largest])

        struct (x[largest], others)

    /// ln Σ exp xₖ = m + ln(1 + Σ exp(xₖ − m)) over the others, m the largest; −∞ of none.
    let logSumExp (x: float[]) : float =
        if x.Length = 0 then
            -infinity
        else
            let struct (m, others) = beside x
            m + log1p others

    /// ln p_y = −((m − x_y) + ln(1 + Σ exp(xₖ − m))): no two terms cancel, and none is larger than the result.
    let logSoftmax (x: float[]) (y: int) : float =
        let struct (m, others) = beside x
        -((m - x[y]) + log1p others)

    /// pₖ = exp(xₖ − m) / Σ exp(x − m), m the largest.
    let softmax (x: float[]) : float[] =
        if x.Length = 0 then
            [||]
        else
            let struct (m, others) = beside x
            Array.map (fun xₖ -> exp (xₖ - m) / (1.0 + others)) x

    /// Σ pₖ vₖ with p = softmax x.
    let mean (x: float[]) (v: float[]) : float =
        Array.map2 (*) (softmax x) v |> Array.sum

    /// The indices of x from the largest to the smallest, equals in their order.
    let descending (x: float[]) : int[] =
        [ 0 .. x.Length - 1 ] |> List.sortBy (fun k -> -x[k]) |> Array.ofList

/// A plain number.
[<Struct>]
type Real =
    { Value: float }

    interface IScalar<Real> with
        static member Of x = { Value = x }
        static member Add(a, b) = { Value = a.Value + b.Value }
        static member Subtract(a, b) = { Value = a.Value - b.Value }
        static member Multiply(a, b) = { Value = a.Value * b.Value }
        static member Divide(a, b) = { Value = a.Value / b.Value }
        static member Negate a = { Value = -a.Value }
        static member Exp a = { Value = exp a.Value }
        static member Log a = { Value = log a.Value }
        static member Expm1 a = { Value = Elementary.expm1 a.Value }
        static member Log1p a = { Value = Elementary.log1p a.Value }
        static member Power(x, a) = { Value = Math.Pow(x.Value, a) }
        static member AtLeast(x, a) = { Value = max x.Value a }

        static member LogSumExp xs =
            { Value = Elementary.logSumExp (Array.map _.Value xs) }

        static member LogSoftmax(xs, y) =
            { Value = Elementary.logSoftmax (Array.map _.Value xs) y }

        static member Sum xs = { Value = Array.sumBy _.Value xs }
        static member Detach a = a

        static member Step(x, a) =
            { Value = (if x.Value > a then 1.0 else 0.0) }

        static member Mean(x, v) =
            { Value = Elementary.mean (Array.map _.Value x) (Array.map _.Value v) }

        static member Descending(keys, f) =
            f (Elementary.descending (Array.map _.Value keys))

module Real =
    /// f(x).
    let value (f: Scalar<Real> -> Scalar<Real>) (x: float) : float = (f { It = { Value = x } }).It.Value
