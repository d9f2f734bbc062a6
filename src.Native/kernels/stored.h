// Numbers as they lie in memory.
#ifndef PAT_STORED_H
#define PAT_STORED_H

#include "simd.h"

namespace pat::PAT_ISA {

// bfloat16 in memory; computed in float.
struct BFloat16 {
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

PAT_INLINE float load_one(const BFloat16* from) { return as<float>(static_cast<uint32_t>(from->bits) << 16); }
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
