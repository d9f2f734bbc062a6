// Results and errors of this library are libpat_torch's.
#include "common.h"

namespace pat {

void set_last_error(const char* message) noexcept { pat_last_error_set(message); }

at::Tensor* new_handle(at::Tensor tensor) {
  void* handle = nullptr;
  if (pat_tensor_alias(&tensor, &handle) != 0) throw Failure(pat_last_error());
  return static_cast<at::Tensor*>(handle);
}

}  // namespace pat
