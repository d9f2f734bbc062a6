"""The losses of the catalogue in plain tensor operations, as one writes them from the papers' formulas.

Each function takes a batch and the keys of `pat loss list`, and returns a scalar with autograd's graph.
"""

import math

import torch
import torch.nn.functional as F

import regions
from pixels import IGNORE, one_hot, over_classes, reduced, split_labels


def log_probability(logits, y):
    """ln p of the label, [N,H,W]."""
    return F.log_softmax(logits, 1, dtype=torch.float32).gather(1, split_labels(y)[1].unsqueeze(1)).squeeze(1)


def library(batch):
    return F.cross_entropy(batch.logits, batch.labels, ignore_index=IGNORE)


def ce(batch, smoothing=0.0, reduction="pixel-mean"):
    log_p = F.log_softmax(batch.logits, 1, dtype=torch.float32)
    loss = -log_p.gather(1, split_labels(batch.labels)[1].unsqueeze(1)).squeeze(1)
    if smoothing:
        loss = (1 - smoothing) * loss - smoothing * log_p.mean(1)
    return reduced(loss, batch, reduction)


def focal_values(batch, gamma):
    l = log_probability(batch.logits, batch.labels)
    return -((1 - l.exp()) ** gamma) * l


def focal(batch, gamma=2.0, reduction="pixel-mean"):
    return reduced(focal_values(batch, gamma), batch, reduction)


def pat(batch, temperature, weight="attached", reduction="mask-mean"):
    l = log_probability(batch.logits, batch.labels)
    w = ((l.exp() - 1) / temperature).exp()
    return reduced(-(w.detach() if weight == "detached" else w) * l, batch, reduction)


def inap(batch, tau=1.0, reduction="element-mean"):
    l = log_probability(batch.logits / tau, batch.labels)
    return reduced(-0.5 * (1 - l.exp()).exp() * l, batch, reduction)


def class_balance(batch, beta, n):
    counts = batch.counts.double()
    share = 1 - beta if beta is not None else 1 / (n if n is not None else counts.sum())
    weights = share / -torch.expm1(counts * math.log1p(-float(share)))
    return (weights * len(counts) / weights.sum()).float()


def cb(batch, beta=None, n=None, reduction="weighted-sum-mean"):
    l = log_probability(batch.logits, batch.labels)
    return reduced(-l, batch, reduction, class_balance(batch, beta, n))


def cbfocal(batch, beta=None, n=None, gamma=2.0, reduction="weighted-sum-mean"):
    return reduced(focal_values(batch, gamma), batch, reduction, class_balance(batch, beta, n))


def adjusted(batch, logits, reduction):
    return reduced(-log_probability(logits, batch.labels), batch, reduction)


def logit_adjustment(batch, tau=1.0, reduction="pixel-mean"):
    return adjusted(batch, batch.logits + tau * over_classes(batch.prior().log()), reduction)


def balanced_softmax(batch, reduction="pixel-mean"):
    return logit_adjustment(batch, 1.0, reduction)


def ldam(batch, margin=0.5, scale=30.0, reduction="pixel-mean"):
    n = batch.counts.float()
    margins = margin * (n.min() / n) ** 0.25
    label = split_labels(batch.labels)[1].unsqueeze(1)
    own = torch.zeros_like(batch.logits).scatter_(1, label, margins[label])
    return adjusted(batch, scale * (batch.logits - own), reduction)


def drawn(batch, sigma, noise):
    z = batch.logits.detach()
    if batch.variation is not None:
        return batch.variation
    if noise == "uniform":
        return ((torch.rand_like(z) * 2 - 1) * sigma).clamp(-1, 1).abs()
    spread = sigma / math.sqrt(z.shape[1]) if noise == "xavier" else sigma
    return (torch.randn_like(z) * spread).clamp(-1, 1).abs()


def blv(batch, sigma=4.0, noise="gaussian", reduction="pixel-mean"):
    rarity = -batch.prior().log()
    shift = over_classes(rarity / rarity.max()) * drawn(batch, sigma, noise)
    return adjusted(batch, batch.logits + shift, reduction)


def seesaw(batch, p=0.8, q=2.0, eps=0.01, reduction="pixel-mean"):
    valid, label = split_labels(batch.labels)
    seen = batch.state.setdefault("seen", batch.counts.clone())
    seen += torch.bincount(batch.labels[valid], minlength=len(seen))
    n = seen.clamp(min=1).double()
    mitigation = (n.view(1, -1) / n.view(-1, 1)).clamp(max=1).pow(p).float()  # [label, other]
    own = label.unsqueeze(1)
    with torch.no_grad():
        scores = batch.logits.softmax(1)
        compensation = (scores / scores.gather(1, own).clamp(min=eps)).clamp(min=1).pow(q)
        seesaws = (mitigation[label].permute(0, 3, 1, 2) * compensation).scatter_(1, own, 1)
    return adjusted(batch, batch.logits + seesaws.log(), reduction)


