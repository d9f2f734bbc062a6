#include "checks.h"

#include <limits>
#include <sstream>

namespace pat {
namespace {

std::string text(c10::IntArrayRef shape) {
  std::ostringstream out;
  out << shape;
  return out.str();
}

void require_placed(const at::Tensor& tensor, const char* what) {
  if (!tensor.defined()) throw Failure(std::string(what) + " are an undefined tensor");
  if (!(tensor.device().is_cpu() || tensor.is_cuda()) || tensor.layout() != at::kStrided) {
    throw Failure("fused kernels take dense tensors on the CPU or a CUDA device; " + std::string(what) +
                  " are on " + tensor.device().str() + ": use the composed kernel there");
  }
}

void require_together(const at::Tensor& logits, const at::Tensor& other, const char* what) {
  require_placed(other, what);
  if (other.device() != logits.device()) {
    throw Failure(std::string(what) + " are on " + other.device().str() + ", the logits on " +
                  logits.device().str() + ": move them to one device");
  }
}

}  // namespace

std::pair<at::Tensor, at::Tensor> checked(const void* logits, const void* labels, int64_t classes,
                                          Resolution resolution) {
  const at::Tensor z = tensor_of(logits), y = tensor_of(labels);
  require_placed(z, "logits");
  require_together(z, y, "labels");
  if (z.dim() != 4 || z.size(1) < 1 || z.size(1) > std::numeric_limits<int32_t>::max()) {
    throw Failure("logits are [N,C,H,W] with C > 0; received " + text(z.sizes()));
  }
  const bool same = resolution == Resolution::Same;
  if (y.dim() != 3 || y.size(0) != z.size(0) ||
      (same && (y.size(1) != z.size(2) || y.size(2) != z.size(3)))) {
    throw Failure("labels of logits " + text(z.sizes()) + " are [N,H,W]; received " + text(y.sizes()));
  }
  const auto type = z.scalar_type();
  const bool is_narrow = type == at::kBFloat16 || type == at::kHalf;
  if (!same && (is_narrow || (y.numel() > 0 && z.numel() == 0))) {
    throw Failure("logits to be upsampled are float32 or float64 and not empty");
  }
  if (type != at::kFloat && type != at::kDouble && !is_narrow) {
    throw Failure("logits are float32, float64, bfloat16 or float16; received " +
                  std::string(c10::toString(type)));
  }
  if (y.scalar_type() != at::kLong && y.scalar_type() != at::kByte) {
    throw Failure("labels are int64 or uint8; received " + std::string(c10::toString(y.scalar_type())));
  }
  if (classes != 0 && classes != z.size(1)) {
    throw Failure("the loss was given numbers for " + std::to_string(classes) + " classes; the logits have " +
                  std::to_string(z.size(1)));
  }
  return {z, y.contiguous().resolve_neg()};
}

at::Tensor checked_variation(const void* variation, const at::Tensor& logits) {
  const at::Tensor v = tensor_of(variation);
  require_together(logits, v, "the variation's values");
  const auto type = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  if (v.sizes() != logits.sizes() || v.scalar_type() != type) {
    throw Failure("the variation is " + std::string(c10::toString(type)) + " of the logits' shape " +
                  text(logits.sizes()) + "; received " + std::string(c10::toString(v.scalar_type())) + " " +
                  text(v.sizes()));
  }
  return v.contiguous();
}

const double* checked_numbers(const void* tensor, const at::Tensor& logits) {
  const at::Tensor& numbers = tensor_of(tensor);
  require_together(logits, numbers, "the numbers of the classes");
  if (numbers.scalar_type() != at::kDouble || numbers.dim() != 1 || numbers.size(0) != logits.size(1) ||
      !numbers.is_contiguous()) {
    throw Failure("numbers of classes in a tensor are float64 [C], contiguous, with C = " +
                  std::to_string(logits.size(1)) + "; received " + c10::toString(numbers.scalar_type()) +
                  " " + text(numbers.sizes()));
  }
  return numbers.data_ptr<double>();
}

Resolution checked_resolution(int32_t resolution) {
  require(resolution >= 0 && resolution <= 2,
          "the resolution is not 0 (same), 1 (upsampled) or 2 (with aligned corners)");
  return static_cast<Resolution>(resolution);
}

Reduction checked_reduction(int32_t reduction) {
  require(reduction >= 0 && reduction <= static_cast<int32_t>(Reduction::Sum),
          "the reduction is not one of labels.h's");
  return static_cast<Reduction>(reduction);
}

Labels labels_of(const at::Tensor& labels, int64_t ignore) {
  return {labels.data_ptr(), labels.scalar_type() == at::kByte, ignore};
}

}  // namespace pat
