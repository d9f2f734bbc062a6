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

    static member private Apply(struct (f: float, f': float, _: float), x: Reverse) : Reverse = Reverse.Unary(f, f', x)

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
        static member Exp a = Reverse.Apply(Rule.exp a.Value, a)
        static member Log a = Reverse.Apply(Rule.log a.Value, a)
        static member Expm1 a = Reverse.Apply(Rule.expm1 a.Value, a)
        static member Log1p a = Reverse.Apply(Rule.log1p a.Value, a)
        static member Power(x, a) = Reverse.Apply(Rule.power a x.Value, x)

        static member AtLeast(x, a) =
            Reverse.Apply(Rule.atLeast a x.Value, x)

        static member LogSumExp xs =
            let values = Array.map (fun (x: Reverse) -> x.Value) xs
            let s = Elementary.logSumExp values
            Reverse.Nary(s, Array.map (fun x -> exp (x - s)) values, xs)

        static member Sum xs =
            Reverse.Nary(Array.sumBy _.Value xs, Array.create xs.Length 1.0, xs)

        static member Detach a = Reverse.Constant a.Value
        static member Order a = a.Value

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
