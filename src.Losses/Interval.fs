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

/// All numbers from Low to High, both among them; never empty. Each operation encloses what it can give for any numbers
/// of its operands (Moore 1966), rounding outward, so that what it says of a definition holds for real numbers and floats.
[<Struct>]
type Interval =
    { Low: float
      High: float }

    static member private Rising(f: float -> struct (float * float), a: Interval) : Interval =
        let struct (low, _) = f a.Low
        let struct (_, high) = f a.High

        { Low = low; High = high }

    /// xᵃ rises with x for a ≥ 0 and falls otherwise; where x is negative somewhere nothing is known.
    static member private PowerOf(x: Interval, a: float) : Interval =
        if x.Low < 0.0 then { Low = -infinity; High = infinity }
        elif a >= 0.0 then Interval.Rising(Rounded.power a, x)
        else Interval.Rising(Rounded.power a, { Low = x.High; High = x.Low })

    static member private Corners(a: Interval, b: Interval, down, up) : Interval =
        let each f =
            struct (f a.Low b.Low, f a.Low b.High, f a.High b.Low, f a.High b.High)

        let struct (p, q, r, s) = each down
        let struct (t, u, v, w) = each up

        { Low = min (min p q) (min r s); High = max (max t u) (max v w) }

    static member private Product(a: Interval, b: Interval) : Interval =
        Interval.Corners(a, b, Rounded.multiplyDown, Rounded.multiplyUp)

    /// 1/b where b reaches 0 from one side; all numbers where it lies around 0.
    static member private Reciprocal(b: Interval) : Interval =
        if b.Low = 0.0 && b.High > 0.0 then
            { Low = Rounded.divideDown 1.0 b.High; High = infinity }
        elif b.High = 0.0 && b.Low < 0.0 then
            { Low = -infinity; High = Rounded.divideUp 1.0 b.Low }
        else
            { Low = -infinity; High = infinity }

    static member private Quotient(a: Interval, b: Interval) : Interval =
        if b.Low > 0.0 || b.High < 0.0 then
            Interval.Corners(a, b, Rounded.divideDown, Rounded.divideUp)
        else
            Interval.Product(a, Interval.Reciprocal b)

    static member private Total(a: Interval, b: Interval) : Interval =
        { Low = Rounded.addDown a.Low b.Low; High = Rounded.addUp a.High b.High }

    static member private Less(a: Interval, b: Interval) : Interval =
        { Low = Rounded.addDown a.Low -b.High; High = Rounded.addUp a.High -b.Low }

    /// ln Σ exp xₖ of numbers: m + ln(1 + Σ exp(xₖ − m)) over the others, m the largest, as `Elementary` has it.
    static member private LogSumExpOf(xs: float[]) : Interval =
        let m = Array.max xs
        let largest = Array.findIndex ((=) m) xs
        let at x : Interval = { Low = x; High = x }

        let others =
            xs
            |> Array.removeAt largest
            |> Array.map (fun x -> Interval.Rising(Rounded.exp, Interval.Less(at x, at m)))
            |> Array.fold (fun a b -> Interval.Total(a, b)) (at 0.0)

        if Double.IsInfinity m then
            at m
        else
            Interval.Total(at m, Interval.Rising(Rounded.log1p, others))

    interface IScalar<Interval> with
        static member Of x = { Low = x; High = x }
        static member Add(a, b) = Interval.Total(a, b)
        static member Subtract(a, b) = Interval.Less(a, b)
        static member Multiply(a, b) = Interval.Product(a, b)
        static member Divide(a, b) = Interval.Quotient(a, b)
        static member Negate a = { Low = -a.High; High = -a.Low }
        static member Exp a = Interval.Rising(Rounded.exp, a)
        static member Log a = Interval.Rising(Rounded.log, a)
        static member Expm1 a = Interval.Rising(Rounded.expm1, a)
        static member Log1p a = Interval.Rising(Rounded.log1p, a)

        static member Power(x, a) = Interval.PowerOf(x, a)

        static member AtLeast(x, a) =
            { Low = max x.Low a; High = max x.High a }

        static member LogSumExp xs =
            if xs.Length = 0 then
                { Low = -infinity; High = -infinity }
            else
                { Low = (Interval.LogSumExpOf(Array.map _.Low xs)).Low
                  High = (Interval.LogSumExpOf(Array.map _.High xs)).High }

        static member Sum xs =
            Array.fold (fun a b -> Interval.Total(a, b)) { Low = 0.0; High = 0.0 } xs

        static member Detach a = a

        static member Order a =
            if a.Low = a.High then
                a.Low
            else
                invalidOp
                    $"[{a.Low}, {a.High}] has no place in an order: losses that sort can't be computed over intervals"

module Interval =
    /// The one number x.
    let point (x: float) : Interval = { Low = x; High = x }

    /// From low to high; ArgumentException where they are NaN or the wrong way round.
    let between (low: float) (high: float) : Interval =
        if low <= high then
            { Low = low; High = high }
        else
            invalidArg (nameof low) $"an interval needs low ≤ high, received {low} and {high}"

    let contains (x: float) (a: Interval) : bool = a.Low <= x && x <= a.High

    let within (outer: Interval) (a: Interval) : bool =
        outer.Low <= a.Low && a.High <= outer.High

    /// Whether no number is in both.
    let apart (a: Interval) (b: Interval) : bool = a.High < b.Low || b.High < a.Low

    /// The smallest interval around both.
    let hull (a: Interval) (b: Interval) : Interval =
        { Low = min a.Low b.Low; High = max a.High b.High }

    /// What is in both; for two enclosures of one number.
    let meet (a: Interval) (b: Interval) : Interval =
        { Low = max a.Low b.Low; High = min a.High b.High }

    /// A number inside: the middle, and of a wide interval the middle of the orders of magnitude.
    let middle (a: Interval) : float =
        if a.High - a.Low < 16.0 then
            a.Low + (a.High - a.Low) / 2.0
        else
            sinh (Math.Asinh a.Low / 2.0 + Math.Asinh a.High / 2.0)

    /// An enclosure of f over all numbers of `x`.
    let image (f: Scalar<Interval> -> Scalar<Interval>) (x: Interval) : Interval = (f { It = x }).It
