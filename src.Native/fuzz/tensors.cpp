#include "tensors.h"

#include <limits>
#include <vector>

namespace fuzz {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kMostElements = 60000;

int64_t side(Random& random) {
  return random.pick<int64_t>({1, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 130, 257});
}

void choose_shape(Random& random, Batch& batch) {
  do {
    batch.images = random.pick<int64_t>({1, 1, 1, 2, 3, 4});
    batch.classes = random.pick<int64_t>({1, 2, 2, 3, 4, 5, 7, 8, 11, 16, 19, 33, 150, 1000});
    batch.height = side(random);
    batch.width = side(random);
  } while (batch.images * batch.classes * batch.height * batch.width > kMostElements);
  if (random.once_in(25)) batch.images = 0;
  if (random.once_in(40)) batch.height = 0;
  if (random.once_in(40)) batch.width = 0;
}

at::Tensor values(Random& random, at::IntArrayRef shape, bool& tame) {
  at::Tensor z = at::randn(shape, at::kDouble) * random.pick({0.0, 0.1, 1.0, 1.0, 3.0, 30.0});
  if (random.once_in(4)) z = z.round();  // ties
  if (random.once_in(6)) z = z * 1e4;
  tame = z.numel() == 0 || z.abs().max().item<double>() <= 2e5;
  if (random.once_in(8)) {
    z = z * random.pick({1e30, 1e37, 1e300, 1e-40, 1e-310});
    tame = false;
  }
  if (random.once_in(6) && z.numel() > 0) {
    at::Tensor flat = z.view(-1);
    for (int64_t left = random.between(1, 5); left > 0; --left) {
      flat[random.below(flat.numel())] = random.pick({kInfinity, -kInfinity, kNaN, 3e38, -3e38, -0.0});
    }
    tame = false;
  }
  return z;
}

// Labels that are classes, in runs, with some ignored and perhaps only few of the classes.
at::Tensor class_labels(Random& random, const Batch& batch) {
  at::Tensor labels = at::empty({batch.images, batch.height, batch.width}, at::kLong);
  const int64_t used = random.once_in(3) ? 1 : batch.classes,
                ignored = random.pick<int64_t>({0, 0, 1, 4, 1000});
  int64_t label = 0, left = 0, *out = labels.data_ptr<int64_t>();
  for (int64_t i = 0; i < labels.numel(); ++i) {
    if (left-- == 0) {
      left = random.below(40);
      label = random.below(used);
      if (ignored > 0 && random.below(1000) < 250 * ignored) label = batch.ignore;
    }
    out[i] = label;
  }
  return labels;
}

void spoil_labels(Random& random, Batch& batch, at::Tensor& labels) {
  if (labels.numel() == 0 || !random.once_in(6)) return;
  at::Tensor flat = labels.view(-1);
  for (int64_t left = random.between(1, 4); left > 0; --left) {
    const int64_t wrong =
        random.pick<int64_t>({batch.classes, batch.classes + 1, -1, -2, 254, 1 << 20,
                              std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()});
    flat[random.below(flat.numel())] = wrong;
  }
}

void choose_labels(Random& random, Batch& batch) {
  const bool byte = random.once_in(2);
  batch.ignore = random.pick<int64_t>(
      {255, 255, 255, -100, 0, batch.classes - 1, 7, std::numeric_limits<int64_t>::min()});
  if (byte && (batch.ignore < 0 || batch.ignore > 255)) batch.ignore = 255;
  at::Tensor labels = class_labels(random, batch);
  spoil_labels(random, batch, labels);
  if (byte) labels = labels.to(at::kByte);
  batch.labels = laid_out(random, labels);
}

void choose_logits(Random& random, Batch& batch, at::ScalarType type) {
  int64_t height = batch.height, width = batch.width;
  if (batch.resolution != 0) {
    height = height == 0 && random.once_in(2) ? 0 : random.between(1, 12);
    width = width == 0 && random.once_in(2) ? 0 : random.between(1, 12);
  }
  const at::Tensor z = values(random, {batch.images, batch.classes, height, width}, batch.tame);
  const at::Tensor stored = z.to(type);
  batch.tame = batch.tame && at::isfinite(stored).all().item<bool>();
  batch.logits = laid_out(random, stored);
}

// One thing that makes the batch wrong.
void spoil(Random& random, Batch& batch) {
  at::Tensor &z = batch.logits, &y = batch.labels;
  switch (random.below(9)) {
    case 0:
      z = random.once_in(2) ? z.unsqueeze(random.below(5)) : z.flatten();
      return batch.refuse("the logits' rank");
    case 1:
      y = random.once_in(2) ? y.unsqueeze(random.below(4)) : y.flatten();
      return batch.refuse("the labels' rank");
    case 2:
      z = z.to(random.pick({at::kLong, at::kInt, at::kBool, at::kComplexFloat}));
      return batch.refuse("the logits' type");
    case 3:
      y = y.to(random.pick({at::kInt, at::kFloat, at::kBool, at::kChar, at::kDouble}));
      return batch.refuse("the labels' type");
    case 4:
      y = at::zeros({batch.images + 1, batch.height, batch.width}, y.options());
      return batch.refuse("the labels' number of images");
    case 5:
      (random.once_in(2) ? batch.null_logits : batch.null_labels) = true;
      return batch.refuse("a null handle");
    case 6:
      (random.once_in(2) ? z : y) = at::Tensor();
      return batch.refuse("an undefined tensor");
    case 7:
      z = at::zeros({batch.images, 0, batch.height, batch.width}, z.options());
      return batch.refuse("no classes");
    default:
      (random.once_in(2) ? z : y) = random.once_in(2) ? z.to(at::kFloat).to_sparse() : z.to(at::kMeta);
      return batch.refuse("a tensor that is not dense in memory");
  }
}

}  // namespace

