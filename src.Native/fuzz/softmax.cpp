#include <limits>
#include <memory>

#include "calls.h"

namespace fuzz {
namespace {

// What a call's parameters point to, kept as long as the call.
struct Arrays {
  std::vector<double> shift, margin, class_weights;
  at::Tensor variation;
  bool has_variation = false;
};

// A number of an enum that ends at `last`; now and then one that is none, which is refused.
int32_t choice(Random& random, Batch& batch, int32_t last, const char* what) {
  if (!random.once_in(40)) return static_cast<int32_t>(random.between(0, last));
  if (batch.expected != Expected::Refused) batch.refuse(what);
  return random.pick<int32_t>({-1, last + 1, 1000, std::numeric_limits<int32_t>::min()});
}

at::Tensor variation(Random& random, Batch& batch) {
  if (!batch.logits.defined() || batch.logits.is_sparse() || batch.logits.is_meta()) return at::Tensor();
  const auto type = batch.logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  at::Tensor v = at::rand(batch.logits.sizes(), type);
  if (random.once_in(3)) v = v.round();
  if (v.dim() >= 3) v = laid_out(random, v);
  if (!random.once_in(15)) return v;
  batch.refuse("the variation");
  switch (random.below(4)) {
    case 0:
      return v.to(at::kHalf);
    case 1:
      return v.unsqueeze(0);
    case 2:
      return v.to(at::kMeta);
    default:
      return at::Tensor();
  }
}

void set_arrays(Random& random, Call& call, pat_softmax_loss& loss, Arrays& arrays) {
  loss.classes = claimed_classes(random, call.batch);
  const int64_t size = std::max<int64_t>(0, loss.classes);
  arrays.shift = class_numbers(random, size, -10, 1, call.tame);
  arrays.margin = class_numbers(random, size, 0, 1, call.tame);
  arrays.class_weights = class_numbers(random, size, 0, 3, call.tame);
  if (loss.adjustment == 0 && size > 0 && random.once_in(5)) {
    arrays.shift[random.below(size)] = -std::numeric_limits<double>::infinity();
  }
  loss.shift = pointer(random, arrays.shift, loss.adjustment == 0 || random.once_in(30));
  loss.margin = pointer(random, arrays.margin, true);
  loss.class_weights = pointer(random, arrays.class_weights, true);
  for (double shift : arrays.shift) {
    call.leaves_out |= loss.shift != nullptr && shift == -std::numeric_limits<double>::infinity();
  }
  if (call.leaves_out) call.tame = false;
  const bool any = loss.shift || loss.margin || loss.class_weights;
  // A loss without arrays may say 0.
  if (loss.classes == 0 && !any && call.batch.wrong == "arrays of the wrong length") {
    loss.classes = call.batch.classes + 3;
  }
}

void set_numbers(Random& random, Call& call, pat_softmax_loss& loss) {
  loss.factor = parameter(random, 0.1, 2, call.tame);
  loss.scale = parameter(random, 0.5, 30, call.tame);
  loss.smoothing = random.once_in(2) ? 0 : parameter(random, 0, 0.5, call.tame);
  loss.weight_parameter = parameter(random, 1, 20, call.tame);
  loss.mitigation = parameter(random, 0, 2, call.tame);
  loss.compensation = parameter(random, 0, 3, call.tame);
  loss.least_log = parameter(random, -6, 0, call.tame);
  loss.detached = static_cast<int32_t>(random.between(-1, 2));
  loss.spread = parameter(random, 0.1, 4, call.tame);
  loss.key = static_cast<uint64_t>(random.below(INT64_MAX));
}

}  // namespace

Call softmax_call(Random& random) {
  Call call{"softmax", random_batch(random, true), true, false, nullptr};
  Batch& batch = call.batch;
  auto arrays = std::make_shared<Arrays>();
  pat_softmax_loss loss{};
  loss.ignore = batch.ignore;
  loss.adjustment = choice(random, batch, 3, "the adjustment");
  loss.weight = choice(random, batch, 3, "the weight");
  loss.reduction = choice(random, batch, 9, "the reduction");
  loss.noise = choice(random, batch, 3, "the noise");
  loss.resolution = batch.resolution;
  if (random.once_in(60)) {
    loss.resolution = random.pick({-1, 3, 100});
    batch.refuse("the resolution");
  }
  set_numbers(random, call, loss);
  set_arrays(random, call, loss, *arrays);
  const bool varies = loss.adjustment == 2 || loss.adjustment == 3;
  if (loss.adjustment != 0 && loss.shift == nullptr) batch.refuse("an adjustment without its numbers");
  arrays->has_variation = varies ? !random.once_in(3) : random.once_in(10);
  if (varies && arrays->has_variation && loss.resolution != 0)
    batch.refuse("a variation of upsampled logits");
  if (varies && !arrays->has_variation && loss.noise == 0) batch.refuse("neither variation nor noise");
  if (varies && arrays->has_variation) arrays->variation = variation(random, batch);
  if (loss.adjustment == 3) call.tame = false;  // a label of its own class stays, but all others may go
  call.run = [loss, arrays](const void* logits, const void* labels, void** out, pat_wrong_label* wrong) {
    pat_softmax_loss own = loss;
    return pat_softmax_loss_forward(&own, logits, labels,
                                    arrays->has_variation ? &arrays->variation : nullptr, out, wrong);
  };
  return call;
}

}  // namespace fuzz
