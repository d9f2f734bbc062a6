// The same numbers everywhere for a seed: SplitMix64.
#ifndef PAT_FUZZ_RANDOM_H
#define PAT_FUZZ_RANDOM_H

#include <cstdint>
#include <initializer_list>

namespace fuzz {

class Random {
 public:
  Random(uint64_t seed, uint64_t stream) : state_(mix(seed ^ mix(stream + kStep))) {}

  uint64_t bits() { return mix(state_ += kStep); }
  // In [0, end).
  int64_t below(int64_t end) { return static_cast<int64_t>(bits() % static_cast<uint64_t>(end)); }
  // In [low, high].
  int64_t between(int64_t low, int64_t high) { return low + below(high - low + 1); }
  double uniform(double low, double high) { return low + (high - low) * ((bits() >> 11) * 0x1p-53); }
  // True once in `of` times.
  bool once_in(int64_t of) { return below(of) == 0; }

  template <class T>
  T pick(std::initializer_list<T> of) {
    return of.begin()[below(static_cast<int64_t>(of.size()))];
  }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15;

  static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
  }

  uint64_t state_;
};

}  // namespace fuzz

#endif
