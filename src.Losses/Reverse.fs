namespace PatFramework.Losses

/// What a computation did, in order: each node with the nodes it came from and its partial derivatives by them.
[<Sealed>]
type Tape() =
    let parents = ResizeArray<int>()
    let partials = ResizeArray<float>()
    let firsts = ResizeArray<int>()

    /// Adds a node without parents.
    member internal _.Add() : int =
        firsts.Add parents.Count
        firsts.Count - 1

    /// Adds to the newest node a parent and the derivative by it; constants (−1) are no parents.
    member internal _.Link(parent: int, partial: float) : unit =
        if parent >= 0 then
            parents.Add parent
            partials.Add partial

    /// ∂output/∂node for every node, in one sweep from the last to the first.
    member internal _.Sweep(output: int) : float[] =
        let adjoint = Array.zeroCreate<float> firsts.Count
        adjoint[output] <- 1.0

        for node in output .. -1 .. 0 do
            let last = if node + 1 < firsts.Count then firsts[node + 1] else parents.Count

            if adjoint[node] <> 0.0 then
                for edge in firsts[node] .. last - 1 do
                    adjoint[parents[edge]] <- adjoint[parents[edge]] + partials[edge] * adjoint[node]

        adjoint

/// Reverse mode: a value and its node on the tape; constants have none (−1).
[<Struct; NoEquality; NoComparison>]
type Reverse =
    { Value: float
      Node: int
      Tape: Tape voption }

    static member private Constant(x: float) : Reverse =
        { Value = x; Node = -1; Tape = ValueNone }

    static member private Unary(f: float, f': float, x: Reverse) : Reverse =
        match x.Tape with
        | ValueNone -> Reverse.Constant f
        | ValueSome tape ->
            let node = tape.Add()
            tape.Link(x.Node, f')

            { Value = f; Node = node; Tape = x.Tape }

    /// The rules are those of forward mode.
    static member private Apply(f: Scalar<Forward<Real>> -> Scalar<Forward<Real>>, x: Reverse) : Reverse =
        let y = Forward.derivative f { It = { Real.Value = x.Value } }
        Reverse.Unary(y.Value.It.Value, y.First.It.Value, x)

    /// f(a, b) with ∂f/∂a and ∂f/∂b.
    static member private Binary(f: float, byA: float, byB: float, a: Reverse, b: Reverse) : Reverse =
        match a.Tape, b.Tape with
        | _, ValueNone -> Reverse.Unary(f, byA, a)
        | ValueNone, _ -> Reverse.Unary(f, byB, b)
        | ValueSome tape, _ ->
            let node = tape.Add()
            tape.Link(a.Node, byA)
            tape.Link(b.Node, byB)

            { Value = f; Node = node; Tape = a.Tape }

    /// f(x₁ … xₙ) with ∂f/∂xₖ for each k.
    static member private Nary(f: float, by: float[], xs: Reverse[]) : Reverse =
        let mutable tape = ValueNone

        for x in xs do
            if tape.IsNone then
                tape <- x.Tape

        match tape with
        | ValueNone -> Reverse.Constant f
        | ValueSome recording ->
            let node = recording.Add()

            for k in 0 .. xs.Length - 1 do
                recording.Link(xs[k].Node, by[k])

            { Value = f; Node = node; Tape = tape }

    interface IScalar<Reverse> with
        static member Of x = Reverse.Constant x

        static member Add(a, b) =
            Reverse.Binary(a.Value + b.Value, 1.0, 1.0, a, b)

        static member Subtract(a, b) =
            Reverse.Binary(a.Value - b.Value, 1.0, -1.0, a, b)

        static member Multiply(a, b) =
            Reverse.Binary(a.Value * b.Value, b.Value, a.Value, a, b)

        static member Divide(a, b) =
            Reverse.Binary(a.Value / b.Value, 1.0 / b.Value, -a.Value / (b.Value * b.Value), a, b)

        static member Negate a = Reverse.Unary(-a.Value, -1.0, a)
        static member Exp a = Reverse.Apply(exp, a)
        static member Log a = Reverse.Apply(log, a)
        static member Expm1 a = Reverse.Apply(Scalar.expm1, a)
        static member Log1p a = Reverse.Apply(Scalar.log1p, a)
        static member Power(x, a) = Reverse.Apply(Scalar.power a, x)
        static member AtLeast(x, a) = Reverse.Apply(Scalar.atLeast a, x)

        static member Step(x, a) =
            Reverse.Constant(if x.Value > a then 1.0 else 0.0)

        static member LogSumExp xs =
            let values = Array.map (fun (x: Reverse) -> x.Value) xs
            Reverse.Nary(Elementary.logSumExp values, Elementary.softmax values, xs)

        /// By x_y it is Σ pₖ over the others, which does not cancel where p_y is near 1.
        static member LogSoftmax(xs, y) =
            let values = Array.map (fun (x: Reverse) -> x.Value) xs
            let p = Elementary.softmax values
            let others = Array.sum (Array.removeAt y p)
            let by = p |> Array.mapi (fun k p_k -> if k = y then others else -p_k)
            Reverse.Nary(Elementary.logSoftmax values y, by, xs)

        static member Sum xs =
            Reverse.Nary(Array.sumBy _.Value xs, Array.create xs.Length 1.0, xs)

        static member Detach a = Reverse.Constant a.Value

        static member Mean(xs, vs) =
            let values = Array.map (fun (x: Reverse) -> x.Value)
            let p, v = Elementary.softmax (values xs), values vs
            let mean = Elementary.mean (values xs) v
            Reverse.Nary(mean, Array.append (Array.map2 (fun p v -> p * (v - mean)) p v) p, Array.append xs vs)

        static member Descending(keys, f) =
            f (Elementary.descending (Array.map _.Value keys))

module Reverse =
    let private adjoint (output: Reverse) (count: int) =
        match output.Tape with
        | ValueSome tape -> Array.truncate count (tape.Sweep output.Node)
        | ValueNone -> Array.zeroCreate count

    /// f(x) and ∂f/∂x for all x in one sweep; costs a small multiple of f.
    let gradient (f: Scalar<Reverse>[] -> Scalar<Reverse>) (x: float[]) : struct (float * float[]) =
        let tape = Tape()

        let variable value : Scalar<Reverse> =
            { It = { Value = value; Node = tape.Add(); Tape = ValueSome tape } }

        let output = (f (Array.map variable x)).It
        struct (output.Value, adjoint output x.Length)
