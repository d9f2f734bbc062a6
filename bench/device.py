"""What the peers share: a clock that waits for the device, and requests line by line."""

import sys
import time

import torch


def add_arguments(parser):
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--repetitions", type=int, default=1)


class Clock:
    """Seconds of one call, the mean of so many in a row; a GPU is waited for before the first and after the last."""

    def __init__(self, options):
        self.device, self.repetitions = torch.device(options.device), options.repetitions
        self.is_cuda = options.device == "cuda"
        self.name = f" with CUDA {torch.version.cuda} on {torch.cuda.get_device_name()}" if self.is_cuda else ""
        # The convolutions that are fastest at the shapes at hand, as one sets it where shapes don't change.
        torch.backends.cudnn.benchmark = self.is_cuda

    def wait(self):
        if self.is_cuda:
            torch.cuda.synchronize()

    def seconds(self, work):
        self.wait()
        start = time.perf_counter()
        for _ in range(self.repetitions):
            result = work()
        self.wait()
        seconds = (time.perf_counter() - start) / self.repetitions
        del result
        return f"{seconds:.9f}"


def serve(answers):
    """Answers each line `REQUEST ARGUMENT` of standard input with a line, or `error: ` and a sentence."""
    output, sys.stdout = sys.stdout, sys.stderr  # what libraries print is no answer
    for line in sys.stdin:
        request, _, argument = line.strip().partition(" ")
        try:
            answer = answers[request](argument)
        except Exception as problem:  # the other side decides what becomes of the row
            lines = str(problem).strip().splitlines() or [type(problem).__name__]
            answer = "error: " + lines[0]
        print(answer, file=output, flush=True)
