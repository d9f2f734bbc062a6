#include "fused.h"

#include <ATen/ops/item.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/scalar_tensor.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <limits>

#include "common.h"
#include "device/device.h"
#include "device/masks.h"
#include "fault.h"
#include "memory.h"

namespace pat {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Fused : torch::autograd::Function<Fused> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& logits, const Evaluate& evaluate) {
    const at::Tensor gradient = gradient_of(logits);
    const at::Tensor value = evaluate(logits, gradient);
    context->save_for_backward({gradient});
    return value;
  }

  static variable_list backward(AutogradContext* context, const variable_list& outer) {
    if (at::GradMode::is_enabled()) {
      throw Failure("fused kernels are differentiated once: use the composed kernel for second derivatives");
    }
    const at::Tensor gradient = context->get_saved_variables()[0];
    if (device::Device* device = device::device_of(gradient))
      return {scaled(context, *device, gradient, outer[0]), at::Tensor()};
    // Most often the loss is what is differentiated; then nothing is left to do.
    const bool is_one = outer[0].item<double>() == 1;
    return {is_one
                ? gradient
                : at::mul(gradient, PAT_FAULT("outer gradient left out", outer[0], at::ones_like(outer[0]))),
            at::Tensor()};
  }

  // The first time in place: whether the factor is 1 is not known without waiting for the device.
  static at::Tensor scaled(AutogradContext* context, device::Device& device, const at::Tensor& gradient,
                           const at::Tensor& factor) {
    const auto [earlier, is_first] = context->saved_data.emplace("factor", factor);
    if (is_first) {
      device::scale(device, gradient, factor.contiguous());
      return gradient;
    }
    if (earlier->second.toTensor().item<double>() != 1) {
      throw Failure(
          "on a device the gradient of a fused kernel is taken again only where it was that of the loss "
          "itself before: use "
          "the composed kernel");
    }
    return factor.item<double>() == 1 ? gradient : at::mul(gradient, factor);
  }
};

Number number_of(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return Number::Float32;
    case at::kDouble:
      return Number::Float64;
    case at::kHalf:
      return Number::Float16;
    default:
      return Number::BFloat16;  // there are no others (checks.h)
  }
}

}  // namespace

at::Tensor scalar(double value, const at::Tensor& logits) {
  const auto type = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  // libtorch refuses what is too large for a float; in tensor operations it would have become infinite.
  if (type == at::kFloat && std::abs(value) > std::numeric_limits<float>::max()) {
    value = std::copysign(std::numeric_limits<double>::infinity(), value);
  }
  return at::scalar_tensor(value, at::TensorOptions(type));
}

at::Tensor differentiable(const at::Tensor& logits, const Evaluate& evaluate) {
  if (logits.requires_grad() && at::GradMode::is_enabled()) return Fused::apply(logits, evaluate);
  return evaluate(logits, at::Tensor());
}

at::Tensor readable(const at::Tensor& logits) {
  const bool dense = logits.is_contiguous() || logits.is_contiguous(at::MemoryFormat::ChannelsLast);
  return dense ? logits.resolve_neg()
               : logits.contiguous().resolve_neg();  // a lazy minus sign becomes a real one
}

Planes planes_of(const at::Tensor& logits, const at::Tensor& gradient) {
  const int64_t images = logits.size(0), classes = logits.size(1), pixels = logits.size(2) * logits.size(3);
  const bool rows = logits.is_contiguous();
  return {logits.data_ptr(),
          gradient.defined() ? gradient.data_ptr() : nullptr,
          number_of(logits.scalar_type()),
          images,
          classes,
          pixels,
          classes * pixels,
          rows ? pixels : 1,
          rows ? 1 : classes};
}

}  // namespace pat
