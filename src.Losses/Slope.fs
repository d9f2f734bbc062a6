namespace PatFramework.Losses

/// Forward mode over intervals: encloses a value and its first derivative wherever the variable is in its interval.
[<Struct>]
type Slope =
    { Value: Interval
      First: Interval }

    static member private Plus(a: Interval, b: Interval) : Interval =
        (({ It = a }: Scalar<Interval>) + { It = b }).It

    static member private Times(a: Interval, b: Interval) : Interval =
        (({ It = a }: Scalar<Interval>) * { It = b }).It

    static member private Less(a: Interval, b: Interval) : Interval =
        (({ It = a }: Scalar<Interval>) - { It = b }).It

    static member private Over(a: Interval, b: Interval) : Interval =
        (({ It = a }: Scalar<Interval>) / { It = b }).It

    static member private Map (f: Scalar<Interval> -> Scalar<Interval>) (a: Slope) (f': Interval) : Slope =
        { Value = Interval.image f a.Value; First = Slope.Times(f', a.First) }

    static member private Product(a: Slope, b: Slope) : Slope =
        { Value = Slope.Times(a.Value, b.Value)
          First = Slope.Plus(Slope.Times(a.First, b.Value), Slope.Times(a.Value, b.First)) }

    static member private Reciprocal(a: Slope) : Slope =
        let r = Slope.Over(Interval.point 1.0, a.Value)

        { Value = r
          First = Slope.Times(Slope.Times(Interval.point -1.0, Slope.Times(r, r)), a.First) }

    /// a xᵃ⁻¹, for a < 1 of no x below 1e-12, as floats have it.
    static member private PowerSlope(x: Interval, a: float) : Interval =
        let base' (x: Scalar<Interval>) =
            if a < 1.0 then Scalar.atLeast 1e-12 x else x

        Interval.image (fun x -> a * Scalar.power (a - 1.0) (base' x)) x

    /// 0 below a and 1 above.
    static member private StepAt(x: Interval, a: float) : Interval =
        { Low = (if x.Low > a then 1.0 else 0.0)
          High = (if x.High > a then 1.0 else 0.0) }

    /// pₖ = exp(xₖ − ln Σ exp x) rises in xₖ and falls in every other: its ends are at corners of the box.
    static member private Share (xs: Slope[]) (k: int) : Interval =
        let corner (own: Interval -> float) (other: Interval -> float) =
            xs
            |> Array.mapi (fun j x -> if j = k then Interval.point 0.0 else Interval.point (other x.Value))
            |> Array.mapi (fun j x -> if j = k then x else Slope.Less(x, Interval.point (own xs[k].Value)))
            |> Array.map (fun x -> ({ It = x }: Scalar<Interval>))
            |> fun differences -> (exp (-(Scalar.logSumExp differences))).It

        { Low = (corner _.Low _.High).Low; High = (corner _.High _.Low).High }

    /// (ln Σ exp x)' = Σ p x', a mean of the x' and so between the least and the greatest of them.
    static member private MeanSlope(xs: Slope[]) : Interval =
        let firsts = Array.map (fun (x: Slope) -> x.First) xs

        firsts
        |> Array.mapi (fun k x' -> Slope.Times(Slope.Share xs k, x'))
        |> Array.fold (fun a b -> Slope.Plus(a, b)) (Interval.point 0.0)
        |> Interval.meet (Array.reduce Interval.hull firsts)

    interface IScalar<Slope> with
        static member Of x =
            { Value = Interval.point x; First = Interval.point 0.0 }

        static member Add(a, b) =
            { Value = Slope.Plus(a.Value, b.Value); First = Slope.Plus(a.First, b.First) }

        static member Subtract(a, b) =
            { Value = Slope.Less(a.Value, b.Value); First = Slope.Less(a.First, b.First) }

        static member Multiply(a, b) = Slope.Product(a, b)
        static member Divide(a, b) = Slope.Product(a, Slope.Reciprocal b)

        static member Negate a =
            { Value = Slope.Less(Interval.point 0.0, a.Value)
              First = Slope.Less(Interval.point 0.0, a.First) }

        static member Exp a =
            Slope.Map exp a (Interval.image exp a.Value)

        static member Log a =
            Slope.Map log a (Slope.Over(Interval.point 1.0, a.Value))

        static member Expm1 a =
            Slope.Map Scalar.expm1 a (Interval.image exp a.Value)

        static member Log1p a =
            Slope.Map Scalar.log1p a (Slope.Over(Interval.point 1.0, Slope.Plus(Interval.point 1.0, a.Value)))

        static member Power(x, a) =
            Slope.Map (Scalar.power a) x (Slope.PowerSlope(x.Value, a))

        static member AtLeast(x, a) =
            Slope.Map (Scalar.atLeast a) x (Slope.StepAt(x.Value, a))

        static member LogSumExp xs =
            { Value = (Scalar.logSumExp (Array.map (fun (x: Slope) -> { It = x.Value }) xs)).It
              First = if xs.Length = 0 then Interval.point 0.0 else Slope.MeanSlope xs }

        static member Sum xs =
            { Value = xs |> Array.fold (fun a x -> Slope.Plus(a, x.Value)) (Interval.point 0.0)
              First = xs |> Array.fold (fun a x -> Slope.Plus(a, x.First)) (Interval.point 0.0) }

        static member Detach a =
            { Value = a.Value; First = Interval.point 0.0 }

        static member Order a =
            Scalar.order ({ It = a.Value }: Scalar<Interval>)

module Slope =
    /// x as the variable to differentiate by.
    let variable (x: Interval) : Slope =
        { Value = x; First = Interval.point 1.0 }

    /// Encloses f(x) and f'(x) for every x of the interval.
    let derivative (f: Scalar<Slope> -> Scalar<Slope>) (x: Interval) : Slope = (f { It = variable x }).It
