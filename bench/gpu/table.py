#!/usr/bin/env python3
"""table.py FOLDER: what bench/gpu/run.sh left in a folder, as one table with the targets.

A ratio is PyTorch's time over ours; exit code 1 where a part failed or a target is missed.
"""

import hashlib
import json
import os
import sys

PAT = "pat:temperature=20"


class Results:
    def __init__(self, folder):
        self.folder = folder

    def parts(self):
        with open(os.path.join(self.folder, "parts.tsv"), encoding="utf-8") as file:
            return [line.rstrip("\n").split("\t") for line in file]

    def json(self, part):
        """The part's object; where it has none, a KeyError that names the part."""
        try:
            with open(os.path.join(self.folder, part + ".out"), encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            raise KeyError(f"the part '{part}' has no result") from None

    def loss(self, kind, loss, part="loss"):
        for row in self.json(part)["rows"]:
            if (row["type"], row["loss"]) == (kind, loss):
                return row
        raise KeyError(f"there is no row of {loss} in {kind}")

    def step(self, part, compiled):
        for row in self.json(part)["rows"]:
            if (row["precision"], row["peerLayout"], row["peerCompiled"]) == ("bf16", "channels-last", compiled):
                return row["ratio"]
        raise KeyError("the peer did not compile it" if compiled else "there is no such row")

    def deeplab(self):
        return [row["ratio"] for row in self.json("models")["rows"] if row["peerLayout"] == "channels-last"][0]

    def weights(self, run):
        with open(os.path.join(self.folder, run, "last.safetensors"), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()


def same(first, second):
    return 1.0 if first == second else 0.0


def agreeing(results):
    losses = results.json("check")["losses"]
    return sum(loss["failure"] is None for loss in losses) / len(losses)


def compiled(results, kind):
    ratio = results.loss(kind, PAT, "loss-compiled")["peerCompiledOverFused"]
    if ratio is None:
        raise KeyError("the peer did not compile it")
    return ratio


def rows(results):
    """What is measured, how to get it, the target, how it is shown."""

    def bits():
        return same(results.json("check-again")["digest"], results.json("check-third")["digest"])

    def share(kind, loss):
        return 1 / results.loss(kind, loss)["fusedOverCopy"]

    yield "fused losses that agree with the definitions", lambda: agreeing(results), 1.0, "{:.0%}"
    yield "fused losses: the same bits in two processes", bits, 1.0, "{:.0%}"
    for kind in ("float32", "bfloat16"):
        yield f"{kind}: fused PAT, share of a copy's bandwidth", lambda k=kind: share(k, PAT), 0.7, "{:.0%}"
        yield f"{kind}: fused CE, share of a copy's bandwidth", lambda k=kind: share(k, "ce"), 0.7, "{:.0%}"
        for name, key, target in (("F.cross_entropy", "CrossEntropy", 2.0), ("eager PAT", "Operations", 5.0)):
            ratio = lambda k=kind, key=key: results.loss(k, PAT)[f"peer{key}OverFused"]  # noqa: E731
            yield f"{kind}: {name} / fused PAT", ratio, target, "{:.2f}x"
        yield f"{kind}: compiled PAT / fused PAT", lambda k=kind: compiled(results, k), 1.3, "{:.2f}x"
    yield "U-Net step, bf16: eager / ours", lambda: results.step("step", False), 1.5, "{:.2f}x"
    yield "U-Net step, bf16: compiled / ours", lambda: results.step("step-compiled", True), 1.0, "{:.2f}x"
    yield "DeepLabV3 step, bf16: eager / ours", results.deeplab, 1.2, "{:.2f}x"
    yield (
        "training: the same weights in two runs",
        lambda: same(results.weights("first"), results.weights("second")),
        1.0,
        "{:.0%}",
    )


def loss_times(row):
    times = {key[:-7]: value for key, value in row.items() if key.endswith("Seconds") and value is not None}
    text = ", ".join(f"{name} {1e3 * value:.3f}" for name, value in times.items())
    return f"{row['loss']} at {row['shape']}, ms: {text} (copy {row['copyBytesPerSecond'] / 1e9:.0f} GB/s)"


def step_times(row):
    peer = f"{row['peerLayout']} {'compiled' if row['peerCompiled'] else 'eager'}"
    seconds = f"ours {1e3 * row['seconds']:.2f}, PyTorch {1e3 * row['peerSeconds']:.2f}"
    return f"U-Net step, {row['precision']}, {peer}, ms: {seconds}"


def model_times(row):
    seconds = f"ours {1e3 * row['ours']['step']:.2f}, PyTorch {1e3 * row['peer']['step']:.2f}"
    return f"{row['model']}, {row['peerLayout']}, ms: {seconds}"


def show_times(results):
    """The times behind the ratios, of the parts that have some."""
    texts = {"loss": loss_times, "step": step_times, "models": model_times}
    for part in ("loss", "loss-compiled", "step", "step-compiled", "models"):
        try:
            found = [texts[part.removesuffix("-compiled")](row) for row in results.json(part)["rows"]]
        except KeyError as problem:
            found = [problem.args[0]]
        print(*found, sep="\n")


def machine(results):
    try:
        found = results.json("loss")
        return f"{found['device']}, against {found['peer']}"
    except KeyError as problem:
        return problem.args[0]


def show_parts(results):
    """Every part's end; whether one failed."""
    for name, code, seconds, last in results.parts():
        end = "done" if code == "0" else f"FAILED with exit code {code} ({last or 'it said nothing'})"
        print(f"{name}: {end} after {seconds} s")
    return any(part[1] != "0" for part in results.parts())


def main():
    results = Results(sys.argv[1])
    missed = show_parts(results)
    show_times(results)
    print(f"\n{machine(results)}\n{'':48}  {'measured':>9}  {'target':>9}")
    for name, measure, target, form in rows(results):
        try:
            value = measure()
            shown, verdict = form.format(value), "met" if value >= target else "MISSED"
        except (KeyError, IndexError, OSError, TypeError, ZeroDivisionError) as problem:
            why = problem.args[0] if isinstance(problem, KeyError) else "there is no number"
            shown, verdict = "–", f"NOT MEASURED: {why}"
        missed = missed or verdict != "met"
        print(f"{name:48}  {shown:>9}  {'>= ' + form.format(target):>9}  {verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
