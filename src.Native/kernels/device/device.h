// Where the device's kernels run: a GPU, or the emulator that runs them on the processor for tests.
#ifndef PAT_DEVICE_H
#define PAT_DEVICE_H

#include <ATen/core/Tensor.h>

#include <vector>

#include "arguments.h"

// The image of kernels.cu, as CMake found a compiler for it; of 0 bytes without one.
extern "C" const unsigned char pat_device_image[];
extern "C" const uint64_t pat_device_image_bytes;

namespace pat::device {

class Device {
 public:
  virtual ~Device() = default;

  // Runs a kernel of kernels.h after those launched before; returns at once where the device works by itself.
  template <class Arguments>
  void launch(const char* kernel, int64_t blocks, int32_t threads, int64_t shared_bytes,
              const Arguments& arguments) {
    static_assert(sizeof(Arguments) <= 4096);
    if (blocks > 0) enqueue(kernel, blocks, threads, shared_bytes, &arguments);
  }

  // How much memory the threads of a block can share, in bytes.
  virtual int64_t most_shared() const = 0;

  // What kernels report, for both to read and write; it may be about a batch of earlier calls.
  virtual Report& report() = 0;

 protected:
  virtual void enqueue(const char* kernel, int64_t blocks, int32_t threads, int64_t shared_bytes,
                       const void* arguments) = 0;
};

// The device that computes losses of this tensor; null where the processor's own kernels do.
Device* device_of(const at::Tensor& tensor);

// The same, but null where it has computed nothing yet.
Device* device_in_use(const at::Tensor& tensor);

// The emulator, and the GPU that a tensor lies on; null where that GPU is not in use and is not to be.
Device& emulator();
Device* gpu(const at::Tensor& tensor, bool use);

// Memory of the device that lasts as long as this.
class Workspace {
 public:
  explicit Workspace(const at::Tensor& like) : options_(like.options().requires_grad(false)) {}

  template <class T>
  T* take(int64_t count) {
    return static_cast<T*>(take_bytes(count * static_cast<int64_t>(sizeof(T))));
  }
  at::Tensor tensor(at::IntArrayRef shape, at::ScalarType type);

 private:
  void* take_bytes(int64_t bytes);

  at::TensorOptions options_;
  std::vector<at::Tensor> taken_;
};

}  // namespace pat::device

#endif
