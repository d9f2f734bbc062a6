namespace PatFramework.Losses

open System

/// Sums, products and quotients rounded towards −∞ or +∞: by one unit in the last place, and only where the operation
/// was not exact, which its error term tells (TwoSum: Knuth 1998, §4.2.2; products and quotients: fused multiply-add).
module internal Rounded =
    /// Below this size an error term may itself be lost to underflow.
    let private tiny = 1e-280

    let private below value error =
        if error >= 0.0 then value else Math.BitDecrement value

    let private above value error =
        if error <= 0.0 then value else Math.BitIncrement value

    let private sum towards none (a: float) (b: float) =
        let s = a + b
        let b' = s - a
        if Double.IsNaN s then none else towards s (a - (s - b') + (b - b'))

    let addDown a b = sum below -infinity a b
    let addUp a b = sum above infinity a b

    /// 0 · ±∞ is 0: the infinite end of an interval stands for numbers without a bound.
    let private product towards (a: float) (b: float) =
        let p = a * b

        if a = 0.0 || b = 0.0 then 0.0
        elif abs p < tiny then towards p nan
        else towards p (Math.FusedMultiplyAdd(a, b, -p))

    let multiplyDown a b = product below a b
    let multiplyUp a b = product above a b

    /// a / ±∞ is 0, as b has no bound.
    let private quotient towards (a: float) (b: float) =
        let q = a / b

        if a = 0.0 || Double.IsInfinity b then 0.0
        elif abs q < tiny || abs a < tiny then towards q nan
        else towards q (Math.FusedMultiplyAdd(-q, b, a) / b)

    let divideDown a b = quotient below a b
    let divideUp a b = quotient above a b

    /// exp and log of the platform are within a unit in the last place.
    let private outward (x: float) =
        struct (Math.BitDecrement(Math.BitDecrement x), Math.BitIncrement(Math.BitIncrement x))

    /// `Elementary` is within eight units.
    let private widened (x: float) =
        let slack = if Double.IsInfinity x then 0.0 else 4e-15 * abs x
        struct (Math.BitDecrement(x - slack), Math.BitIncrement(x + slack))

    /// f(x) from below and above for x₀ with the exact value f(x₀) = y₀ that a rising f passes there.
    let private rising x0 y0 (x: float) struct (low: float, high: float) =
        if x = x0 then struct (y0, y0)
        elif x < x0 then struct (low, min high y0)
        else struct (max low y0, high)

    let exp (x: float) =
        let struct (low, high) = outward (Math.Exp x) |> rising 0.0 1.0 x
        struct (max low 0.0, high)

    let expm1 (x: float) =
        let struct (low, high) = widened (Elementary.expm1 x) |> rising 0.0 0.0 x
        struct (max low -1.0, high)

    let log (x: float) =
        if x <= 0.0 then
            struct (-infinity, -infinity)
        else
            outward (Math.Log x) |> rising 1.0 0.0 x

    /// xᵃ of x ≥ 0.
    let power (a: float) (x: float) =
        let y = Math.Pow(x, a)

        if a = 0.0 || a = 1.0 || x = 0.0 || x = 1.0 then
            struct (y, y)
        else
            let struct (low, high) = outward y
            struct (max low 0.0, high)

    let log1p (x: float) =
        if x <= -1.0 then
            struct (-infinity, -infinity)
        else
            widened (Elementary.log1p x) |> rising 0.0 0.0 x
