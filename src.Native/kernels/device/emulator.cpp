// The device's kernels on the processor, block after block: so their text is tested where there is no GPU.
#define PAT_ONE_LANE
#define PAT_ISA emulated
#include <ATen/Parallel.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <unordered_map>

#include "common.h"
#include "device.h"
#include "kernels.h"

namespace pat::emulated {
namespace {

using device::Report;
using namespace pat::device;
using Kernel = void (*)(const Block& block, const void* arguments);

#define PAT_PLAIN(...) __VA_ARGS__
#define PAT_KERNEL(name, Arguments, text)                              \
  {"pat_" #name, [](const Block& block, const void* arguments) {       \
     PAT_PLAIN text(block, *static_cast<const Arguments*>(arguments)); \
   }},

const std::unordered_map<std::string, Kernel>& kernels() {
  static const auto& all = *new std::unordered_map<std::string, Kernel>{PAT_DEVICE_KERNELS(PAT_KERNEL)};
  return all;
}

class Emulator : public Device {
 public:
  int64_t most_shared() const override { return 600 << 10; }
  Report& report() override { return report_; }

 protected:
  void enqueue(const char* kernel, int64_t blocks, int32_t threads, int64_t shared_bytes,
               const void* arguments) override {
    const Kernel run = kernels().at(kernel);
    // Blocks and threads come in any order on a GPU; here in one or the other, by the highest bit of a hash
    // of the launch's number, so that results that depend on it differ.
    const bool backwards = (++launches_ * 0x9e3779b9u) >> 31;
    at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
      // Of exactly the size asked for, so that AddressSanitizer sees what goes beyond it.
      const std::unique_ptr<unsigned char, void (*)(void*)> shared(
          static_cast<unsigned char*>(std::aligned_alloc(16, (shared_bytes + 15) / 16 * 16)), std::free);
      for (int64_t b = begin; b < end; ++b)
        run({backwards ? blocks - 1 - b : b, threads, shared.get(), backwards}, arguments);
    });
  }

 private:
  Report report_{};
  std::atomic<uint32_t> launches_{0};
};

}  // namespace
}  // namespace pat::emulated

pat::device::Device& pat::device::emulator() {
  static auto& instance = *new pat::emulated::Emulator;
  return instance;
}
