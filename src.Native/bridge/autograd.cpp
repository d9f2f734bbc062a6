#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <vector>

#include "common.h"

using pat::guarded;
using pat::require;
using pat::tensor_of;

namespace {

// Tensors of an array of handles; a null array is an empty list, a null entry an undefined tensor where
// allowed.
std::vector<at::Tensor> tensors_of(void* const* handles, int32_t count, bool null_entries) {
  require(count >= 0, "the number of tensors is negative");
  std::vector<at::Tensor> tensors;
  if (handles == nullptr) return tensors;
  tensors.reserve(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; ++i) {
    tensors.push_back(handles[i] == nullptr && null_entries ? at::Tensor() : tensor_of(handles[i]));
  }
  return tensors;
}

void check_gradient(const at::Tensor& tensor, const at::Tensor& gradient) {
  require(gradient.sizes() == tensor.sizes(), "the gradient's shape differs from the tensor's");
  require(gradient.scalar_type() == tensor.scalar_type(), "the gradient's dtype differs from the tensor's");
  require(gradient.device() == tensor.device(), "the gradient is on another device than the tensor");
}

}  // namespace

int pat_set_requires_grad(void* tensor, int32_t value) {
  return guarded([&] { tensor_of(tensor).requires_grad_(value != 0); });
}

int pat_grad_get(const void* tensor, void** grad) {
  return guarded([&] {
    require(grad != nullptr, "pat_grad_get: where to put the gradient is null");
    *grad = nullptr;
    const at::Tensor& value = tensor_of(tensor);
    // libtorch warns on stderr when asked for the gradient of a tensor that keeps none.
    if (!value.is_leaf() && !value.retains_grad()) return;
    if (value.grad().defined()) *grad = pat::new_handle(value.grad());
  });
}

int pat_grad_set(void* tensor, const void* grad) {
  return guarded([&] {
    const at::Tensor& value = tensor_of(tensor);
    if (grad != nullptr) {
      check_gradient(value, tensor_of(grad));
      value.mutable_grad() = tensor_of(grad);
    } else if (value.is_leaf() || value.retains_grad()) {
      if (value.grad().defined()) value.mutable_grad() = at::Tensor();
    }
  });
}

int pat_backward(void* const* tensors, void* const* grad_outputs, int32_t count, int32_t retain_graph,
                 int32_t create_graph) {
  return guarded([&] {
    require(tensors != nullptr && count > 0, "pat_backward: there is no tensor to start from");
    torch::autograd::backward(tensors_of(tensors, count, false), tensors_of(grad_outputs, count, true),
                              retain_graph != 0, create_graph != 0);
  });
}

int pat_grad(void* const* outputs, void* const* grad_outputs, int32_t noutputs, void* const* inputs,
             int32_t ninputs, int32_t retain_graph, int32_t create_graph, int32_t allow_unused,
             void** grads) {
  return guarded([&] {
    require(outputs != nullptr && noutputs > 0, "pat_grad: there is no output to differentiate");
    require(inputs != nullptr && ninputs > 0, "pat_grad: there is no input to differentiate by");
    require(grads != nullptr, "pat_grad: where to put the gradients is null");
    auto results = torch::autograd::grad(
        tensors_of(outputs, noutputs, false), tensors_of(inputs, ninputs, false),
        tensors_of(grad_outputs, noutputs, true), retain_graph != 0, create_graph != 0, allow_unused != 0);
    for (size_t i = 0; i < results.size(); ++i) {
      grads[i] = results[i].defined() ? pat::new_handle(std::move(results[i])) : nullptr;
    }
  });
}

int32_t pat_grad_mode(void) { return c10::GradMode::is_enabled(); }

void pat_set_grad_mode(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }

int pat_inference_guard_new(int32_t enabled, void** guard) {
  return guarded([&] {
    require(guard != nullptr, "pat_inference_guard_new: where to put the guard is null");
    *guard = new c10::InferenceMode(enabled != 0);
  });
}

void pat_inference_guard_free(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }
