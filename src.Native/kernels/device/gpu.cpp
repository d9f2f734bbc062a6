// GPUs by CUDA's driver interface, whose library is looked for when it is needed: neither the toolkit nor its
// headers are.
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common.h"
#include "device.h"

namespace pat::device {
namespace {

using Function = void*;
using Module = void*;
using Stream = void*;

// The few functions of libcuda.so.1 that are used, with its own names and types (int for its enums).
struct Driver {
  int (*cuGetErrorString)(int, const char**);
  int (*cuDeviceGet)(int*, int);
  int (*cuDeviceGetAttribute)(int*, int, int);
  int (*cuDevicePrimaryCtxRetain)(void**, int);
  int (*cuCtxSetCurrent)(void*);
  int (*cuModuleLoadDataEx)(Module*, const void*, unsigned, const int*, void**);
  int (*cuModuleGetFunction)(Function*, Module, const char*);
  int (*cuFuncSetAttribute)(Function, int, int);
  int (*cuMemHostAlloc)(void**, size_t, unsigned);
  int (*cuLaunchKernel)(Function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                        Stream, void**, void**);

  Driver() {
    void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
    if (library == nullptr)
      throw Failure("NVIDIA's driver is not there (libcuda.so.1): " + std::string(dlerror()));
    const auto find = [&](auto& function, const char* name) {
      function = reinterpret_cast<std::decay_t<decltype(function)>>(dlsym(library, name));
      if (function == nullptr)
        throw Failure(std::string("NVIDIA's driver has no ") + name + ": it is too old");
    };
    find(cuGetErrorString, "cuGetErrorString");
    find(cuDeviceGet, "cuDeviceGet");
    find(cuDeviceGetAttribute, "cuDeviceGetAttribute");
    find(cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain");
    find(cuCtxSetCurrent, "cuCtxSetCurrent");
    find(cuModuleLoadDataEx, "cuModuleLoadDataEx");
    find(cuModuleGetFunction, "cuModuleGetFunction");
    find(cuFuncSetAttribute, "cuFuncSetAttribute");
    find(cuMemHostAlloc, "cuMemHostAlloc");
    find(cuLaunchKernel, "cuLaunchKernel");
  }

  void check(int result, const std::string& doing) const {
    if (result == 0) return;
    const char* text = nullptr;
    cuGetErrorString(result, &text);
    throw Failure(doing + " failed: " + (text == nullptr ? "CUDA error " + std::to_string(result) : text));
  }
};

const Driver& driver() {
  static const Driver& instance = *new Driver;
  return instance;
}

// A function of libtorch's CUDA part, which is loaded with this library, whatever its file is called.
void* function_of_libtorch(const char* name) {
  Dl_info own;
  if (dladdr(reinterpret_cast<const void*>(&function_of_libtorch), &own) == 0) return nullptr;
  void* library = dlopen(own.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  return library == nullptr ? nullptr : dlsym(library, name);
}

// libtorch's present stream of a device as the driver knows it.
Stream stream_of(c10::Device device) {
  const c10::Stream stream = c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).getStream(device);
  if (stream.id() == 0) return nullptr;  // the default one
  // c10::cuda::CUDAStream is a c10::Stream and nothing else; its headers would need CUDA's own.
  using StreamMethod = Stream (*)(const c10::Stream*);
  static const auto method =
      reinterpret_cast<StreamMethod>(function_of_libtorch("_ZNK3c104cuda10CUDAStream6streamEv"));
  if (method == nullptr)
    throw Failure("this libtorch does not tell its CUDA streams: use the default stream");
  return method(&stream);
}

class Gpu : public Device {
 public:
  explicit Gpu(c10::Device device) : device_(device) {
    if (pat_device_image_bytes == 0) {
      throw Failure(
          "libpat_kernels was built without a compiler for GPUs, nvcc or clang: install one of them and "
          "build again, or use the "
          "composed kernel");
    }
    const Driver& cuda = driver();
    int number = 0;
    cuda.check(cuda.cuDeviceGet(&number, device.index()), "finding the GPU");
    cuda.check(cuda.cuDevicePrimaryCtxRetain(&context_, number), "beginning with the GPU");
    cuda.check(cuda.cuCtxSetCurrent(context_), "beginning with the GPU");
    constexpr int kSharedOptIn = 97;
    cuda.check(cuda.cuDeviceGetAttribute(&most_shared_, kSharedOptIn, number),
               "asking the GPU for its shared memory");
    load();
    void* report = nullptr;
    constexpr unsigned kPortable = 1, kMapped = 2;
    cuda.check(cuda.cuMemHostAlloc(&report, sizeof(Report), kPortable | kMapped),
               "taking memory for reports");
    report_ = new (report) Report{};
  }

  int64_t most_shared() const override { return most_shared_; }
  Report& report() override { return *report_; }

 protected:
  void enqueue(const char* kernel, int64_t blocks, int32_t threads, int64_t shared_bytes,
               const void* arguments) override {
    const Driver& cuda = driver();
    cuda.check(cuda.cuCtxSetCurrent(context_), "returning to the GPU");
    const Function function = find(kernel, shared_bytes);
    void* parameters[] = {const_cast<void*>(arguments)};
    cuda.check(
        cuda.cuLaunchKernel(function, static_cast<unsigned>(blocks), 1, 1, threads, 1, 1,
                            static_cast<unsigned>(shared_bytes), stream_of(device_), parameters, nullptr),
        std::string("launching ") + kernel);
  }

 private:
  void load() {
    constexpr int kErrorLog = 5, kErrorLogBytes = 6;
    std::array<char, 4096> log{};
    const std::array<int, 2> options{kErrorLog, kErrorLogBytes};
    std::array<void*, 2> values{log.data(), reinterpret_cast<void*>(log.size())};
    const int result = driver().cuModuleLoadDataEx(&module_, pat_device_image, options.size(), options.data(),
                                                   values.data());
    driver().check(result, "loading the kernels into the GPU (" + std::string(log.data()) + ")");
  }

  Function find(const char* kernel, int64_t shared_bytes) {
    const std::lock_guard<std::mutex> guard(mutex_);
    Function& function = functions_[kernel];
    if (function == nullptr) {
      driver().check(driver().cuModuleGetFunction(&function, module_, kernel),
                     std::string("finding ") + kernel);
    }
    int& allowed = shared_[kernel];
    constexpr int64_t kAlways = 48 << 10;
    if (shared_bytes > kAlways && shared_bytes > allowed) {
      constexpr int kMostDynamicShared = 8;
      driver().check(
          driver().cuFuncSetAttribute(function, kMostDynamicShared, static_cast<int>(shared_bytes)),
          std::string("giving shared memory to ") + kernel);
      allowed = static_cast<int>(shared_bytes);
    }
    return function;
  }

  const c10::Device device_;
  void* context_ = nullptr;
  Module module_ = nullptr;
  int most_shared_ = 0;
  Report* report_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, Function> functions_;
  std::map<std::string, int> shared_;
};

}  // namespace

Device* gpu(const at::Tensor& tensor, bool use) {
  static std::mutex& mutex = *new std::mutex;
  static auto& gpus = *new std::map<int, std::unique_ptr<Gpu>>;
  const std::lock_guard<std::mutex> guard(mutex);
  std::unique_ptr<Gpu>& found = gpus[tensor.device().index()];
  if (found == nullptr && use) {
    const c10::DeviceGuard on(tensor.device());
    found = std::make_unique<Gpu>(tensor.device());
  }
  return found.get();
}

}  // namespace pat::device
