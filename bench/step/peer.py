#!/usr/bin/env python3
"""The peer of `pat bench step`: the same U-Net and training step in PyTorch.

Reads one line a request from standard input and answers each with one line: `step` does training steps, --repetitions in a row,
and answers the seconds of one; `compile` gives model and loss to torch.compile from then on; `version` answers torch's version and
the device; `peak` the peak resident memory in MiB; end of input ends the program.
"""

import argparse
import os
import resource
import sys

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import device


def double_convolution(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, classes, width, depth):
        super().__init__()
        channels = [width << level for level in range(depth)]
        self.encoder = nn.ModuleList(
            double_convolution(channels[level - 1] if level else 3, channels[level]) for level in range(depth)
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(channels[level + 1], channels[level], 2, 2) for level in range(depth - 1)
        )
        self.decoder = nn.ModuleList(
            double_convolution(channels[level + 1], channels[level]) for level in range(depth - 1)
        )
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        skips = []
        for level, block in enumerate(self.encoder):
            x = block(F.max_pool2d(x, 2) if level else x)
            skips.append(x)
        for level in reversed(range(len(self.up))):
            x, skip = self.up[level](x), skips[level]
            x = F.pad(x, (0, skip.shape[3] - x.shape[3], 0, skip.shape[2] - x.shape[2]))
            x = self.decoder[level](torch.cat([skip, x], 1))
        return self.head(x)


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("batch", "height", "width", "classes", "threads", "first-width", "depth"):
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
    model = UNet(options.classes, options.first_width, options.depth).to(clock.device, memory_format=layout)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    shape = (options.batch, 3, options.height, options.width)
    images = torch.randn(shape).to(clock.device, memory_format=layout)
    labels = torch.randint(0, options.classes, (options.batch, options.height, options.width)).to(clock.device)

    kind, is_bf16 = options.device, options.precision == "bf16"

    def loss():
        with torch.autocast(kind, torch.bfloat16, enabled=is_bf16):
            logits = model(images)
        return F.cross_entropy(logits.float(), labels)

    compute = [loss]

    def step():
        optimizer.zero_grad(set_to_none=True)
        compute[0]().backward()
        optimizer.step()

    def compiled():
        compute[0] = torch.compile(loss, dynamic=False)
        step()
        return "ok"

    device.serve(
        {
            "step": lambda _: clock.seconds(step),
            "compile": lambda _: compiled(),
            "version": lambda _: f"{torch.__version__}{clock.name}",
            "peak": lambda _: str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024),
        }
    )


if __name__ == "__main__":
    main()
