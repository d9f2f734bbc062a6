/// Segments pasted from image to image: exactly those, and as often as their rarity says.
module PatFramework.Properties.DataPasting

open NUnit.Framework
open TorchSharp
open PatFramework.Core.Data
open PatFramework.Properties.DataAugmentation
open PatFramework.Properties.DataSamples

[<Test>]
let ``pasting with probability 0 changes nothing, with 1 it brings exactly one class's pixels, image and label`` () =
    use scope = torch.NewDisposeScope()
    let images, labels = batch 5 (ImageSize(7, 8))
    let normal = Augmentation.Normalize images
    let priors = Array.init 12 (fun c -> float (c + 1) / 78.0)
    let struct (same, kept) = CopyPaste.Apply(normal, labels, 0.0, priors, random 1)
    Assert.That(ids kept, equalTo (ids labels))
    Assert.That(same.Equals normal)
    let struct (pasted, moved) = CopyPaste.Apply(normal, labels, 1.0, priors, random 1)
    let before, after = ids labels |> Array.chunkBySize 56, ids moved |> Array.chunkBySize 56

    for level, label in Array.zip (red pasted) (ids moved) do
        Expect.near 1e-3 (10.0 * float label) (float level)

    let others = Array.init 5 (fun image -> [| 0..4 |] |> Array.filter ((<>) image))

    for image in 0..4 do
        let fits =
            [ for source in others[image] do
                  for c in 0L .. 11L do
                      let expected =
                          Array.map2 (fun own other -> if other = c then other else own) before[image] before[source]

                      if Array.contains c before[source] && expected = after[image] then
                          source, c ]

        Expect.isTrue $"image {image} is one of another's classes over itself" (not fits.IsEmpty)

[<Test>]
let ``rare classes are pasted in proportion to 1 over their share`` () =
    use scope = torch.NewDisposeScope()
    // Two images that show classes 0, 1 and 2 alike; the shares say how often each is taken.
    let labels = torch.tensor ([| 0L; 1L; 2L; 0L; 1L; 2L |], [| 2L; 1L; 3L |])
    let images = torch.zeros ([| 2L; 3L; 1L; 3L |])
    images.select(0, 0).fill_((1.0).ToScalar()) |> ignore
    let priors = [| 0.5; 0.25; 0.05 |]
    let draws = random 7
    let taken = Array.zeroCreate 3

    for _ in 1..4000 do
        use inner = torch.NewDisposeScope()
        let struct (pasted, _) = CopyPaste.Apply(images, labels, 1.0, priors, draws)
        // Image 1 was 0 everywhere: what is 1 now came with the class at its place.
        let row = levels (pasted.select(0, 1).select(0, 0))
        taken[Array.findIndex ((=) 1.0) row] <- taken[Array.findIndex ((=) 1.0) row] + 1

    let weights = priors |> Array.map (fun share -> 1.0 / share)

    for c in 0..2 do
        let p = weights[c] / Array.sum weights
        Expect.near (4.5 * sqrt (p * (1.0 - p) / 4000.0)) p (float taken[c] / 4000.0)

[<Test>]
let ``an ignored pixel is never pasted, and an alone image stays as it is`` () =
    use scope = torch.NewDisposeScope()
    let labels = torch.full ([| 2L; 2L; 3L |], (255).ToScalar(), torch.ScalarType.Int64)
    let images = torch.randn ([| 2L; 3L; 2L; 3L |])
    let struct (pasted, moved) = CopyPaste.Apply(images, labels, 1.0, [| 0.5; 0.5 |], random 2)
    Assert.That(pasted.Equals images)
    Assert.That(ids moved, Is.All.EqualTo 255L)
    let alone, its = batch 1 (ImageSize(3, 4))
    let struct (_, kept) = CopyPaste.Apply(Augmentation.Normalize alone, its, 1.0, [| 1.0 |], random 2)
    Assert.That(ids kept, equalTo (ids its))
