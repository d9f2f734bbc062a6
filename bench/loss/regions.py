"""Region losses in plain tensor operations, of softmax probabilities summed over the batch's valid pixels."""

import torch

from pixels import IGNORE, one_hot


def overlaps(batch):
    """I, P, Y of each class over the valid pixels."""
    valid = (batch.labels != IGNORE).unsqueeze(1)
    p = batch.logits.softmax(1) * valid
    t = one_hot(batch.labels, batch.logits)
    return (p * t).sum((0, 2, 3)), p.sum((0, 2, 3)), t.sum((0, 2, 3))


def over_present(losses, sizes, classes):
    present = (sizes > 0).float()
    return (losses * present).sum() / (present.sum() if classes == "present" else len(sizes))


def tversky_score(batch, fp, fn, smooth):
    hits, predicted, labelled = overlaps(batch)
    whole = hits + fp * (predicted - hits) + fn * (labelled - hits) + smooth
    return (hits + smooth) / whole.clamp(min=1e-7), labelled


def region(fp, fn, share, of_score):
    """A loss of one of Tversky's scores; `share` is what of the smoothing stands above."""

    def loss(batch, classes="all", smooth=0.0):
        score, labelled = tversky_score(batch, fp, fn, share * smooth)
        return over_present(of_score(score), labelled, classes)

    return loss


def minus_log(score):
    return -score.clamp(min=1e-7).log()


def tversky(batch, fp=0.3, fn=0.7, classes="all", smooth=0.0):
    score, labelled = tversky_score(batch, fp, fn, smooth)
    return over_present(1 - score, labelled, classes)


def focal_tversky(batch, gamma=4 / 3, fp=0.3, fn=0.7, classes="all", smooth=0.0):
    score, labelled = tversky_score(batch, fp, fn, smooth)
    return over_present((1 - score) ** (1 / gamma), labelled, classes)


def generalised_dice(batch, classes="present"):
    hits, predicted, labelled = overlaps(batch)
    w = torch.where(labelled > 0, 1 / labelled.clamp(min=1) ** 2, labelled.new_zeros(()))
    return 1 - 2 * (w * hits).sum() / (w * (predicted + labelled)).sum()


def lovasz(batch, classes="present"):
    valid = batch.labels != IGNORE
    p = batch.logits.softmax(1).permute(0, 2, 3, 1)[valid]  # [pixels, C]
    y = batch.labels[valid]
    losses = []
    for c in range(p.shape[1]):
        is_label = (y == c).float()
        if classes == "present" and not is_label.any():
            continue
        errors, order = (is_label - p[:, c]).abs().sort(descending=True)
        is_label = is_label[order]
        jaccard = 1 - (is_label.sum() - is_label.cumsum(0)) / (is_label.sum() + (1 - is_label).cumsum(0))
        steps = torch.cat([jaccard[:1], jaccard[1:] - jaccard[:-1]])
        losses.append(errors @ steps)
    return sum(losses) / len(losses)
