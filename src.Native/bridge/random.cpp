#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/core/Generator.h>

#include <mutex>

#include "common.h"

using pat::guarded;
using pat::require;

namespace {

// The copy shares the generator: both lock and change the same state.
at::Generator generator_of(const void* handle) {
  require(handle != nullptr, "the generator handle is null: the generator is freed, or was never made");
  return *static_cast<const at::Generator*>(handle);
}

void seed(at::Generator& generator, uint64_t value) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_current_seed(value);
}

// CUDA's generator is cloned from its default one, which needs no CUDA at link time. The CPU's is not:
// libtorch 1.13 never frees a clone's 2.6 KB. Devices without one of their own draw with the CPU's.
at::Generator new_generator(uint64_t value, c10::Device device) {
  if (!device.is_cuda()) return at::detail::createCPUGenerator(value);
  at::Generator origin = at::globalContext().defaultGenerator(device);
  std::unique_lock<std::mutex> lock(origin.mutex());
  at::Generator made = origin.clone();
  lock.unlock();
  seed(made, value);
  return made;
}

}  // namespace

int pat_manual_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); });
}

int pat_generator_new(uint64_t value, int32_t device_type, int32_t device_index, void** generator) {
  return guarded([&] {
    require(generator != nullptr, "pat_generator_new: where to put the generator is null");
    *generator = nullptr;
    *generator = new at::Generator(new_generator(value, pat::device_of(device_type, device_index)));
  });
}

int pat_generator_default(int32_t device_type, int32_t device_index, void** generator) {
  return guarded([&] {
    require(generator != nullptr, "pat_generator_default: where to put the generator is null");
    *generator = nullptr;
    *generator =
        new at::Generator(at::globalContext().defaultGenerator(pat::device_of(device_type, device_index)));
  });
}

int pat_generator_seed(void* generator, uint64_t value) {
  return guarded([&] {
    at::Generator target = generator_of(generator);
    seed(target, value);
  });
}

int pat_generator_initial_seed(const void* generator, uint64_t* value) {
  return guarded([&] {
    require(value != nullptr, "pat_generator_initial_seed: where to put the seed is null");
    *value = generator_of(generator).current_seed();
  });
}

int pat_generator_get_state(const void* generator, void** state) {
  return guarded([&] {
    require(state != nullptr, "pat_generator_get_state: where to put the state is null");
    *state = nullptr;
    at::Generator source = generator_of(generator);
    const std::lock_guard<std::mutex> lock(source.mutex());
    *state = pat::new_handle(source.get_state());
  });
}

int pat_generator_set_state(void* generator, const void* state) {
  return guarded([&] {
    at::Generator target = generator_of(generator);
    const at::Tensor& value = pat::tensor_of(state);
    const std::lock_guard<std::mutex> lock(target.mutex());
    target.set_state(value);
  });
}

void pat_generator_free(void* generator) { delete static_cast<at::Generator*>(generator); }