at::Tensor laid_out(Random& random, const at::Tensor& t) {
  const int64_t last = t.dim() - 1;
  std::vector<int64_t> larger = t.sizes().vec(), zeros(t.dim(), 0);
  switch (random.below(8)) {
    case 0:
      return t.dim() == 4 ? t.contiguous(at::MemoryFormat::ChannelsLast) : t;
    case 1:
      return t.transpose(last - 1, last).contiguous().transpose(last - 1, last);
    case 2: {
      for (int64_t& size : larger) size += random.below(3);
      at::Tensor part = at::zeros(larger, t.options());
      for (int64_t d = 0; d <= last; ++d) part = part.narrow(d, larger[d] - t.size(d), t.size(d));
      return part.copy_(t);
    }
    case 3: {
      const int64_t by = random.between(1, 3);
      return at::zeros({t.numel() + by}, t.options()).narrow(0, by, t.numel()).view(t.sizes()).copy_(t);
    }
    case 4: {
      const int64_t d = random.below(t.dim());
      return t.numel() == 0 ? t : t.narrow(d, 0, 1).expand(t.sizes());
    }
    case 5:
      return t.transpose(0, last).contiguous().transpose(0, last);
    default:
      return t;
  }
}

Batch random_batch(Random& random, bool upsamples) {
  at::manual_seed(random.bits());
  Batch batch;
  choose_shape(random, batch);
  if (upsamples && random.once_in(3)) batch.resolution = static_cast<int32_t>(random.between(1, 2));
  const bool narrow = batch.resolution == 0 && random.once_in(3);
  choose_labels(random, batch);
  choose_logits(
      random, batch,
      narrow ? random.pick({at::kBFloat16, at::kHalf}) : random.pick({at::kFloat, at::kFloat, at::kDouble}));
  if (random.once_in(5)) {
    spoil(random, batch);
  } else if (first_wrong(batch) >= 0) {
    batch.expected = Expected::WrongLabel;
    batch.wrong = "a label";
  }
  return batch;
}

int64_t first_wrong(const Batch& batch) {
  const at::Tensor labels = batch.labels.to(at::kLong).contiguous();
  const int64_t* y = labels.data_ptr<int64_t>();
  for (int64_t i = 0; i < labels.numel(); ++i) {
    if (y[i] != batch.ignore && (y[i] < 0 || y[i] >= batch.classes)) return i;
  }
  return -1;
}

}  // namespace fuzz
