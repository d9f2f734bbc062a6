// Design your own curve: write a weight, see it, and have what you believe about it proved or refuted.
// Run after ./build.sh Build, from anywhere, without libtorch: dotnet fsi explore/design.fsx
#load "printers.fsx"

open PatFramework.Losses

// Gaussian confidence, w = exp(−a (1 − p)²), from l = ln p: 1 − p = −expm1(l) keeps its digits near p = 1.
// It is generic over the scalar, so that one text is evaluated, differentiated and bounded.
let gaussian (a: float) =
    { new PixelCurve with
        member _.Weight l =
            let q = Scalar.expm1 l
            exp (-a * q * q) }

let own = Curve.along (gaussian 2.0)

let pat p =
    Curve.at (ce |> weighted (exponentialConfidence 2.0)) p

printfn "%s\n" (Printers.curve [ for p in [ 0.01; 0.1; 0.25; 0.5; 0.75; 0.9; 1.0 ] -> own p ])

printfn
    "%s\n"
    (Printers.plot "Weight w(p)" [ "own", (fun p -> (own p).Weight); "pat, T = 2", (fun p -> (pat p).Weight) ])

printfn
    "%s\n"
    (Printers.plot
        "Gain −p f'(p), cross-entropy = 1"
        [ "own", (fun p -> (own p).Gain); "pat, T = 2", (fun p -> (pat p).Gain) ])

// What every pixel-wise loss is asked, and what we believe.
let everywhere quantity least most says =
    { Says = says
      Claim = Claim.OverProbabilities(quantity, least, most, 0.0, 1.0) }

let statements =
    [ Statements.confidentPixelsKeepWeight
      Statements.noExplosion
      everywhere Quantity.Saving 0.0 infinity "the loss is at most cross-entropy"
      everywhere Quantity.Gain 0.0 infinity "the loss never rises with p"
      everywhere Quantity.Weight 0.1 infinity "no pixel weighs less than a tenth" ]

// With a = 2 the loss rises with p somewhere, so that training would push a pixel away from its label; with a = 1 it
// does not. A plot with its few hundred points need not have shown it.
for a in [ 2.0; 1.0 ] do
    printfn "a = %g" a

    for statement in statements do
        printfn "  %s" (Printers.verdict statement (Prover.settleCurve 100_000 (gaussian a) statement))
