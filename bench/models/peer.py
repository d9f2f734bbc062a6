#!/usr/bin/env python3
"""The peer of `pat bench models`: torchvision's DeepLabV3 and the same training step in PyTorch.

Reads one line a request from standard input and answers each with one line: `step` does training steps, --repetitions in a row,
and answers the seconds of one; `infer` evaluates the batch without gradient as often and answers the seconds of once; `version`
answers torch's and torchvision's versions and the device; `peak` the peak resident memory in MiB; end of input ends the program.
"""

import argparse
import os
import resource
import sys

import torch
import torch.nn.functional as F
import torchvision

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import device


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--architecture", choices=["deeplabv3_resnet50", "deeplabv3_resnet101"], required=True)
    for name in ("batch", "height", "width", "classes", "threads"):
        parser.add_argument("--" + name, type=int, required=True)
    parser.add_argument("--precision", choices=["float32", "bf16"], required=True)
    parser.add_argument("--layout", choices=["contiguous", "channels-last"], required=True)
    device.add_arguments(parser)
    return parser.parse_args()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clock = device.Clock(options)
    layout = torch.channels_last if options.layout == "channels-last" else torch.contiguous_format
    create = getattr(torchvision.models.segmentation, options.architecture)
    model = create(weights=None, weights_backbone=None, num_classes=options.classes)
    model = model.to(clock.device, memory_format=layout)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    shape = (options.batch, 3, options.height, options.width)
    images = torch.randn(shape).to(clock.device, memory_format=layout)
    labels = torch.randint(0, options.classes, (options.batch, options.height, options.width)).to(clock.device)

    def logits():
        with torch.autocast(options.device, torch.bfloat16, enabled=options.precision == "bf16"):
            return model(images)["out"].float()

    def step():
        model.train()
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(logits(), labels).backward()
        optimizer.step()

    def infer():
        model.eval()
        with torch.no_grad():
            logits()

    device.serve(
        {
            "step": lambda _: clock.seconds(step),
            "infer": lambda _: clock.seconds(infer),
            "version": lambda _: f"{torch.__version__}, torchvision {torchvision.__version__}{clock.name}",
            "peak": lambda _: str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024),
        }
    )


if __name__ == "__main__":
    main()
