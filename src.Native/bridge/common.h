// What every file of the bridge shares: the failure guard, and tensor handles.
#ifndef PAT_COMMON_H
#define PAT_COMMON_H

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "pat_torch.h"

namespace pat {

// A misuse of the bridge that the bridge itself found; the message is one sentence for the caller.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void set_last_error(const char* message) noexcept;

// Runs `body`; 0, or 1 with the message kept for pat_last_error. No exception leaves.
template <class Body>
int guarded(Body&& body) noexcept {
  try {
    body();
    return 0;
  } catch (const c10::Error& error) {
    set_last_error(error.what_without_backtrace());
  } catch (const std::exception& error) {
    set_last_error(error.what());
  } catch (...) {
    set_last_error("libtorch threw something that is not a std::exception");
  }
  return 1;
}

inline void require(bool condition, const char* message) {
  if (!condition) throw Failure(message);
}

// A new handle, counted by pat_live_tensors.
at::Tensor* new_handle(at::Tensor tensor);

inline const at::Tensor& tensor_of(const void* handle) {
  require(handle != nullptr, "the tensor handle is null: the tensor is freed, or was never made");
  return *static_cast<const at::Tensor*>(handle);
}

inline at::ScalarType scalar_type_of(int32_t dtype) {
  if (dtype < 0 || dtype >= static_cast<int32_t>(at::ScalarType::Undefined)) {
    throw Failure("dtype " + std::to_string(dtype) + " is no c10::ScalarType");
  }
  return static_cast<at::ScalarType>(dtype);
}

// Checks that the device can exist here, so that a missing CUDA is told in one sentence.
c10::Device device_of(int64_t type, int64_t index);

}  // namespace pat

#endif
