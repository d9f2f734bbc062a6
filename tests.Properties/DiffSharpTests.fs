/// DiffSharp as one more scalar: its reverse mode is an oracle for the gradients of every definition. Compiled with
/// -p:DiffSharpVersion=1.0.7, or -p:DiffSharpAssembly=PATH/DiffSharp.Core.dll with its reference backend beside it.
module PatFramework.Properties.DiffSharpTests

open DiffSharp
open NUnit.Framework
open PatFramework.Losses
open PatFramework.Properties.Comparison

/// A float64 tensor without dimensions.
[<Struct; NoEquality; NoComparison>]
type Number =
    { Tensor: Tensor }

    static member Of(x: float) : Number =
        { Tensor = dsharp.tensor (x, dtype = Dtype.Float64) }

    member x.Value = x.Tensor.primalDeep.toDouble ()

    /// Term by term: DiffSharp stacks no constants with variables.
    static member private Total(xs: Number[]) : Tensor =
        Array.fold (fun total (x: Number) -> total + x.Tensor) (Number.Of 0.0).Tensor xs

    /// exp(xₖ − m) with m the largest, a constant.
    static member private Shifted(xs: Number[]) : struct (float * Number[]) =
        let m = xs |> Array.map (fun (x: Number) -> x.Value) |> Array.fold max -infinity
        struct (m, xs |> Array.map (fun x -> { Tensor = (x.Tensor - m).exp() }))

    interface IScalar<Number> with
        static member Of x = Number.Of x
        static member Add(a, b) = { Tensor = a.Tensor + b.Tensor }
        static member Subtract(a, b) = { Tensor = a.Tensor - b.Tensor }
        static member Multiply(a, b) = { Tensor = a.Tensor * b.Tensor }
        static member Divide(a, b) = { Tensor = a.Tensor / b.Tensor }
        static member Negate a = { Tensor = -a.Tensor }
        static member Exp a = { Tensor = a.Tensor.exp () }
        static member Log a = { Tensor = a.Tensor.log () }

        /// 2 sinh(x/2) exp(x/2), which keeps its digits near 0.
        static member Expm1 a =
            let half = a.Tensor / 2.0
            { Tensor = 2.0 * half.sinh () * half.exp () }

        static member Log1p a = { Tensor = (1.0 + a.Tensor).log() }
        static member Power(x, a) = { Tensor = x.Tensor.pow (a :> scalar) }
        static member AtLeast(x, a) = if x.Value > a then x else Number.Of a

        static member Step(x, a) =
            Number.Of(if x.Value > a then 1.0 else 0.0)

        static member LogSumExp xs =
            let struct (m, shifted) = Number.Shifted xs
            { Tensor = (Number.Total shifted).log() + m }

        static member LogSoftmax(xs, y) =
            let struct (m, shifted) = Number.Shifted xs
            { Tensor = xs[y].Tensor - m - (Number.Total shifted).log() }

        static member Sum xs = { Tensor = Number.Total xs }

        static member Mean(xs, vs) =
            let struct (_, p) = Number.Shifted xs
            let terms = Array.map2 (fun (p: Number) (v: Number) -> { Tensor = p.Tensor * v.Tensor }) p vs
            { Tensor = Number.Total terms / Number.Total p }

        static member Detach a = { Tensor = a.Tensor.noDiff () }

        static member Descending(keys, f) =
            f (Elementary.descending (keys |> Array.map (fun (x: Number) -> x.Value)))

let private gradient definition (batch: LogitBatch) : struct (float * float[]) =
    let over (z: Tensor) =
        let logits = Array.init batch.Logits.Length (fun j -> { It = { Tensor = z[j] } })
        (Definition.over definition batch.Shape batch.Labels logits).It.Tensor

    let value, gradient = dsharp.fgrad over (dsharp.tensor (batch.Logits, dtype = Dtype.Float64))
    struct (value.toDouble (), gradient.toArray () :?> float[])

/// Up to 24 logits: each operation on a tensor costs microseconds.
let private small (batch: LogitBatch) =
    Generators.crop
        batch
        { Images = 1
          Classes = min 4 batch.Shape.Classes
          Height = min 2 batch.Shape.Height
          Width = min 3 batch.Shape.Width }

let losses = Members.All @ [ "0.5*ce + 0.5*dice" ]

[<TestCaseSource(nameof losses)>]
let ``DiffSharp has the same value and gradient`` (spelling: string) =
    dsharp.config (dtype = Dtype.Float64, backend = Backend.Reference)
    let definition = (Members.parse spelling).Definition

    Check.cases 50 (Generators.both Generators.ordinaryBatches Generators.reductions) (fun (batch, reduction) ->
        let batch = small batch
        let given = Generators.told [| 0 .. batch.Shape.Classes - 1 |] batch.Shape
        let definition = Members.Told(Members.Under(definition, reduction), given)
        let struct (l, g) = Definition.valueAndGradient definition batch
        let struct (l', g') = gradient definition batch
        let scale = Members.Scale(definition, batch)
        equalAt float64 scale "value" l l'
        eachWithin float64 (Array.create g.Length scale) "gradient" g g')
