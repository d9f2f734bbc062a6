// Random valid and invalid calls of libpat_kernels, under AddressSanitizer and UndefinedBehaviorSanitizer.
//
//   ./build.sh NativeSanitize [--iterations N] [--seed S] [--only I]
//
// Every iteration is a function of the seed and its number; a failure prints both, and --only repeats it.
// What is promised of each call stands in calls.cpp. Leaks are told from the handles that are alive at the
// end: LeakSanitizer would list libtorch's own objects, which live as long as the process.
#include <ATen/core/grad_mode.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "calls.h"

// A report ends with SIGABRT, whose handler says which call it was. Too large an allocation fails as
// malloc's own does. Exported, because the sanitizers look for them by name.
extern "C" PAT_API const char* __asan_default_options() {
  return "abort_on_error=1:detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=2048";
}
extern "C" PAT_API const char* __ubsan_default_options() { return "abort_on_error=1:print_stacktrace=1"; }

namespace {

char replay[128];

extern "C" void say_which(int signal) {
  std::fputs(replay, stderr);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

struct Options {
  uint64_t seed = static_cast<uint64_t>(std::time(nullptr));
  int64_t iterations = 5000, only = -1;
};

bool parse(int count, char** words, Options& options) {
  for (int i = 1; i < count; i += 2) {
    char* end = nullptr;
    const unsigned long long value = i + 1 < count ? std::strtoull(words[i + 1], &end, 10) : 0;
    if (end == nullptr || end == words[i + 1] || *end != '\0') return false;
    if (std::strcmp(words[i], "--seed") == 0) {
      options.seed = value;
    } else if (std::strcmp(words[i], "--iterations") == 0) {
      options.iterations = static_cast<int64_t>(value);
    } else if (std::strcmp(words[i], "--only") == 0) {
      options.only = static_cast<int64_t>(value);
    } else {
      return false;
    }
  }
  return true;
}

// Another set of instructions, by its name; a name that there is not is refused and changes nothing.
void choose_instructions(fuzz::Random& random) {
  const char* const name =
      random.pick<const char*>({"portable", "avx2", "avx512", "emulated", "emulated", "mmx", "", nullptr});
  const std::string before = pat_kernels_isa();
  const int status = pat_kernels_use(name);
  if (name == nullptr || std::strcmp(name, "mmx") == 0 || *name == '\0') {
    fuzz::hold(status == 1 && *pat_last_error() != '\0', "an instruction set that there is not is taken");
  }
  fuzz::hold(pat_kernels_isa() == (status == 0 ? std::string(name) : before),
             "another instruction set is in use");
}

void iterate(uint64_t seed, int64_t iteration, int64_t* counts) {
  fuzz::Random random(seed, static_cast<uint64_t>(iteration));
  choose_instructions(random);
  const fuzz::Call call = random.once_in(2)   ? fuzz::softmax_call(random)
                          : random.once_in(2) ? fuzz::sigmoid_call(random)
                                              : fuzz::region_call(random);
  ++counts[static_cast<int>(call.batch.expected)];
  fuzz::check(random, call);
  fuzz::hold(pat_live_tensors() == 0, "a handle is alive that nobody has");
}

}  // namespace

int main(int count, char** words) {
  Options options;
  if (!parse(count, words, options)) {
    std::fputs("kernel_fuzz takes --iterations N, --seed S and --only I, each with a whole number.\n",
               stderr);
    return 2;
  }
  std::signal(SIGABRT, say_which);
  std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
  std::fflush(stdout);
  int64_t counts[3] = {};
  const int64_t first = std::max<int64_t>(0, options.only);
  const int64_t end = options.only < 0 ? options.iterations : options.only + 1;
  for (int64_t i = first; i < end; ++i) {
    std::snprintf(replay, sizeof replay,
                  "repeat it with: ./build.sh NativeSanitize --seed %llu --only %lld\n",
                  static_cast<unsigned long long>(options.seed), static_cast<long long>(i));
    try {
      iterate(options.seed, i, counts);
    } catch (const fuzz::Broken& broken) {
      std::fprintf(stderr, "iteration %lld: %s\n%s", static_cast<long long>(i), broken.message.c_str(),
                   replay);
      return 1;
    }
  }
  std::printf("%lld calls: %lld valid, %lld refused, %lld with a wrong label; every promise was kept\n",
              static_cast<long long>(end - first), static_cast<long long>(counts[0]),
              static_cast<long long>(counts[1]), static_cast<long long>(counts[2]));
  return 0;
}
