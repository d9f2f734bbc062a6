// The families of pixel-wise losses as a thread computes them, and their numbers for each class in shared
// memory.
#ifndef PAT_DEVICE_FAMILIES_H
#define PAT_DEVICE_FAMILIES_H

#include "../sigmoid.h"
#include "../softmax.h"
#include "arguments.h"
#include "block.h"

namespace pat::PAT_ISA {

// Where nothing is fetched ahead.
struct Nothing {
  PAT_INLINE void operator()(Index, Index) const {}
};

// The numbers that a loss has for each class, up to three, in shared memory and in the type computed in.
template <class T>
struct ClassNumbers {
  PAT_INLINE void copy(int32_t thread, int32_t threads, const double* from, int32_t which) const {
    for (int32_t c = thread; from != nullptr && c < classes; c += threads)
      to[which * classes + c] = static_cast<T>(from[c]);
  }
  PAT_INLINE const T* of(const double* from, int32_t which) const {
    return from == nullptr ? nullptr : to + which * classes;
  }
  T* to;
  int32_t classes;
};

// A softmax loss whose weight the compiler knows, and where the adjustment is plain that too.
template <Weight weight, bool is_plain>
struct SoftmaxFamily {
  template <class T, class Arguments>
  PAT_INLINE static void stage(const Arguments& a, const ClassNumbers<T>& numbers, int32_t thread,
                               int32_t threads) {
    numbers.copy(thread, threads, a.softmax.shift, 0);
    numbers.copy(thread, threads, a.softmax.margin, 1);
  }
  template <class T, class Arguments>
  PAT_INLINE static void pixel(const Arguments& a, const ClassNumbers<T>& numbers,
                               const Variation<T>& variation, bool wants_gradient, Tile<T>& tile) {
    const SoftmaxLoss& s = a.softmax;
    const SoftmaxLossOf<T> loss{is_plain ? Adjustment::Plain : s.adjustment,
                                s.scale,
                                numbers.of(s.shift, 0),
                                numbers.of(s.margin, 1),
                                s.reach,
                                s.leaves_out,
                                s.mitigation,
                                s.compensation,
                                s.least_log,
                                s.smoothing,
                                weight,
                                s.weight_parameter,
                                s.detached,
                                s.noise};
    softmax_pixels(loss, variation, wants_gradient, Nothing(), tile);
  }
};

template <Link link>
struct SigmoidFamily {
  template <class T, class Arguments>
  PAT_INLINE static void stage(const Arguments& a, const ClassNumbers<T>& numbers, int32_t thread,
                               int32_t threads) {
    numbers.copy(thread, threads, a.sigmoid.shift, 0);
    numbers.copy(thread, threads, a.sigmoid.negative, 1);
    numbers.copy(thread, threads, a.sigmoid.positive, 2);
  }
  template <class T, class Arguments>
  PAT_INLINE static void pixel(const Arguments& a, const ClassNumbers<T>& numbers, const Variation<T>&, bool,
                               Tile<T>& tile) {
    const SigmoidLoss& s = a.sigmoid;
    const SigmoidLossOf<T> loss{link, numbers.of(s.shift, 0), numbers.of(s.negative, 1),
                                numbers.of(s.positive, 2)};
    sigmoid_tile(loss, tile);
  }
};

}  // namespace pat::PAT_ISA

#endif
