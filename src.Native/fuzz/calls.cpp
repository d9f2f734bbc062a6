#include "calls.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

namespace fuzz {
namespace {

struct FreeHandle {
  void operator()(void* handle) const { pat_tensor_free(handle); }
};
using Handle = std::unique_ptr<void, FreeHandle>;

struct Result {
  int status;
  Handle loss;
  pat_wrong_label wrong;

  const at::Tensor& tensor() const { return *static_cast<const at::Tensor*>(loss.get()); }
};

Result run(const Call& call, const at::Tensor& logits) {
  const Batch& batch = call.batch;
  void* out = nullptr;
  pat_wrong_label wrong{-7, -7};
  pat_last_error_set("");
  const int status = call.run(batch.null_logits ? nullptr : &logits,
                              batch.null_labels ? nullptr : &batch.labels, &out, &wrong);
  return {status, Handle(out), wrong};
}

bool finite(const at::Tensor& tensor) {
  return tensor.numel() == 0 || at::isfinite(tensor).all().item<bool>();
}

// The bits, so that NaN is equal to itself.
bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.contiguous(), y = b.contiguous();
  return x.sizes() == y.sizes() && x.scalar_type() == y.scalar_type() &&
         (x.numel() == 0 || std::memcmp(x.data_ptr(), y.data_ptr(), x.nbytes()) == 0);
}

void check_status(const Call& call, const Result& result) {
  const std::string message = pat_last_error();
  const std::string got = "status " + std::to_string(result.status) + " (" + message + ")";
  hold(result.status >= 0 && result.status <= PAT_IMPOSSIBLE_LABEL, "there is no " + got);
  hold((result.status == 0) == (result.loss != nullptr), got + " and a result do not go together");
  hold(result.status != 1 || !message.empty(), "a failure without a message");
  if (result.status == PAT_IMPOSSIBLE_LABEL) {
    hold(call.leaves_out, got + ", but no class is left out");
    return hold(call.batch.expected == Expected::Done, got + " in spite of " + call.batch.wrong);
  }
  switch (call.batch.expected) {
    case Expected::Done:
      return hold(result.status == 0, got + " for a valid call");
    case Expected::Refused:
      return hold(result.status == 1, got + " in spite of " + call.batch.wrong);
    case Expected::WrongLabel: {
      hold(result.status == PAT_WRONG_LABEL, got + " in spite of a wrong label");
      const int64_t first = first_wrong(call.batch);
      const at::Tensor flat = call.batch.labels.to(at::kLong).reshape(-1);
      hold(result.wrong.index == first && result.wrong.label == flat[first].item<int64_t>(),
           "label " + std::to_string(result.wrong.label) + " at " + std::to_string(result.wrong.index) +
               " is not the first wrong one, at " + std::to_string(first));
    }
  }
}

void check_value(const Call& call, const at::Tensor& loss) {
  const auto type = call.batch.logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  hold(loss.defined() && loss.dim() == 0 && loss.scalar_type() == type, "the loss is no scalar of its type");
  hold(!call.tame || !call.batch.tame || finite(loss),
       "a tame loss is " + std::to_string(loss.item<double>()));
}

at::Tensor gradient_of(const at::Tensor& loss, const at::Tensor& logits, const at::Tensor& outer) {
  void* outputs[] = {const_cast<at::Tensor*>(&loss)};
  void* inputs[] = {const_cast<at::Tensor*>(&logits)};
  void* outers[] = {const_cast<at::Tensor*>(&outer)};
  void* gradient = nullptr;
  const int status = pat_grad(outputs, outers, 1, inputs, 1, 1, 0, 0, &gradient);
  hold(status == 0, std::string("no gradient: ") + pat_last_error());
  const Handle handle(gradient);
  return *static_cast<const at::Tensor*>(gradient);
}

// Twice with the factor 1, then with another.
at::Tensor check_gradient(Random& random, const Call& call, const at::Tensor& loss,
                          const at::Tensor& logits) {
  hold(loss.requires_grad(), "the loss of logits that take part in autograd does not");
  const at::Tensor one = at::ones({}, loss.options().requires_grad(false));
  const at::Tensor gradient = gradient_of(loss, logits, one).clone();
  hold(gradient.sizes() == logits.sizes() && gradient.scalar_type() == logits.scalar_type(),
       "the gradient is not like the logits");
  hold(!call.tame || !call.batch.tame || finite(gradient), "a tame gradient is not finite");
  hold(same_bits(gradient, gradient_of(loss, logits, one)), "the gradient changes when asked for again");
  const at::Tensor scaled = gradient_of(loss, logits, one * random.pick({0.0, -2.0, 0.5, 1e3}));
  hold(scaled.sizes() == logits.sizes(), "the scaled gradient is not like the logits");
  return gradient;
}

void check_null_pointers(const Call& call) {
  void* out = nullptr;
  pat_wrong_label wrong{0, 0};
  hold(call.run(&call.batch.logits, &call.batch.labels, nullptr, &wrong) == 1,
       "null for the result is taken");
  hold(call.run(&call.batch.logits, &call.batch.labels, &out, nullptr) == 1, "null for the label is taken");
  hold(out == nullptr, "a refused call made a result");
}

bool can_require_grad(const at::Tensor& tensor) {
  return tensor.defined() && (at::isFloatingType(tensor.scalar_type()) || tensor.is_complex());
}

}  // namespace

