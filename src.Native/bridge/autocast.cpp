#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include "common.h"

using pat::guarded;

namespace {

// libtorch 2.4 made these functions of the device type; before, each device had its own.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
bool is_enabled(c10::DeviceType device) { return at::autocast::is_autocast_enabled(device); }
void set_enabled(c10::DeviceType device, bool enabled) {
  at::autocast::set_autocast_enabled(device, enabled);
}
at::ScalarType dtype_of(c10::DeviceType device) { return at::autocast::get_autocast_dtype(device); }
void set_dtype(c10::DeviceType device, at::ScalarType dtype) {
  at::autocast::set_autocast_dtype(device, dtype);
}
#else
bool is_enabled(c10::DeviceType device) {
  return device == c10::DeviceType::CPU ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
}
void set_enabled(c10::DeviceType device, bool enabled) {
  device == c10::DeviceType::CPU ? at::autocast::set_cpu_enabled(enabled)
                                 : at::autocast::set_enabled(enabled);
}
at::ScalarType dtype_of(c10::DeviceType device) {
  return device == c10::DeviceType::CPU ? at::autocast::get_autocast_cpu_dtype()
                                        : at::autocast::get_autocast_gpu_dtype();
}
void set_dtype(c10::DeviceType device, at::ScalarType dtype) {
  device == c10::DeviceType::CPU ? at::autocast::set_autocast_cpu_dtype(dtype)
                                 : at::autocast::set_autocast_gpu_dtype(dtype);
}
#endif

c10::DeviceType autocast_device(int32_t type) {
  pat::require(type == 0 || type == 1, "autocast is for device type 0 (CPU) or 1 (CUDA)");
  return static_cast<c10::DeviceType>(type);
}

at::ScalarType autocast_dtype(int32_t dtype) {
  const at::ScalarType type = pat::scalar_type_of(dtype);
  pat::require(c10::isFloatingType(type), "autocast needs a floating-point dtype, bfloat16 for instance");
  return type;
}

}  // namespace

int pat_autocast_get(int32_t device_type, int32_t* enabled, int32_t* dtype) {
  return guarded([&] {
    pat::require(enabled != nullptr && dtype != nullptr, "pat_autocast_get: where to put the state is null");
    const c10::DeviceType device = autocast_device(device_type);
    *enabled = is_enabled(device);
    *dtype = static_cast<int32_t>(dtype_of(device));
  });
}

int pat_autocast_enter(int32_t device_type, int32_t dtype, int32_t enabled) {
  return guarded([&] {
    const c10::DeviceType device = autocast_device(device_type);
    set_dtype(device, autocast_dtype(dtype));
    set_enabled(device, enabled != 0);
    at::autocast::increment_nesting();
  });
}

int pat_autocast_leave(int32_t device_type, int32_t dtype, int32_t enabled) {
  return guarded([&] {
    const c10::DeviceType device = autocast_device(device_type);
    const at::ScalarType previous = autocast_dtype(dtype);
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    set_dtype(device, previous);
    set_enabled(device, enabled != 0);
  });
}
