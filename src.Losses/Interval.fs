namespace PatFramework.Losses

open System

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

    static member private At(x: float) : Interval = { Low = x; High = x }

    /// m, the largest of numbers, and ln(1 + Σ exp(xₖ − m)) over the others, as `Elementary` has it.
    static member private Beside(xs: float[]) : struct (Interval * Interval) =
        let m = Array.max xs
        let largest = Array.findIndex ((=) m) xs

        let others =
            xs
            |> Array.removeAt largest
            |> Array.map (fun x -> Interval.Rising(Rounded.exp, Interval.Less(Interval.At x, Interval.At m)))
            |> Array.fold (fun a b -> Interval.Total(a, b)) (Interval.At 0.0)

        struct (Interval.At m, Interval.Rising(Rounded.log1p, others))

    /// ln Σ exp xₖ of numbers.
    static member private LogSumExpAt(xs: float[]) : Interval =
        let struct (m, rest) = Interval.Beside xs
        if Double.IsInfinity m.Low then m else Interval.Total(m, rest)

    /// ln p_y of numbers; anything where the largest is infinite.
    static member private LogSoftmaxAt(xs: float[], y: int) : Interval =
        let struct (m, rest) = Interval.Beside xs

        if Double.IsInfinity m.Low then
            { Low = -infinity; High = 0.0 }
        else
            let loss = Interval.Total(Interval.Less(m, Interval.At xs[y]), rest)
            { Low = -loss.High; High = -loss.Low }

    /// It rises in x_y and falls in every other: its ends are at corners of the box.
    static member private LogSoftmaxOf(xs: Interval[], y: int) : Interval =
        let corner (own: Interval -> float) (other: Interval -> float) =
            Interval.LogSoftmaxAt(xs |> Array.mapi (fun k x -> if k = y then own x else other x), y)

        { Low = (corner _.Low _.High).Low; High = (corner _.High _.Low).High }

    static member private LogSumExpOf(xs: Interval[]) : Interval =
        if xs.Length = 0 then
            { Low = -infinity; High = -infinity }
        else
            { Low = (Interval.LogSumExpAt(Array.map _.Low xs)).Low
              High = (Interval.LogSumExpAt(Array.map _.High xs)).High }

    static member private Hull(a: Interval, b: Interval) : Interval =
        { Low = min a.Low b.Low; High = max a.High b.High }

    /// pₖ of softmax x.
    static member private Share (x: Interval[]) (k: int) : Interval =
        Interval.Rising(Rounded.exp, Interval.LogSoftmaxOf(x, k))

    /// Σ p v lies between the least and the greatest of the v, too.
    static member private MeanOf(x: Interval[], v: Interval[]) : Interval =
        if x.Length = 0 then
            { Low = 0.0; High = 0.0 }
        else
            let terms = Array.mapi (fun k v_k -> Interval.Product(Interval.Share x k, v_k)) v

            let sum, around =
                Array.reduce (fun a b -> Interval.Total(a, b)) terms, Array.reduce (fun a b -> Interval.Hull(a, b)) v

            { Low = max sum.Low around.Low; High = min sum.High around.High }

    /// The orders, largest first, in which numbers of the intervals may stand.
    static member private Orders(x: Interval[], left: int list) : int list list =
        let mayBeFirst k =
            left |> List.forall (fun other -> x[k].High >= x[other].Low)

        if left.IsEmpty then
            [ [] ]
        else
            [ for first in List.filter mayBeFirst left do
                  for rest in Interval.Orders(x, List.except [ first ] left) -> first :: rest ]

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

        static member LogSumExp xs = Interval.LogSumExpOf xs

        static member LogSoftmax(xs, y) = Interval.LogSoftmaxOf(xs, y)

        static member Sum xs =
            Array.fold (fun a b -> Interval.Total(a, b)) { Low = 0.0; High = 0.0 } xs

        static member Detach a = a

        /// Where x may lie on either side of a, anything from 0 to 1.
        static member Step(x, a) =
            { Low = (if x.Low > a then 1.0 else 0.0)
              High = (if x.High > a then 1.0 else 0.0) }

        static member Mean(x, v) = Interval.MeanOf(x, v)

        static member Descending(keys, f) =
            if keys.Length > 7 then
                invalidOp
                    $"{keys.Length} intervals can stand in too many orders: bound a loss that sorts over 7 pixels or fewer"

            Interval.Orders(keys, [ 0 .. keys.Length - 1 ])
            |> List.map (Array.ofList >> f)
            |> List.reduce (fun a b -> Interval.Hull(a, b))

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

    /// A number inside: the middle, and of a wide interval the middle of the orders of magnitude.
    let middle (a: Interval) : float =
        if a.High - a.Low < 16.0 then
            a.Low + (a.High - a.Low) / 2.0
        else
            sinh (Math.Asinh a.Low / 2.0 + Math.Asinh a.High / 2.0)

    /// An enclosure of f over all numbers of `x`.
    let image (f: Scalar<Interval> -> Scalar<Interval>) (x: Interval) : Interval = (f { It = x }).It

/// Forward mode over intervals.
module Slope =
    /// Encloses f'(x) for every x of the interval.
    let derivative (f: Scalar<Forward<Interval>> -> Scalar<Forward<Interval>>) (x: Interval) : Interval =
        (Forward.derivative f { It = x }).First.It
