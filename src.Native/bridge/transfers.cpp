#include "transfers.h"

#include <ATen/ops/empty.h>
#include <c10/core/Event.h>
#include <c10/core/GradMode.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Optional.h>

#include <map>
#include <mutex>

#include "common.h"

using c10::impl::VirtualGuardImpl;
using pat::guarded;
using pat::require;
using pat::tensor_of;

namespace {

constexpr size_t large_bytes = size_t{1} << 20;
thread_local bool uploads_allowed = true;

// One stream a device, always the same: the device's allocator keeps memory by the stream it was made on.
c10::Stream upload_stream(const VirtualGuardImpl& backend, c10::Device device) {
  static auto& mutex = *new std::mutex;
  static auto& streams = *new std::map<c10::DeviceIndex, c10::Stream>;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto known = streams.find(device.index());
  if (known != streams.end()) return known->second;
  return streams.emplace(device.index(), backend.getStreamFromGlobalPool(device)).first->second;
}

// A tensor on its way to the host.
struct Download {
  at::Tensor value;  // on the way; on its device where `copying` is empty
  c10::optional<c10::Stream> copying;
};

Download begin(const at::Tensor& value) {
  if (!value.is_cuda()) return {value.detach(), c10::nullopt};
  const c10::NoGradGuard quiet;
  const VirtualGuardImpl backend(value.device().type());
  const c10::Stream computing = backend.getStream(value.device());
  const c10::Stream copying = backend.getStreamFromGlobalPool(value.device());
  at::Tensor host = pat::empty_for(value.sizes(), value.scalar_type(), value.device());
  pat::order(computing, copying);
  {
    const c10::StreamGuard beside(copying);
    host.copy_(value, /*non_blocking=*/true);
  }
  value.record_stream(copying);
  return {std::move(host), copying};
}

}  // namespace

at::Tensor pat::empty_for(c10::IntArrayRef sizes, at::ScalarType type, c10::Device device) {
  const bool pinned = device.is_cuda() && c10::multiply_integers(sizes) > 0;
  if (pinned) {
    // CUDA must be there before memory is locked for it; the first tensor on it brings it up.
    static const at::Tensor first = at::empty({0}, at::TensorOptions(device));
  }
  return at::empty(sizes, at::TensorOptions(type).pinned_memory(pinned));
}

void pat::order(const c10::Stream& earlier, const c10::Stream& later) {
  c10::Event done(earlier.device_type());
  done.record(earlier);
  done.block(later);
}

void pat::set_uploads_allowed(bool allowed) { uploads_allowed = allowed; }

at::Tensor pat::upload(at::Tensor host, c10::Device device) {
  if (device.is_cpu()) return host;
  require(
      uploads_allowed,
      "the step takes numbers from the host, which a replay would not find any more: leave --cuda-graph out");
  if (!device.is_cuda() || host.nbytes() < large_bytes)
    return host.to(device, host.scalar_type(), /*non_blocking=*/true);
  const VirtualGuardImpl backend(device.type());
  const c10::Device place = device.has_index() ? device : backend.getDevice();
  const c10::Stream computing = backend.getStream(place);
  const c10::Stream copying = upload_stream(backend, place);
  at::Tensor moved;
  {
    const c10::StreamGuard beside(copying);
    moved = host.to(place, host.scalar_type(), /*non_blocking=*/true);
  }
  order(copying, computing);
  moved.record_stream(computing);
  return moved;
}

int pat_download_begin(const void* tensor, void** download) {
  return guarded([&] {
    require(download != nullptr, "pat_download_begin: where to put the download is null");
    *download = nullptr;
    *download = new Download(begin(tensor_of(tensor)));
  });
}

int pat_download_finish(void* download, void** tensor) {
  return guarded([&] {
    require(download != nullptr && tensor != nullptr,
            "pat_download_finish: the download, or where to put the tensor, is null");
    *tensor = nullptr;
    const auto& begun = *static_cast<const Download*>(download);
    if (begun.copying) begun.copying->synchronize();
    *tensor = pat::new_handle(begun.value.cpu());
  });
}

void pat_download_free(void* download) { delete static_cast<Download*>(download); }
