/// Runs a property over generated cases. One seed and the test's name drive them, so that tests meet different cases;
/// PAT_SEED=SEED replays a run, PAT_CASES=N changes the number of cases of every property.
module PatFramework.Properties.Check

open System
open FsCheck
open FsCheck.FSharp
open NUnit.Framework

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

/// Cases of a property that compares kernels with definitions. The catalogue times the kernels times the number types make
/// hundreds of such properties: together they are to take a minute.
let contractCases = variable "PAT_CASES" |> Option.map int |> Option.defaultValue 200

/// The seed of the test at hand: FNV-1a of its name, begun with the run's seed.
let private seedOfTest () =
    TestContext.CurrentContext.Test.FullName
    |> Seq.fold (fun hash letter -> (hash ^^^ uint64 letter) * 1099511628211UL) (14695981039346656037UL ^^^ seed)

let private config cases =
    Config.QuickThrowOnFailure
        .WithMaxTest(cases)
        .WithEndSize(60)
        .WithQuietOnSuccess(true)
        .WithReplay(Some { Rnd = Rnd(seedOfTest ()); Size = None })

/// Checks that `property` does not throw for `cases` values; a failure shows the smallest value found and the seed.
let cases (count: int) (values: Arbitrary<'a>) (property: 'a -> unit) : unit =
    try
        Check.One(config count, Prop.forAll values property)
    with error ->
        raise (AssertionException($"PAT_SEED={seed} replays this.\n{error.Message}", error))

/// `cases` as many as definitions get.
let definition (values: Arbitrary<'a>) (property: 'a -> unit) : unit = cases definitionCases values property

/// `cases` as many as kernels get.
let kernel (values: Arbitrary<'a>) (property: 'a -> unit) : unit = cases kernelCases values property

/// `cases` as many as comparisons of kernels with definitions get.
let contract (values: Arbitrary<'a>) (property: 'a -> unit) : unit = cases contractCases values property

/// A tenth of them, for what hardly depends on the batch.
let fewContract (values: Arbitrary<'a>) (property: 'a -> unit) : unit =
    cases (max 5 (contractCases / 10)) values property

/// A fiftieth of them, for batches of hundreds of pixels.
let largeContract (values: Arbitrary<'a>) (property: 'a -> unit) : unit =
    cases (max 2 (contractCases / 50)) values property