def seql(batch, gamma=0.9, reduction="pixel-mean", **keys):
    z = batch.logits
    rare = over_classes(batch.prior() < keys.get("lambda", 0.00177))
    left_out = (torch.rand_like(z) < gamma) if batch.variation is None else batch.variation > 0
    label = split_labels(batch.labels)[1].unsqueeze(1)
    left_out = (left_out & rare).scatter_(1, label, False)
    return adjusted(batch, z.masked_fill(left_out, -math.inf), reduction)


# ------------------------------------------------------------------------------------------------ sigmoid losses


def binary(batch, logits, reduction, weights=None):
    terms = F.binary_cross_entropy_with_logits(logits, one_hot(batch.labels, logits), weights, reduction="none")
    return reduced(terms.sum(1), batch, reduction)


def bce(batch, reduction="pixel-mean"):
    return binary(batch, batch.logits, reduction)


def balanced_sigmoid(batch, form="full", reduction="pixel-mean"):
    prior = batch.prior()
    shift = (prior / (1 - prior)).log() + (math.log(len(prior) - 1) if form == "full" else 0)
    return binary(batch, batch.logits + over_classes(shift), reduction)


def eql(batch, reduction="pixel-mean", **keys):
    rare = over_classes((batch.prior() < keys.get("lambda", 0.00177)).float())
    return binary(batch, batch.logits, reduction, 1 - rare * (1 - one_hot(batch.labels, batch.logits)))


def eqlv2(batch, gamma=12.0, mu=0.8, alpha=4.0, reduction="pixel-mean"):
    z, t = batch.logits, one_hot(batch.labels, batch.logits)
    zeros = torch.zeros(z.shape[1], dtype=torch.double, device=z.device)
    positive, negative = batch.state.setdefault("sums", (zeros, zeros.clone()))
    ratio = positive / (negative + 1e-10) if positive.any() else torch.full_like(positive, 100.0)
    r = torch.sigmoid(gamma * (ratio - mu)).float()
    weights = over_classes(r) * (1 - t) + over_classes(1 + alpha * (1 - r)) * t
    loss = binary(batch, z, reduction, weights)
    with torch.no_grad():
        counts = (batch.labels != IGNORE).unsqueeze(1)
        strength = (z.sigmoid() - t).abs() * weights * counts
        positive += (strength * t).sum((0, 2, 3))
        negative += (strength * (1 - t)).sum((0, 2, 3))
    return loss


def gol(batch, reduction="pixel-mean"):
    z = batch.logits
    bounded = z.clamp(min=-4)
    as_label = (-bounded).exp() + math.exp(4) * (bounded - z)
    as_other = torch.where(z > 15, z, -(-torch.expm1(-(-bounded.clamp(max=15)).exp())).log())
    terms = torch.where(one_hot(batch.labels, z) > 0, as_label, as_other)
    return reduced(terms.sum(1), batch, reduction)


# Those that take bfloat16 logits as they are; the others are given float32 ones.
TAKE_BFLOAT16 = [library, ce, focal, pat, cb, cbfocal]

CATALOGUE = {
    "ce": ce,
    "focal": focal,
    "pat": pat,
    "inap": inap,
    "cb": cb,
    "cbfocal": cbfocal,
    "balanced-softmax": balanced_softmax,
    "logit-adjustment": logit_adjustment,
    "ldam": ldam,
    "blv": blv,
    "seesaw": seesaw,
    "seql": seql,
    "bce": bce,
    "balanced-sigmoid": balanced_sigmoid,
    "eql": eql,
    "eqlv2": eqlv2,
    "gol": gol,
    "dice": regions.region(0.5, 0.5, 0.5, lambda score: 1 - score),
    "log-dice": regions.region(0.5, 0.5, 0.5, regions.minus_log),
    "jaccard": regions.region(1, 1, 1, lambda score: 1 - score),
    "log-jaccard": regions.region(1, 1, 1, regions.minus_log),
    "tversky": regions.tversky,
    "focal-tversky": regions.focal_tversky,
    "generalised-dice": regions.generalised_dice,
    "lovasz": regions.lovasz,
}
