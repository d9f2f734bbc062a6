// A tour of src.Losses: compose a loss, evaluate it, differentiate it, see its curve.
// Run after ./build.sh Build, from anywhere, without libtorch: dotnet fsi explore/tour.fsx
#r "../src.Losses/bin/Release/net10.0/PatFramework.Losses.dll"

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

// The PAT rows of the paper's Table 1, rounded half up.
let table1 T =
    [ for k in 2..9 -> (Curve.at (pat T) (float k / 10.0)).Loss ]
    |> List.map (fun loss -> sprintf "%.2f" (floor (100.0 * loss + 0.5) / 100.0))
    |> String.concat "  "

printfn "\nTable 1    p   .2    .3    .4    .5    .6    .7    .8    .9"
printfn "  PAT, T = 2   %s" (table1 2.0)
printfn "  PAT, T = 5   %s" (table1 5.0)

// A definition is generic over the scalar, so a curve of your own is differentiated as exactly: Gaussian confidence.
let own (p: Scalar<'T>) =
    exp (-2.0 * (1.0 - p) * (1.0 - p)) * -log p

let half = Dual.derivatives own 0.5
printfn "\nA curve of your own at p = ½: f = %.6f, f' = %.6f, f'' = %.6f" half.Value half.First half.Second
