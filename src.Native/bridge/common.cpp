#include "common.h"

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

}  // namespace pat

const char* pat_last_error(void) { return last_error.c_str(); }

int64_t pat_live_tensors(void) { return live_tensors.load(std::memory_order_relaxed); }

int pat_tensor_free(void* tensor) {
  return pat::guarded([&] {
    if (tensor == nullptr) return;
    live_tensors.fetch_sub(1, std::memory_order_relaxed);
    delete static_cast<at::Tensor*>(tensor);
  });
}
