// The pretended device: its storage is host memory that only this file knows to be such.
#include "device.h"

#include <ATen/ops/from_blob.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#if __has_include(<ATen/detail/PrivateUse1HooksInterface.h>)
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#endif

namespace pretend {
namespace {

// Exactly one device without streams of its own.
struct Guard final : c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return kind; }
  c10::Device exchangeDevice(c10::Device) const override { return device(); }
  c10::Device getDevice() const override { return device(); }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device) const noexcept override {
    return c10::Stream(c10::Stream::DEFAULT, device());
  }
  // Asked for by the autograd of libtorch 2.x.
  c10::Stream getDefaultStream(c10::Device) const override { return getStream(device()); }
  c10::Stream exchangeStream(c10::Stream) const noexcept override { return getStream(device()); }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
};

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard);

#if __has_include(<ATen/detail/PrivateUse1HooksInterface.h>)
// What libtorch 2.x asks beside; which of these functions there are to override depends on its version.
struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const { return true; }
  bool isAvailable() const { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const { return true; }
  c10::DeviceIndex deviceCount() const { return 1; }
  c10::DeviceIndex getCurrentDevice() const { return 0; }
  c10::DeviceIndex exchangeDevice(c10::DeviceIndex) const { return 0; }
  c10::DeviceIndex maybeExchangeDevice(c10::DeviceIndex) const { return 0; }
  void setCurrentDevice(c10::DeviceIndex) const {}
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const {
    return at::detail::getDefaultCPUGenerator();
  }
};

const bool is_registered = [] {
  c10::register_privateuse1_backend("pretended");
  at::RegisterPrivateUse1HooksInterface(new Hooks);
  return true;
}();
#endif

}  // namespace

at::Tensor there(const at::Tensor& host) {
  auto* kept = new at::Tensor(host);
  const auto release = [](void* tensor) { delete static_cast<at::Tensor*>(tensor); };
  const size_t bytes = host.storage().nbytes();
  c10::DataPtr data(host.storage().data_ptr().get(), kept, release, device());
  c10::Storage storage(c10::Storage::use_byte_size_t(), bytes, std::move(data), nullptr, false);
  at::Tensor made = at::detail::make_tensor<c10::TensorImpl>(
      std::move(storage), c10::DispatchKeySet(c10::DispatchKey::PrivateUse1), host.dtype());
  made.unsafeGetTensorImpl()->set_storage_offset(host.storage_offset());
  made.unsafeGetTensorImpl()->set_sizes_and_strides(host.sizes(), host.strides());
  return made;
}

void resized(const at::Tensor& tensor, const at::Tensor& host) {
  if (!is_there(tensor) || tensor.sizes() == host.sizes()) return;
  const at::Tensor made = there(host);
  tensor.unsafeGetTensorImpl()->set_storage_keep_dtype(made.storage());
  tensor.unsafeGetTensorImpl()->set_sizes_and_strides(host.sizes(), host.strides());
}

at::Tensor here(const at::Tensor& tensor) {
  if (!is_there(tensor)) return tensor;
  const c10::Storage storage = tensor.storage();
  const auto keep = [storage](void*) {};
  if (tensor.numel() == 0) return at::empty_strided(tensor.sizes(), tensor.strides(), tensor.scalar_type());
  return at::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(), keep,
                       at::TensorOptions(tensor.scalar_type()));
}

}  // namespace pretend
