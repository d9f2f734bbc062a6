#include <cstdlib>
#include <cstring>

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

const Kernels& choose() {
  const char* wanted = std::getenv("PAT_ISA");
  const auto usable = [&](const Kernels& kernels, bool supported) {
    return supported && (wanted == nullptr || std::strcmp(wanted, kernels.name) == 0);
  };
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (usable(avx512::table, __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))) {
    return avx512::table;
  }
  if (usable(avx2::table, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")))
    return avx2::table;
#endif
  return portable::table;
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace pat
