#!/usr/bin/env python3
"""The peer of `pat bench data`: torchvision's decoding and resizing under PyTorch's DataLoader.

Reads one line a request from standard input and answers each with one line: `epoch` loads every sample once and answers the
seconds; `dump FILE COUNT` writes the first samples (uint8 [3,H,W], then uint8 [H,W], each) and answers `done`; `version` answers
the versions; end of input ends the program.
"""

import argparse
import sys
import time

import torch
import torchvision
import torchvision.transforms.functional as F
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import InterpolationMode


class Pairs(Dataset):
    def __init__(self, file, size):
        with open(file, encoding="utf-8") as lines:
            self.pairs = [line.rstrip("\n").split("\t") for line in lines]
        self.size = size

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        image, label = self.pairs[index]
        image = F.resize(Image.open(image).convert("RGB"), self.size, InterpolationMode.BILINEAR, antialias=True)
        label = F.resize(Image.open(label), self.size, InterpolationMode.NEAREST)
        return F.pil_to_tensor(image), F.pil_to_tensor(label)[0]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", required=True)
    for name in ("height", "width", "batch", "workers"):
        parser.add_argument("--" + name, type=int, required=True)
    return parser.parse_args()


def main():
    options = arguments()
    torch.set_num_threads(1)
    pairs = Pairs(options.pairs, [options.height, options.width])
    loader = DataLoader(pairs, options.batch, num_workers=options.workers, persistent_workers=True, prefetch_factor=4)

    def epoch():
        start = time.perf_counter()
        for _images, labels in loader:
            labels.long()
        return f"{time.perf_counter() - start:.6f}"

    def dump(file, count):
        with open(file, "wb") as out:
            for index in range(int(count)):
                image, label = pairs[index]
                out.write(image.numpy().tobytes())
                out.write(label.to(torch.uint8).numpy().tobytes())
        return "done"

    answers = {
        "epoch": epoch,
        "dump": dump,
        "version": lambda: f"{torch.__version__}, torchvision {torchvision.__version__}",
    }
    for line in sys.stdin:
        request, *rest = line.strip().split("\t")
        print(answers[request](*rest), flush=True)


if __name__ == "__main__":
    main()
