/// What is special to each architecture: parameter counts against their sources, names, closed forms.
module PatFramework.Properties.ArchitectureTests

open NUnit.Framework
open TorchSharp
open PatFramework.Core.Models
open PatFramework.Core.Models.SegNet
open PatFramework.Properties.Comparison

let private count (model: SegmentationModel) =
    model.parameters () |> Seq.sumBy (fun p -> p.numel ())

/// Spelling, classes, the source's count, and what of it is left out here: biases that batch normalisation cancels.
let private published: obj[] list =
    [ // mateuszbuda/brain-segmentation-pytorch: UNet(3, 1, 32).
      [| "unet"; 1; 7_763_041L; 0L |]
      // LeeJunHyun/Image_Segmentation: AttU_Net(3, 1).
      [| "attunet:width=64"; 1; 34_878_573L; 7_812L |]
      // 4uiiurz1/pytorch-nested-unet: NestedUNet(1, 3), and with deep supervision.
      [| "unetpp"; 1; 9_163_329L; 3_648L |]
      [| "unetpp:deepSupervision=true"; 1; 9_163_428L; 3_648L |]
      // torchvision: deeplabv3_resnet50 and _resnet101 as published for COCO (auxiliary head, 21 classes), and without.
      [| "deeplabv3:encoder=resnet50,aux=true"; 21; 42_004_074L; 0L |]
      [| "deeplabv3:encoder=resnet101,aux=true"; 21; 60_996_202L; 0L |]
      [| "deeplabv3:encoder=resnet50"; 21; 39_638_869L; 0L |]
      // segmentation_models.pytorch: Unet, UnetPlusPlus, DeepLabV3Plus of 1 class.
      [| "unet:encoder=resnet18"; 1; 14_328_209L; 0L |]
      [| "unet:encoder=resnet34"; 1; 24_436_369L; 0L |]
      [| "unetpp:encoder=resnet18"; 1; 15_970_449L; 0L |]
      [| "unetpp:encoder=resnet50"; 1; 48_985_745L; 0L |]
      [| "deeplabv3plus:encoder=resnet18"; 1; 12_329_297L; 0L |]
      [| "deeplabv3plus:encoder=resnet50"; 1; 26_677_585L; 0L |] ]

[<TestCaseSource(nameof published)>]
let ``parameters are as many as the source's`` (spelling: string, classes: int, source: int64, biases: int64) =
    use model = Make.model 0L classes spelling
    Expect.same source (count model + biases)

/// torchvision: vgg16_bn().features has 14,723,136 parameters, 4,224 of them biases of convolutions.
[<Test>]
let ``SegNet's encoder is VGG-16's, and its decoder the mirror image`` () =
    use model = new SegNet(12)

    let below path =
        model.named_parameters ()
        |> Seq.filter (fun struct (name, _) -> name.StartsWith(path + ".", System.StringComparison.Ordinal))
        |> Seq.sumBy (fun struct (_, p) -> p.numel ())

    Expect.same (14_723_136L - 4_224L) (below "encoder")
    // A convolution a → b has a·b·9 weights either way; the two normalised values of a channel are those of b.
    let narrowing =
        [ 64, 128; 128, 256; 256, 512; 512, 512 ] |> List.sumBy (fun (finer, own) -> 2 * (own - finer))
    // The image's 3 channels and the second normalisation at full resolution have no mirror image.
    let first = 9 * 3 * 64 + 2 * 64
    Expect.same (below "encoder" - int64 (narrowing + first)) (below "decoder")
    Expect.same (int64 (9 * 64 * 12 + 12)) (below "head")

let private names (model: SegmentationModel) = model.state_dict().Keys |> Seq.sort

let private norm path =
    [ "weight"; "bias"; "running_mean"; "running_var"; "num_batches_tracked" ]
    |> List.map (fun part -> $"{path}.{part}")

let private conv path = $"{path}.weight"

/// Names of a ResNet without classifier, as torchvision has them.
let private resnet path (depths: int list) convolutions shortcutInFirst =
    [ conv $"{path}.conv1"
      yield! norm $"{path}.bn1"
      for stage in 1..4 do
          for block in 0 .. depths[stage - 1] - 1 do
              let here = $"{path}.layer{stage}.{block}"

              for i in 1..convolutions do
                  conv $"{here}.conv{i}"
                  yield! norm $"{here}.bn{i}"

              if block = 0 && (stage > 1 || shortcutInFirst) then
                  conv $"{here}.downsample.0"
                  yield! norm $"{here}.downsample.1" ]

