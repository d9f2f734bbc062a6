#include <c10/core/DeviceGuard.h>

#include "../isa.h"
#include "common.h"
#include "losses.h"

namespace pat::device {

namespace {

Device* device_of(const at::Tensor& tensor, bool use) {
  if (tensor.is_cuda()) return gpu(tensor, use);
  return emulates_device() ? &emulator() : nullptr;
}

}  // namespace

Device* device_of(const at::Tensor& tensor) { return device_of(tensor, true); }
Device* device_in_use(const at::Tensor& tensor) { return device_of(tensor, false); }

int take_report(Device& device, pat_wrong_label* wrong) {
  // Written by the device at any time; what it says beside the status is there before it.
  const volatile Report& report = device.report();
  const int status = report.status;
  if (status == 0) return 0;
  *wrong = {report.index, report.label};
  device.report().status = 0;
  return status;
}

int run(Device& device, const at::Tensor& logits, pat_wrong_label* wrong, void** out,
        const std::function<at::Tensor()>& loss) {
  if (const int status = take_report(device, wrong)) return status;
  const c10::DeviceGuard guard(logits.device());
  const at::Tensor value = loss();
  if (const int status = take_report(device, wrong)) return status;
  *out = new_handle(value);
  return 0;
}

}  // namespace pat::device

using namespace pat;

const char* pat_kernels_isa(void) { return emulates_device() ? "emulated" : kernels().name; }

int pat_kernels_use(const char* isa) {
  return guarded(
      [&] { require(isa != nullptr && use_kernels(isa), "this processor has no such instruction set"); });
}

int32_t pat_kernels_have_gpu_code(void) { return pat_device_image_bytes > 0; }

int pat_kernels_report(const void* tensor, pat_wrong_label* wrong) {
  int status = 0;
  const int failed = guarded([&] {
    require(wrong != nullptr, "pat_kernels_report: a pointer is null");
    device::Device* device = device::device_in_use(tensor_of(tensor));
    status = device == nullptr ? 0 : device::take_report(*device, wrong);
  });
  return failed ? failed : status;
}
