#include <atomic>
#include <cstring>
#include <vector>

#include "isa.h"

namespace pat {

namespace portable {
extern const Kernels table;
}
#if defined(__x86_64__)
namespace avx2 {
extern const Kernels table;
}
namespace avx512 {
extern const Kernels table;
}
#endif

namespace {

// Those that this processor runs, the fastest first.
std::vector<const Kernels*> usable() {
  std::vector<const Kernels*> tables;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    tables.push_back(&avx512::table);
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) tables.push_back(&avx2::table);
#endif
  tables.push_back(&portable::table);
  return tables;
}

std::atomic<const Kernels*>& chosen() {
  static std::atomic<const Kernels*> table{usable().front()};
  return table;
}

std::atomic<bool> emulates{false};

}  // namespace

bool emulates_device() { return emulates.load(std::memory_order_relaxed); }

const Kernels& kernels() { return *chosen().load(std::memory_order_relaxed); }

bool use_kernels(const char* name) {
  if (std::strcmp(name, "emulated") == 0) {
    emulates.store(true, std::memory_order_relaxed);
    return true;
  }
  for (const Kernels* table : usable()) {
    if (std::strcmp(name, table->name) != 0) continue;
    chosen().store(table, std::memory_order_relaxed);
    emulates.store(false, std::memory_order_relaxed);
    return true;
  }
  return false;
}

}  // namespace pat
