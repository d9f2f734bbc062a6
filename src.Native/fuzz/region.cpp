#include "calls.h"

namespace fuzz {

Call region_call(Random& random) {
  Call call{"region", random_batch(random, false), true, false, nullptr};
  Batch& batch = call.batch;
  pat_region_loss loss{};
  loss.ignore = batch.ignore;
  loss.measure = static_cast<int32_t>(random.between(0, 2));
  loss.form = static_cast<int32_t>(random.between(0, 2));
  loss.present_only = static_cast<int32_t>(random.between(-1, 2));
  loss.factor = parameter(random, 0.1, 2, call.tame);
  loss.false_positives = parameter(random, 0, 1, call.tame);
  loss.false_negatives = parameter(random, 0, 1, call.tame);
  loss.smooth = parameter(random, 0, 2, call.tame);
  loss.exponent = parameter(random, 0.5, 2, call.tame);
  if (random.once_in(30)) {
    (random.once_in(2) ? loss.measure : loss.form) = random.pick({-1, 3, 1 << 30});
    batch.refuse("a number that is none of its enum");
  }
  call.run = [loss](const void* logits, const void* labels, void** out, pat_wrong_label* wrong) {
    return pat_region_loss_forward(&loss, logits, labels, out, wrong);
  };
  return call;
}

}  // namespace fuzz
