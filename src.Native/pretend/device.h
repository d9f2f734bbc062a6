// A device that does not exist, for tests on machines without a GPU. Its tensors are refused beside the
// processor's, as a GPU's are, and whatever would make the host wait for a GPU is noted; it computes with the
// processor's operators, so its numbers are the processor's.
#ifndef PAT_PRETEND_DEVICE_H
#define PAT_PRETEND_DEVICE_H

#include <ATen/ATen.h>

namespace pretend {

constexpr c10::DeviceType kind = c10::DeviceType::PrivateUse1;

inline c10::Device device() { return c10::Device(kind, 0); }

inline bool is_there(const at::Tensor& tensor) { return tensor.defined() && tensor.device().type() == kind; }

// A tensor of the device in the memory of one of the processor.
at::Tensor there(const at::Tensor& host);

// Gives an empty tensor of the device, which an operator was to fill, what it was filled with.
void resized(const at::Tensor& tensor, const at::Tensor& host);

// A tensor of the processor in the memory of one of the device.
at::Tensor here(const at::Tensor& tensor);

}  // namespace pretend

#endif
