// The random part of a loss, drawn where it is used: a function of a key and of the place of a logit, so that
// it is the same for every number of threads, and takes no memory.
#ifndef PAT_NOISE_H
#define PAT_NOISE_H

#include "tile.h"

namespace pat::PAT_ISA {

// The unsigned integers with as many bits as a T.
template <class T>
using Unsigned = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;

// A bijection of 32-bit numbers in which each bit of x decides about each bit of the result (two rounds of
// multiplication and exclusive or, with the constants of C. Wellons' search, "lowbias32").
template <class T>
PAT_INLINE Vec<Unsigned<T>> scramble(Vec<Unsigned<T>> x) {
  constexpr Unsigned<T> kAll = 0xffffffff;
  x ^= x >> 16;
  x = (x * Unsigned<T>(0x7feb352d)) & kAll;
  x ^= x >> 15;
  x = (x * Unsigned<T>(0x846ca68b)) & kAll;
  return x ^ x >> 16;
}

// Numbers in (0, 1) for the logits from `index` on.
template <class T>
PAT_INLINE Vec<T> uniform(uint64_t key, uint64_t index) {
  constexpr Unsigned<T> kAll = 0xffffffff;
  const auto place = counting<Vec<Unsigned<T>>>(index);
  const auto low = static_cast<uint32_t>(key);
  const auto high = static_cast<uint32_t>((key >> 32) + (index >> 32) * 0x9e3779b9u);
  const Vec<Unsigned<T>> bits = scramble<T>((scramble<T>(place ^ low) + high) & kAll);
  return converted<Vec<T>>(as<BitsVec<T>>(bits >> 8)) * T(0x1p-24) + T(0x1p-25);
}

// |N(0, 1)| from a uniform number: √2 erf⁻¹(u), by Giles' approximation for single precision (2010).
template <class T>
PAT_INLINE Vec<T> half_normal(Vec<T> u) {
  constexpr T middle[] = {T(1.50140941),     T(0.246640727),    T(-0.00417768164),
                          T(-0.00125372503), T(0.00021858087),  T(-4.39150654e-06),
                          T(-3.5233877e-06), T(3.43273939e-07), T(2.81022636e-08)};
  constexpr T tail[] = {T(2.83297682),    T(1.00167406),     T(0.00943887047),
                        T(-0.0076224613), T(0.00573950773),  T(-0.00367342844),
                        T(0.00134934322), T(0.000100950558), T(-0.000200214257)};
  const Vec<T> w = -log<T>((T(1) - u) * (T(1) + u));
  const Vec<T> far = larger<T>(w, all<T>(5));
  const Vec<T> root = exp<T>(T(0.5) * log<T>(far));
  const Vec<T> slope = w < T(5) ? polynomial(middle, w - T(2.5)) : polynomial(tail, root - T(3));
  return T(1.41421356237309504880) * slope * u;
}

// v of a tile's logits: given, or drawn.
template <class T>
struct Variation {
  // Of class c; `buffer` has room for a row of the tile.
  PAT_INLINE const T* row(Index c, Index padded, T* buffer) const {
    if (given != nullptr) return given + c * class_stride;
    const T spread = static_cast<T>(noise.spread);
    for (Index i = 0; i < padded; i += kLanes<T>) {
      const Vec<T> u = uniform<T>(noise.key, static_cast<uint64_t>(first + c * class_stride + i));
      Vec<T> v;
      switch (noise.kind) {
        case NoiseKind::Gaussian:
          v = smaller<T>(spread * half_normal<T>(u), all<T>(1));
          break;
        case NoiseKind::Uniform:
          v = smaller<T>(spread * u, all<T>(1));
          break;
        default:
          v = u < spread ? all<T>(1) : Vec<T>{};
      }
      store(buffer + i, v);
    }
    return buffer;
  }

  const T* given;  // [classes, class_stride], from the tile's first pixel; or null
  Noise noise;
  int64_t first, class_stride;  // the place of the tile's first logit in the batch
};

}  // namespace pat::PAT_ISA

#endif