void hold(bool promise, const std::string& message) {
  if (!promise) throw Broken{message};
}

void check(Random& random, const Call& call) {
  if (random.once_in(50)) check_null_pointers(call);
  at::set_num_threads(static_cast<int>(random.between(1, 3)));
  const Result plain = run(call, call.batch.logits);
  check_status(call, plain);
  at::Tensor logits = call.batch.logits;
  if (can_require_grad(logits)) logits = logits.detach().requires_grad_(true);
  const Result differentiated = run(call, logits);
  check_status(call, differentiated);
  if (differentiated.status != 0 || plain.status != 0) return;
  check_value(call, plain.tensor());
  hold(!plain.tensor().requires_grad(), "the loss of plain logits takes part in autograd");
  hold(same_bits(plain.tensor(), differentiated.tensor().detach()),
       "the loss depends on whether a gradient is wanted");
  const at::Tensor gradient = check_gradient(random, call, differentiated.tensor(), logits);
  at::set_num_threads(static_cast<int>(random.between(1, 3)));
  const Result again = run(call, logits);
  hold(again.status == 0 && same_bits(again.tensor().detach(), plain.tensor()),
       "the loss depends on the threads");
  hold(same_bits(check_gradient(random, call, again.tensor(), logits), gradient),
       "the gradient depends on the threads");
  const at::NoGradGuard guard;
  hold(!run(call, logits).tensor().requires_grad(), "a gradient is recorded where none is");
}

double parameter(Random& random, double low, double high, bool& tame) {
  if (!random.once_in(30)) return random.once_in(4) ? low : random.uniform(low, high);
  tame = false;
  return random.pick({0.0, -1.0, 1e-300, 1e300, std::numeric_limits<double>::infinity(),
                      std::numeric_limits<double>::quiet_NaN()});
}

std::vector<double> class_numbers(Random& random, int64_t size, double low, double high, bool& tame) {
  std::vector<double> numbers(size);
  for (double& number : numbers) number = random.uniform(low, high);
  if (size > 0 && random.once_in(20)) {
    numbers[random.below(size)] = parameter(random, 0, 0, tame);
    numbers[random.below(size)] = std::nan("");
    tame = false;
  }
  return numbers;
}

const double* pointer(Random& random, const std::vector<double>& numbers, bool may_be_null) {
  static const double* const nothing = new double[0];  // of an array without numbers: it is no null pointer
  if (may_be_null && random.once_in(2)) return nullptr;
  return numbers.empty() ? nothing : numbers.data();
}

int64_t claimed_classes(Random& random, Batch& batch) {
  if (!random.once_in(12)) return batch.classes;
  if (batch.expected != Expected::Refused) batch.refuse("arrays of the wrong length");
  return random.pick<int64_t>({0, 0, batch.classes + 1, batch.classes - 1, -1});
}

}  // namespace fuzz
