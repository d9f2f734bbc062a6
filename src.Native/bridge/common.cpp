#include "common.h"

#include <ATen/Context.h>

#include <atomic>

namespace {

thread_local std::string last_error;
std::atomic<int64_t> live_tensors{0};

}  // namespace

namespace pat {

void set_last_error(const char* message) noexcept {
  try {
    last_error = message;
  } catch (...) {
    last_error.clear();
  }
}

at::Tensor* new_handle(at::Tensor tensor) {
  auto* handle = new at::Tensor(std::move(tensor));
  live_tensors.fetch_add(1, std::memory_order_relaxed);
  return handle;
}

c10::Device device_of(int64_t type, int64_t index) {
  if (type < 0 || type >= static_cast<int64_t>(c10::DeviceType::COMPILE_TIME_MAX_DEVICE_TYPES)) {
    throw Failure("device type " + std::to_string(type) + " is unknown: 0 is the CPU, 1 CUDA");
  }
  if (index < -1 || index > 127) {
    throw Failure("device index " + std::to_string(index) + " is not -1 (the current device) or 0 to 127");
  }
  if (type == static_cast<int64_t>(c10::DeviceType::CUDA) && !at::hasCUDA()) {
    throw Failure("there is no CUDA device, or this libtorch is built without CUDA: use the CPU");
  }
  return c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index));
}

}  // namespace pat

const char* pat_last_error(void) { return last_error.c_str(); }

void pat_last_error_set(const char* message) { pat::set_last_error(message); }

int64_t pat_live_tensors(void) { return live_tensors.load(std::memory_order_relaxed); }

int pat_tensor_alias(const void* tensor, void** out) {
  return pat::guarded([&] {
    pat::require(out != nullptr, "pat_tensor_alias: where to put the tensor is null");
    *out = pat::new_handle(pat::tensor_of(tensor));
  });
}

int pat_tensor_free(void* tensor) {
  return pat::guarded([&] {
    if (tensor == nullptr) return;
    live_tensors.fetch_sub(1, std::memory_order_relaxed);
    delete static_cast<at::Tensor*>(tensor);
  });
}