[<Test>]
let ``deeplabv3's names are torchvision's`` () =
    use model = Make.model 0L 2 "deeplabv3:encoder=resnet50,aux=true,width=4,pyramid=4"

    let expected =
        [ yield! resnet "backbone" [ 3; 4; 6; 3 ] 3 true
          for branch in 0..3 do
              conv $"classifier.0.convs.{branch}.0"
              yield! norm $"classifier.0.convs.{branch}.1"
          conv "classifier.0.convs.4.1"
          yield! norm "classifier.0.convs.4.2"
          conv "classifier.0.project.0"
          yield! norm "classifier.0.project.1"
          for head in [ "classifier", 1; "aux_classifier", 0 ] do
              let path, first = head
              conv $"{path}.{first}"
              yield! norm $"{path}.{first + 1}"
              $"{path}.4.weight"
              $"{path}.4.bias" ]

    Expect.sameItems (Seq.sort expected) (names model)

[<Test>]
let ``deeplabv3plus's names are those of segmentation_models.pytorch`` () =
    use model = Make.model 0L 2 "deeplabv3plus:encoder=resnet18,width=4,pyramid=4"

    let separable path =
        [ conv $"{path}.0.0"; conv $"{path}.0.1"; yield! norm $"{path}.1" ]

    let expected =
        [ yield! resnet "encoder" [ 2; 2; 2; 2 ] 2 false
          conv "decoder.aspp.0.convs.0.0"
          yield! norm "decoder.aspp.0.convs.0.1"
          for branch in 1..3 do
              yield! separable $"decoder.aspp.0.convs.{branch}"
          conv "decoder.aspp.0.convs.4.1"
          yield! norm "decoder.aspp.0.convs.4.2"
          conv "decoder.aspp.0.project.0"
          yield! norm "decoder.aspp.0.project.1"
          conv "decoder.aspp.1.0"
          conv "decoder.aspp.1.1"
          yield! norm "decoder.aspp.2"
          conv "decoder.block1.0"
          yield! norm "decoder.block1.1"
          yield! separable "decoder.block2"
          "segmentation_head.0.weight"
          "segmentation_head.0.bias" ]

    Expect.sameItems (Seq.sort expected) (names model)

[<TestCase("unet", "decoder.blocks.4.conv2.1.running_var")>]
[<TestCase("attunet", "decoder.blocks.3.gate.psi.0.weight")>]
[<TestCase("unetpp", "decoder.blocks.x_1_3.conv1.0.weight")>]
let ``over a ResNet the U-Nets have the names of segmentation_models.pytorch`` (name: string, entry: string) =
    use model = Make.model 0L 2 $"{name}:encoder=resnet18,width=4"
    Expect.same true (model.state_dict().ContainsKey entry)
    Expect.same true (model.state_dict().ContainsKey "segmentation_head.0.weight")

[<TestCase("deeplabv3", 8, 8)>]
[<TestCase("deeplabv3", 16, 16)>]
[<TestCase("deeplabv3plus", 16, 16)>]
let ``dilation keeps the encoder's resolution at the output stride`` (name: string, stride: int, expected: int) =
    for encoder in [ "plain"; "resnet18"; "resnet50" ] do
        use model = Make.model 0L 2 $"{name}:encoder={encoder},outputStride={stride},width=4,pyramid=4"
        Expect.same expected model.Stride
        let summary = ModelSummary.Of(model, [| 1L; 3L; 64L; 96L |])
        let inside = summary.Layers |> Seq.filter (fun layer -> layer.Name.StartsWith model.EncoderPath)
        let last = Seq.last inside
        Expect.same [| int64 (64 / stride); int64 (96 / stride) |] last.Output[2..]

