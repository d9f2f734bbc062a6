#include <memory>

#include "calls.h"

namespace fuzz {

Call sigmoid_call(Random& random) {
  Call call{"sigmoid", random_batch(random, true), true, false, nullptr};
  Batch& batch = call.batch;
  struct Arrays {
    std::vector<double> shift, negative, positive;
  };
  auto arrays = std::make_shared<Arrays>();
  pat_sigmoid_loss loss{};
  loss.ignore = batch.ignore;
  loss.link = static_cast<int32_t>(random.between(0, 1));
  loss.reduction = static_cast<int32_t>(random.between(0, 9));
  loss.resolution = batch.resolution;
  loss.factor = parameter(random, 0.1, 2, call.tame);
  loss.classes = claimed_classes(random, batch);
  const int64_t size = std::max<int64_t>(0, loss.classes);
  arrays->shift = class_numbers(random, size, -10, 3, call.tame);
  arrays->negative = class_numbers(random, size, 0, 1, call.tame);
  arrays->positive = class_numbers(random, size, 0, 4, call.tame);
  loss.shift = pointer(random, arrays->shift, true);
  loss.negative = pointer(random, arrays->negative, random.once_in(60));
  loss.positive = pointer(random, arrays->positive, random.once_in(60));
  if (!loss.negative || !loss.positive) batch.refuse("weights that are null");
  if (random.once_in(40)) {
    int32_t& number = random.once_in(3) ? loss.link : random.once_in(2) ? loss.reduction : loss.resolution;
    number = random.pick({-1, 10, 1 << 30});
    batch.refuse("a number that is none of its enum");
  }
  call.run = [loss, arrays](const void* logits, const void* labels, void** out, pat_wrong_label* wrong) {
    return pat_sigmoid_loss_forward(&loss, logits, labels, out, wrong);
  };
  return call;
}

}  // namespace fuzz
