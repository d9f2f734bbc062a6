/// Runs a property over generated cases. One seed drives the whole run; PAT_SEED=SEED replays it, PAT_CASES=N changes
/// the number of cases of every property.
module PatFramework.Properties.Check

open System
open FsCheck
open FsCheck.FSharp

let private variable (name: string) =
    match Environment.GetEnvironmentVariable name with
    | null
    | "" -> None
    | text -> Some text

/// The seed of this run.
let seed: uint64 =
    match variable "PAT_SEED" with
    | Some text -> UInt64.Parse text
    | None -> uint64 (Random.Shared.NextInt64())

/// Cases of a property about definitions.
let definitionCases = variable "PAT_CASES" |> Option.map int |> Option.defaultValue 1000

/// Cases of a property about kernels, which call libtorch.
let kernelCases = variable "PAT_CASES" |> Option.map int |> Option.defaultValue 500

let private config cases =
    Config.QuickThrowOnFailure
        .WithMaxTest(cases)
        .WithEndSize(60)
        .WithQuietOnSuccess(true)
        .WithReplay(Some { Rnd = Rnd seed; Size = None })

/// Checks that `property` does not throw for `cases` values; a failure shows the smallest value found and the seed.
let cases (count: int) (values: Arbitrary<'a>) (property: 'a -> unit) : unit =
    try
        Check.One(config count, Prop.forAll values property)
    with error ->
        raise (NUnit.Framework.AssertionException($"PAT_SEED={seed} replays this.\n{error.Message}", error))

/// `cases` as many as definitions get.
let definition (values: Arbitrary<'a>) (property: 'a -> unit) : unit = cases definitionCases values property

/// `cases` as many as kernels get.
let kernel (values: Arbitrary<'a>) (property: 'a -> unit) : unit = cases kernelCases values property
