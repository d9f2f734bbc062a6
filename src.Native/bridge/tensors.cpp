#include <algorithm>
#include <cstring>

#include "common.h"
#include "transfers.h"

using pat::guarded;
using pat::require;
using pat::tensor_of;

int pat_tensor_from_memory(const void* data, const int64_t* shape, int32_t dim, int32_t dtype,
                           int32_t device_type, int32_t device_index, void** out) {
  return guarded([&] {
    require(out != nullptr, "pat_tensor_from_memory: where to put the tensor is null");
    *out = nullptr;
    require(dim >= 0 && (dim == 0 || shape != nullptr), "pat_tensor_from_memory: the shape is null");
    const c10::IntArrayRef sizes(shape, static_cast<size_t>(dim));
    const c10::Device device = pat::device_of(device_type, device_index);
    at::Tensor tensor = pat::empty_for(sizes, pat::scalar_type_of(dtype), device);
    require(data != nullptr || tensor.numel() == 0, "pat_tensor_from_memory: the data is null");
    if (tensor.numel() > 0) std::memcpy(tensor.data_ptr(), data, tensor.nbytes());
    *out = pat::new_handle(pat::upload(std::move(tensor), device));
  });
}

int pat_tensor_info_get(const void* tensor, pat_tensor_info* info) {
  return guarded([&] {
    const at::Tensor& value = tensor_of(tensor);
    require(info != nullptr, "pat_tensor_info_get: where to put the facts is null");
    require(value.defined(), "the tensor is undefined");
    const c10::Device device = value.device();
    info->dtype = static_cast<int32_t>(value.scalar_type());
    info->device_type = static_cast<int32_t>(device.type());
    info->device_index = device.index();
    info->dim = static_cast<int32_t>(value.dim());
    info->numel = value.numel();
    info->requires_grad = value.requires_grad();
    info->is_leaf = value.is_leaf();
  });
}

int pat_tensor_version(const void* tensor, int64_t* version) {
  return guarded([&] {
    require(version != nullptr, "pat_tensor_version: where to put the version is null");
    *version = static_cast<int64_t>(tensor_of(tensor)._version());
  });
}

int pat_tensor_sizes(const void* tensor, int64_t* sizes) {
  return guarded([&] {
    const auto values = tensor_of(tensor).sizes();
    require(sizes != nullptr || values.empty(), "pat_tensor_sizes: where to put the sizes is null");
    std::copy(values.begin(), values.end(), sizes);
  });
}

int pat_tensor_strides(const void* tensor, int64_t* strides) {
  return guarded([&] {
    const auto values = tensor_of(tensor).strides();
    require(strides != nullptr || values.empty(), "pat_tensor_strides: where to put the strides is null");
    std::copy(values.begin(), values.end(), strides);
  });
}

int pat_tensor_is_contiguous(const void* tensor, int32_t memory_format, int32_t* result) {
  return guarded([&] {
    require(result != nullptr, "pat_tensor_is_contiguous: where to put the answer is null");
    const auto format = static_cast<c10::MemoryFormat>(memory_format);
    require(format == c10::MemoryFormat::Contiguous || format == c10::MemoryFormat::ChannelsLast ||
                format == c10::MemoryFormat::ChannelsLast3d,
            "the memory format is not 0 (contiguous), 2 (channels last) or 3 (channels last, 3d)");
    *result = tensor_of(tensor).is_contiguous(format);
  });
}

int pat_tensor_data(const void* tensor, void** data) {
  return guarded([&] {
    require(data != nullptr, "pat_tensor_data: where to put the address is null");
    *data = nullptr;
    const at::Tensor& value = tensor_of(tensor);
    require(value.defined(), "the tensor is undefined");
    if (!value.device().is_cpu()) {
      throw pat::Failure("the data of a tensor on " + value.device().str() +
                         " has no host address: copy it to the CPU");
    }
    *data = value.data_ptr();
  });
}
