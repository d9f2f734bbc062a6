#!/usr/bin/env python3
"""The peer of `pat bench models`: torchvision's DeepLabV3 and the same training step in PyTorch.

Reads one line a request from standard input and answers each with one line: `step` does a training step and answers its
seconds; `infer` evaluates the batch once without gradient and answers its seconds; `version` answers torch's and
torchvision's versions; `peak` the peak resident memory in MiB; end of input ends the program.
"""

import argparse
import resource
import sys
import time

import torch
import torch.nn.functional as F
import torchvision


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--architecture", choices=["deeplabv3_resnet50", "deeplabv3_resnet101"], required=True)
    for name in ("batch", "height", "width", "classes", "threads"):
        parser.add_argument("--" + name, type=int, required=True)
    parser.add_argument("--precision", choices=["float32", "bf16"], required=True)
    parser.add_argument("--layout", choices=["contiguous", "channels-last"], required=True)
    return parser.parse_args()


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    layout = torch.channels_last if options.layout == "channels-last" else torch.contiguous_format
    create = getattr(torchvision.models.segmentation, options.architecture)
    model = create(weights=None, weights_backbone=None, num_classes=options.classes).to(memory_format=layout)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    shape = (options.batch, 3, options.height, options.width)
    images = torch.randn(shape).to(memory_format=layout)
    labels = torch.randint(0, options.classes, (options.batch, options.height, options.width))

    def logits():
        with torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16"):
            return model(images)["out"].float()

    def step():
        model.train()
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(logits(), labels).backward()
        optimizer.step()
        return time.perf_counter() - start

    def infer():
        model.eval()
        start = time.perf_counter()
        with torch.no_grad():
            logits()
        return time.perf_counter() - start

    answers = {
        "step": lambda: f"{step():.6f}",
        "infer": lambda: f"{infer():.6f}",
        "version": lambda: f"{torch.__version__}, torchvision {torchvision.__version__}",
        "peak": lambda: str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024),
    }
    for line in sys.stdin:
        print(answers[line.strip()](), flush=True)


if __name__ == "__main__":
    main()
