// Work of a CUDA device that is captured once and replayed: at::cuda::CUDAGraph, where CMake found CUDA's
// headers.
#ifdef PAT_CUDA_GRAPHS
#include <cuda.h>  // first: what members a CUDAGraph has depends on its CUDA_VERSION
//
#include <ATen/Context.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/cuda/CUDACachingAllocator.h>

#include <optional>
#endif

#include "common.h"
#include "transfers.h"

using pat::guarded;
using pat::require;

namespace {

#ifdef PAT_CUDA_GRAPHS

using c10::impl::VirtualGuardImpl;

struct Graph {
  explicit Graph(c10::Device device)
      : backend(device.type()),
        device(device.has_index() ? device : backend.getDevice()),
        stream(backend.getStreamFromGlobalPool(this->device)) {}

  void enter() {
    require(!outer, "pat_graph_enter: the graph's stream is entered already");
    outer = backend.exchangeStream(stream);
    pat::order(*outer, stream);
  }

  void leave() {
    require(outer.has_value(), "pat_graph_leave: the graph's stream was not entered");
    const c10::Stream before = *outer;
    outer.reset();
    backend.exchangeStream(before);
    pat::order(stream, before);
  }

  VirtualGuardImpl backend;
  c10::Device device;
  c10::Stream stream;
  std::optional<c10::Stream> outer;  // where there was work before, while the stream is entered
  at::cuda::CUDAGraph captured;
};

// From libtorch 2.1 on the mode is an argument: what other threads ask of CUDA does not concern a capture
// here.
template <class Captured>
auto begin(Captured& captured, int)
    -> decltype(captured.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal)) {
  captured.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
}

template <class Captured>
void begin(Captured& captured, long) {
  captured.capture_begin();
}

// A CUDAGraph of other headers than libtorch's own may have another size.
void check_headers() {
  const auto built = static_cast<long>(CUDART_VERSION), needed = at::globalContext().versionCUDART();
  if (built == needed) return;
  throw pat::Failure("this libpat_torch was built with the headers of CUDA " + std::to_string(built) +
                     " and libtorch with those of " + std::to_string(needed) +
                     " (12040 is 12.4): install these and build again, or leave --cuda-graph out");
}

Graph& graph_at(void* graph) {
  require(graph != nullptr, "the graph is null: it is freed, or was never made");
  return *static_cast<Graph*>(graph);
}

#else

constexpr const char* missing =
    "this libpat_torch was built without CUDA's headers: install them and build again, or leave --cuda-graph "
    "out";

// What stands in for a graph: nobody gets one.
struct Graph {
  void enter() {}
  void leave() {}
};

Graph& graph_at(void*) { throw pat::Failure(missing); }

#endif

}  // namespace

int pat_graph_new(int32_t device_index, void** graph) {
  return guarded([&] {
    require(graph != nullptr, "pat_graph_new: where to put the graph is null");
    *graph = nullptr;
#ifdef PAT_CUDA_GRAPHS
    const auto cuda = static_cast<int64_t>(c10::DeviceType::CUDA);
    const c10::Device device = pat::device_of(cuda, device_index);
    check_headers();
    *graph = new Graph(device);
#else
    static_cast<void>(device_index);
    throw pat::Failure(missing);
#endif
  });
}

int pat_graph_enter(void* graph) {
  return guarded([&] { graph_at(graph).enter(); });
}

int pat_graph_leave(void* graph) {
  return guarded([&] { graph_at(graph).leave(); });
}

int pat_graph_capture_begin(void* graph) {
  return guarded([&] {
    [[maybe_unused]] Graph& begun = graph_at(graph);
#ifdef PAT_CUDA_GRAPHS
    require(begun.outer.has_value(), "pat_graph_capture_begin: the graph's stream was not entered");
    // A capture takes memory of its own, and can't take what the steps before it left unused.
    c10::cuda::CUDACachingAllocator::emptyCache();
    begin(begun.captured, 0);
    pat::set_uploads_allowed(false);
#endif
  });
}

int pat_graph_capture_end(void* graph) {
  return guarded([&] {
    [[maybe_unused]] Graph& ended = graph_at(graph);
#ifdef PAT_CUDA_GRAPHS
    pat::set_uploads_allowed(true);
    ended.captured.capture_end();
#endif
  });
}

int pat_graph_replay(void* graph) {
  return guarded([&] {
    [[maybe_unused]] Graph& replayed = graph_at(graph);
#ifdef PAT_CUDA_GRAPHS
    replayed.captured.replay();
#endif
  });
}

void pat_graph_free(void* graph) { delete static_cast<Graph*>(graph); }