[<Test>]
let ``deep supervision gives the mean of the branches and trains each of them`` () =
    use _scope = torch.NewDisposeScope()
    let model = Make.model 1L 3 "unetpp:deepSupervision=true,width=4,depth=4"
    model.eval ()
    let image = Make.normal [ 1; 3; 19; 22 ]
    let branches = model.Supervised image
    Expect.same [ 1.0 / 3.0; 1.0 / 3.0; 1.0 / 3.0 ] [ for branch in branches -> branch.Weight ]
    let all = [ for branch in branches -> Make.values branch.Logits ]
    let mean = List.reduce (Array.map2 (+)) all |> Array.map (fun sum -> sum / 3.0)
    within float32 "logits" mean (Make.values (model.call image))

[<Test>]
let ``an auxiliary head trains with half the weight and changes no logits`` () =
    use _scope = torch.NewDisposeScope()
    let model = Make.model 1L 3 "deeplabv3:encoder=resnet18,aux=true,width=4,pyramid=8"
    model.eval ()
    let image = Make.normal [ 2; 3; 40; 33 ]
    let outputs = model.Supervised image
    Expect.same [ 1.0; 0.5 ] [ for output in outputs -> output.Weight ]
    Expect.same (Make.values (model.call image)) (Make.values outputs[0].Logits)
    Expect.same [| 2L; 3L; 40L; 33L |] outputs[1].Logits.shape
    let inputs = Make.parameters model
    let auxiliary = outputs[1].Logits.sum()
    let found = torch.autograd.grad (ResizeArray [ auxiliary ], ResizeArray inputs, allow_unused = true)

    let reached =
        found |> Seq.filter (fun gradient -> not (obj.ReferenceEquals(gradient, null))) |> Seq.length

    Expect.isTrue "the auxiliary head's gradient reaches the encoder" (reached > 5)

[<Test>]
let ``SegNet's logits are not held above zero`` () =
    use _scope = torch.NewDisposeScope()
    let model = Make.model 1L 3 "segnet:width=4"
    let logits = model.call (Make.normal [ 2; 3; 64; 64 ]) |> Make.values
    Expect.isTrue "some logit is below 0" (Array.exists (fun z -> z < 0.0) logits)

[<Test>]
let ``unpooling puts each value back where pooling found it`` () =
    use _scope = torch.NewDisposeScope()
    let image = Make.normal64 [ 2; 3; 7; 10 ]
    let struct (pooled, places) = torch.nn.functional.max_pool2d_with_indices (image, [| 2L; 2L |])
    let back = SegNet.MaxUnpooling.Unpool(pooled, places, 7L, 10L)
    let kept = back.ne ((0.0).ToScalar())
    Expect.same (3 * 5 * 3 * 2) (kept.sum().item<int64>() |> int)
    within float64 "kept" (Make.values (image.masked_select kept)) (Make.values (back.masked_select kept))

[<TestCase("unet:encoder=resnet19", "encoder=resnet19 is not one of plain, resnet18")>]
[<TestCase("unet:encoder=resnet18,depth=4", "depth belongs to encoder=plain")>]
[<TestCase("unetpp:encoder=resnet18,deepSupervision=true", "deepSupervision belongs to encoder=plain")>]
[<TestCase("unetpp:depth=1", "depth of 2 to 12")>]
[<TestCase("deeplabv3:outputStride=4", "outputStride=4 is not 8 or 16")>]
[<TestCase("deeplabv3:aux=yes", "aux=yes is not true or false")>]
[<TestCase("segnet:dropout=1", "dropout=1 is not in [0, 1)")>]
[<TestCase("unet:scale=20", "scale belongs to head=cosine")>]
[<TestCase("unet:head=cosine,scale=0", "scale=0 is not a number above 0")>]
[<TestCase("unet:head=cosin", "head=cosin is not one of linear, cosine")>]
let ``a value that can't be taken is refused with those that can`` (spelling: string, expected: string) =
    Expect.refusal (fun () -> Make.model 0L 2 spelling |> ignore) |> Expect.contains expected

[<Test>]
let ``an image pooled to one value is no batch to train on`` () =
    use _scope = torch.NewDisposeScope()
    let model = Make.model 0L 2 "deeplabv3:width=4,pyramid=4"
    let image = Make.normal [ 1; 3; 64; 64 ]
    Expect.refusal (fun () -> model.call image |> ignore) |> Expect.contains "at least 2 images"
