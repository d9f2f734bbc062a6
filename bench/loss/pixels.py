"""What the losses in tensor operations share: the batch, masks of labels, and reductions from pixels to a scalar."""

import torch

IGNORE = 255


class Batch:
    """z [N,C,H,W], y [N,H,W] int64, n [C]: the classes' pixels in the training set; v: a given variation, or None."""

    def __init__(self, logits, labels, counts, variation=None, state=None):
        self.logits, self.labels, self.counts, self.variation = logits, labels, counts, variation
        self.state = {} if state is None else state

    def with_logits(self, logits):
        return Batch(logits, self.labels, self.counts, self.variation, self.state)

    def corner(self, side):
        labels = self.labels[:1, :side, :side].contiguous()
        return Batch(self.logits[:1, :, :side, :side].contiguous(), labels, self.counts, None, self.state)

    def prior(self):
        return self.counts.float() / self.counts.sum()


def over_classes(values):
    return values.view(1, -1, 1, 1)


def split_labels(y):
    """Which pixels count, and labels that can be gathered with."""
    valid = y != IGNORE
    return valid, y.masked_fill(~valid, 0)


def one_hot(y, like):
    valid, label = split_labels(y)
    return torch.zeros_like(like).scatter_(1, label.unsqueeze(1), valid.to(like.dtype).unsqueeze(1))


def mask_sizes(y, valid, mask, classes):
    """Pixels of each class in each image, [N·C]. On a GPU without bincount, which waits for it and can't be compiled."""
    if y.is_cuda:
        return (y.unsqueeze(1) == over_classes(torch.arange(classes, device=y.device))).sum((2, 3)).view(-1)
    return torch.bincount(mask[valid], minlength=y.shape[0] * classes)


def pixel_factors(y, classes, reduction):
    """What each pixel's loss is multiplied by before all are added."""
    valid, label = split_labels(y)
    count = valid.float()
    if reduction in ("sum", "weighted-mean"):
        return count
    if reduction in ("pixel-mean", "weighted-sum-mean"):
        return count / count.sum().clamp(min=1)
    if reduction == "all-pixel-mean":
        return count / y.numel()
    if reduction == "element-mean":
        return count / (y.numel() * classes)
    images = y.shape[0]
    mask = torch.arange(images, device=y.device).view(-1, 1, 1) * classes + label
    sizes = mask_sizes(y, valid, mask, classes).float()
    if reduction == "class-mean":
        of_class = sizes.view(images, classes).sum(0)
        return count / (of_class.clamp(min=1)[label] * (of_class > 0).sum().clamp(min=1))
    each = count / sizes.clamp(min=1)[mask]
    present = (sizes > 0).view(images, classes).sum(1)
    if reduction == "mask-mean":
        return each / present.sum().clamp(min=1)
    if reduction == "mask-sum":
        return each / images
    if reduction == "image-mask-mean":
        return each / (present.clamp(min=1).view(-1, 1, 1) * (present > 0).sum().clamp(min=1))
    raise ValueError(f"there is no reduction '{reduction}' in tensor operations")


def reduced(values, batch, reduction, weights=None):
    y, classes = batch.labels, batch.logits.shape[1]
    factors = pixel_factors(y, classes, reduction)
    if weights is None:
        return (values * factors).sum()
    if reduction == "weighted-sum-mean":
        weights = weights * classes / weights.sum()
    factors = factors * weights[split_labels(y)[1]]
    total = (values * factors).sum()
    return total / factors.sum() if reduction == "weighted-mean" else total
