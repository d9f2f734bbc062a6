#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <torch/version.h>

#include "common.h"

int pat_set_num_threads(int32_t threads) {
  return pat::guarded([&] {
    if (threads < 1)
      throw pat::Failure("the number of threads is " + std::to_string(threads) + ": it must be 1 or more");
    at::set_num_threads(threads);
  });
}

int32_t pat_get_num_threads(void) { return at::get_num_threads(); }

int32_t pat_cuda_is_available(void) { return pat_cuda_device_count() > 0; }

int32_t pat_cuda_device_count(void) {
  int32_t count = 0;
  pat::guarded([&] { count = static_cast<int32_t>(at::getNumGPUs()); });
  return count;
}

int32_t pat_cuda_version(void) {
  int32_t version = 0;
  pat::guarded([&] {
    if (at::globalContext().hasCUDART()) version = static_cast<int32_t>(at::globalContext().versionCUDART());
  });
  return version;
}

int pat_set_cudnn(int32_t benchmark, int32_t deterministic) {
  return pat::guarded([&] {
    at::globalContext().setBenchmarkCuDNN(benchmark != 0);
    at::globalContext().setDeterministicCuDNN(deterministic != 0);
  });
}

const char* pat_torch_version(void) { return TORCH_VERSION; }

const char* pat_torch_config(void) {
  static const std::string& config = *new std::string(at::show_config());
  return config.c_str();
}

const char* pat_torch_path(void) {
  static const std::string& path = *new std::string([] {
    Dl_info info{};
    const bool found = dladdr(reinterpret_cast<void*>(&at::show_config), &info) != 0;
    return std::string(found && info.dli_fname ? info.dli_fname : "");
  }());
  return path.c_str();
}
