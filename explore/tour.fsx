// A tour of src.Losses: compose a loss, evaluate it, differentiate it, draw its curve, prove what it promises.
// Run after ./build.sh Build, from anywhere, without libtorch: dotnet fsi explore/tour.fsx
#load "printers.fsx"

open PatFramework.Losses

// A loss is a composition. This is PAT (Do et al., arXiv 2404.05393), and `pat:temperature=20` is its spelling.
let pat T =
    ce |> weighted (exponentialConfidence T) |> reducedBy meanOverMasks

printfn "The catalogue:"

for entry in Catalogue.entries do
    printfn "  %-16s %s\n                   %s" entry.Name entry.Summary entry.Source

match Catalogue.parse "pat:temperature=20" with
| Ok loss ->
    printfn "\n%s is what we composed: %b" (Catalogue.print loss) (loss.Definition = LossDefinition.Softmax(pat 20.0))
| Error sentence -> printfn "%s" sentence

// A wrong spelling says what to write.
for text in [ "pta:temperature=20"; "pat:temprature=20"; "pat:temperature=0.2" ] do
    match Catalogue.parse text with
    | Ok loss -> printfn "%A" loss
    | Error sentence -> printfn "  %s" sentence

// One pixel with logits z and label 2 (losses.md 9.1): the loss and its exact gradient, by reverse mode.
let pixel =
    { Shape = { Images = 1; Classes = 4; Height = 1; Width = 1 }
      Logits = [| 2.0; -1.0; 0.5; 0.0 |]
      Labels = [| 2L |] }

printfn "\nOne pixel, z = (2, −1, ½, 0), y = 2"

for name, loss in [ "ce", ce; "pat, T = 20", pat 20.0; "pat, T = 2", pat 2.0 ] do
    let struct (l, g) = Definition.valueAndGradient (LossDefinition.Softmax loss) pixel
    let gradient = g |> Array.map (sprintf "% .6f") |> String.concat " "
    printfn "  %-12s L = %.6f   dL/dz = %s" name l gradient

// Ten ways from pixels to a number: a road of eleven pixels with one pixel of pole that is mistaken for road.
let street =
    { Shape = { Images = 1; Classes = 2; Height = 1; Width = 12 }
      Logits = Array.append (Array.create 12 2.0) (Array.create 12 -2.0)
      Labels = Array.append (Array.create 11 0L) [| 1L |] }

printfn "\nEleven pixels of road, one of pole taken for road: cross-entropy under every reduction"

for name, reduction in Catalogue.reductions do
    let loss = ce |> reducedBy reduction
    printfn "  %-18s %.4f" name (Definition.value (LossDefinition.Softmax loss) street)

// Loss, weight and gain over the label's probability; the gain is what multiplies p − one-hot in the gradient.
printfn "\n   p     CE      PAT₂   w     G       PAT₅   w     G"

for p in [ 0.001; 0.01; 0.1; 0.5; 0.9; 0.99; 1.0 ] do
    let c, two, five = Curve.at ce p, Curve.at (pat 2.0) p, Curve.at (pat 5.0) p

    printfn
        "  %5.3f  %6.3f  %6.3f %.3f %.3f   %6.3f %.3f %.3f"
        p
        c.Loss
        two.Loss
        two.Weight
        two.Gain
        five.Loss
        five.Weight
        five.Gain

// Drawn in letters; `pat loss curve ce pat:temperature=2 --out curves.svg` draws as one would publish.
let gain loss p = (Curve.at loss p).Gain

printfn
    "\n%s"
    (Printers.plot
        "Gain −p f'(p), cross-entropy = 1"
        [ "ce", gain ce; "pat, T = 2", gain (pat 2.0); "focal, γ = 2", gain (ce |> weighted (focal 2.0)) ])

// A definition is generic over the scalar, so a curve of your own is differentiated as exactly: Gaussian confidence.
let own (p: Scalar<'T>) =
    exp (-2.0 * (1.0 - p) * (1.0 - p)) * -log p

let half = Dual.derivatives own 0.5
printfn "\nA curve of your own at p = ½: f = %.6f, f' = %.6f, f'' = %.6f" half.Value half.First half.Second

// Statements are settled for all numbers, not for samples: each is proved, or refuted with a point where it fails.
for name, loss in [ "pat, T = 2", pat 2.0; "focal, γ = 2", ce |> weighted (focal 2.0) ] do
    printfn "\nWhat holds of %s:" name

    for statement, verdict in Prover.prove Prover.defaults (LossDefinition.Softmax loss) do
        printfn "  %s" (Printers.verdict statement verdict)
