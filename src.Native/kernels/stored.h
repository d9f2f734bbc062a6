// Numbers as they lie in memory.
#ifndef PAT_STORED_H
#define PAT_STORED_H

#include "fault.h"
#include "simd.h"

namespace pat::PAT_ISA {

// bfloat16 in memory; computed in float.
struct BFloat16 {
  uint16_t bits;
};

// float16 in memory; computed in float.
struct Float16 {
  uint16_t bits;
};

template <class Stored>
struct Computed {
  using type = Stored;
};
template <>
struct Computed<BFloat16> {
  using type = float;
};
template <>
struct Computed<Float16> {
  using type = float;
};

// What the gradient is stored in. That of a mean over a million pixels is less than float16 holds; a loss is
// scaled for that, but backward scales after the kernel. So it stays float, and autograd narrows it last.
template <class Stored>
struct GradientOf {
  using type = Stored;
};
template <>
struct GradientOf<Float16> {
  using type = float;
};

// float16 from its bits, one number or a vector of them: with the exponent in its place, which is 112 too
// small, but for infinity and NaN, whose exponent is the largest.
template <class F, class U>
PAT_INLINE F float16(U bits) {
  const U magnitude = (bits & 0x7fff) << 13, sign = (bits & 0x8000) << 16;
  const U special = magnitude >= 0x7c00 << 13 ? U{} + 0x7f800000 : U{};
  return as<F>(as<U>(as<F>(magnitude) * 0x1p112f) |
               PAT_FAULT("an infinite float16 taken for a large one", special, U{}) | sign);
}

PAT_INLINE float load_one(const BFloat16* from) { return as<float>(static_cast<uint32_t>(from->bits) << 16); }
PAT_INLINE float load_one(const Float16* from) {
#if defined(__CUDACC__) && defined(__CUDA_ARCH__)  // Clang unrolls no loop with assembly in it
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(from->bits));
  return x;
#else
  return float16<float>(static_cast<uint32_t>(from->bits));
#endif
}
template <class T>
PAT_INLINE T load_one(const T* from) {
  return *from;
}

// To the nearest, ties to even; NaN stays NaN.
PAT_INLINE void store_one(BFloat16* to, float x) {
  const auto bits = as<uint32_t>(x);
  to->bits = x != x ? 0x7fc0 : static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
template <class T>
PAT_INLINE void store_one(T* to, T x) {
  *to = x;
}

}  // namespace pat::PAT_ISA

#endif
