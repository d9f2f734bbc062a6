#!/usr/bin/env python3
"""The peer of `pat bench loss`: PyTorch's F.cross_entropy, and every loss of the catalogue in plain tensor operations.

Reads one line a request from standard input and answers each with one line, or `error: ` and a sentence:
`version` torch's version and the device; `load TYPE FOLDER` takes logits.npy in that type, labels.npy, counts.npy and, if it is
there, variation.npy; `align false` or `align true` upsamples the logits to the labels from then on, bilinearly, `align none` does
not; `value LOSS` the loss, of losses with a state that of a first step; `time LOSS` the seconds of a forward and backward pass,
the mean of --repetitions in a row; `compile LOSS` gives it to torch.compile, after which `compiled LOSS` is the time of that;
`peak LOSS` the bytes by which resident memory grows in a pass. End of input ends the program.
"""

import argparse
import ctypes
import os
import re
import sys

import numpy
import torch
import torch.nn.functional as F

import losses
import pixels

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import device


def keywords(text):
    pairs = (pair.split("=") for pair in text.split(",") if pair)
    return {key: float(value) if re.fullmatch(r"[-+0-9.eE]+", value) else value for key, value in pairs}


def term(text):
    factor, loss = re.fullmatch(r"(?:([^*:]*)\*)?(.*)", text.strip()).groups()
    name, _, keys = loss.strip().partition(":")
    compute = losses.library if name == "F.cross_entropy" else losses.CATALOGUE.get(name)
    if compute is None:
        raise ValueError(f"there is no '{name}' in tensor operations")
    keys = {key: value for key, value in keywords(keys).items() if key != "ignore"}
    return float(factor or 1), compute, keys, compute in losses.TAKE_BFLOAT16


class Bench:
    def __init__(self, clock):
        self.clock, self.compiled_loss = clock, None
        self.batch, self.loss, self.terms, self.corners = None, None, [], None

    def align(self, corners):
        self.corners = {"none": None, "false": False, "true": True}[corners]
        return "ok"

    def load(self, argument):
        dtype, folder = argument.split(" ", 1)

        def array(name):
            return torch.from_numpy(numpy.load(os.path.join(folder, name + ".npy"))).to(self.clock.device)

        drawn = array("variation") if os.path.exists(os.path.join(folder, "variation.npy")) else None
        logits = array("logits").to(getattr(torch, dtype))
        self.batch = pixels.Batch(logits, array("labels"), array("counts"), drawn)
        self.loss, self.compiled_loss = None, None
        return "ok"

    def take(self, loss):
        """Begins with a loss anew, unless it is the one that is running."""
        if loss != self.loss:
            terms = [part for part in re.split(r"(?<![0-9.][eE])\+", loss)] if "*" in loss else [loss]
            self.loss, self.terms = loss, [term(part) for part in terms]
            self.batch.state.clear()

    def of_logits(self, z, batch):
        full = z
        if self.corners is not None:
            full = F.interpolate(z.float(), batch.labels.shape[1:], mode="bilinear", align_corners=self.corners)
        total = 0
        for factor, compute, keys, takes_bfloat16 in self.terms:
            taken = full if takes_bfloat16 else full.float()
            total = total + factor * compute(batch.with_logits(taken), **keys)
        return total

    def gradient(self, batch):
        z = batch.logits.detach().requires_grad_()
        loss = self.of_logits(z, batch)
        return loss, torch.autograd.grad(loss, z)

    def value(self, loss):
        self.loss = None
        self.take(loss)
        return repr(self.gradient(self.batch)[0].item())

    def time(self, loss):
        self.take(loss)
        return self.clock.seconds(lambda: self.gradient(self.batch))

    def compile(self, loss):
        self.take(loss)
        torch._dynamo.reset()  # or what was compiled before counts towards a limit, after which nothing is
        compute, batch = torch.compile(self.of_logits, dynamic=False), self.batch

        def step():
            z = batch.logits.detach().requires_grad_()
            return torch.autograd.grad(compute(z, batch), z)

        step()
        self.compiled_loss = step
        return "ok"

    def compiled(self, _):
        return self.clock.seconds(self.compiled_loss)

    def peak(self, loss):
        self.take(loss)
        self.gradient(self.batch.corner(16))  # what a first call leaves behind is not the loss's
        self.batch.state.clear()
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        before = resident("VmRSS")
        kept = self.gradient(self.batch)
        grown = resident("VmHWM") - before
        del kept
        return str(grown)


def resident(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    device.add_arguments(parser)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    clock = device.Clock(options)
    bench = Bench(clock)
    answers = {
        "version": lambda _: f"{torch.__version__}{clock.name}",
        "load": bench.load,
        "align": bench.align,
        "value": bench.value,
        "time": bench.time,
        "compile": bench.compile,
        "compiled": bench.compiled,
        "peak": bench.peak,
    }
    device.serve(answers)


if __name__ == "__main__":
    main()
