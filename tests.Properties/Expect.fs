/// Assertions that F# can call without overloads to choose from.
module PatFramework.Properties.Expect

open System
open NUnit.Framework
open PatFramework.Core

/// The sentence with which something is refused.
let refusal (action: unit -> unit) : string =
    try
        action ()
        raise (AssertionException "nothing was refused")
    with :? PatException as refused ->
        refused.Message

let isTrue (what: string) (condition: bool) : unit = Assert.That(condition, Is.True, what)

let near (tolerance: float) (expected: float) (actual: float) : unit =
    Assert.That(actual :> obj, Is.EqualTo(expected :> obj).Within(tolerance :> obj))

let below (bound: float) (actual: float) : unit =
    Assert.That(actual < bound, Is.True, $"expected less than {bound}, received {actual}")

/// Equal element by element, in order.
let sameItems (expected: 'a seq) (actual: 'a seq) : unit =
    Assert.That(Array.ofSeq actual :> obj, Is.EqualTo(Array.ofSeq expected :> obj))

/// Equal.
let same (expected: 'a) (actual: 'a) : unit =
    Assert.That(actual :> obj, Is.EqualTo(expected :> obj))

let contains (part: string) (text: string) : unit =
    Assert.That(text :> obj, Does.Contain part)

let startsWith (start: string) (text: string) : unit =
    Assert.That(text :> obj, Does.StartWith start)

let isNaN (value: float) : unit =
    Assert.That(Double.IsNaN value, Is.True, $"expected NaN, received {value}")
