// Vectors of the instruction set that this file is compiled for.
//
// GCC's and Clang's vector types are used instead of intrinsics, so that one text serves AVX-512, AVX2 and
// every other processor; isa.cpp is compiled once for each. Everything here lives in a namespace of its own
// per instruction set: an inline function that two of them shared would be linked from either.
#ifndef PAT_SIMD_H
#define PAT_SIMD_H

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "target.h"

#if defined(__x86_64__) && !defined(PAT_ONE_LANE)
#include <immintrin.h>
#endif

namespace pat::PAT_ISA {

#if defined(PAT_ONE_LANE)
template <class T>
inline constexpr int kLanes = 1;
template <class T>
using Vec = T;
using Index = int32_t;  // places in a tile
#else
#if defined(__AVX512F__)
inline constexpr int kBytes = 64;
#elif defined(__AVX2__)
inline constexpr int kBytes = 32;
#else
inline constexpr int kBytes = 16;
#endif

template <class T>
inline constexpr int kLanes = kBytes / static_cast<int>(sizeof(T));

template <class T>
struct VectorOf {
  typedef T type __attribute__((vector_size(kBytes)));
};
template <class T>
using Vec = typename VectorOf<T>::type;
using Index = int64_t;
#endif

// The integers with the bits of a T.
template <class T>
struct Bits;
template <>
struct Bits<float> {
  using type = int32_t;
  static constexpr int mantissa = 23;
  static constexpr type one = 0x3f800000;
  static constexpr type sqrt_half = 0x3f3504f3;
};
template <>
struct Bits<double> {
  using type = int64_t;
  static constexpr int mantissa = 52;
  static constexpr type one = 0x3ff0000000000000;
  static constexpr type sqrt_half = 0x3fe6a09e667f3bcd;
};
template <class T>
using BitsVec = Vec<typename Bits<T>::type>;
// The same without a sign: what is not a number, or out of range, wraps around instead of overflowing.
template <class T>
using WrappingVec = Vec<std::make_unsigned_t<typename Bits<T>::type>>;

// The bits of v as a V.
template <class V, class From>
PAT_INLINE V as(const From& v) {
  static_assert(sizeof(V) == sizeof(From));
  V bits;
  PAT_COPY(&bits, &v, sizeof bits);
  return bits;
}

// The numbers of v as those of a V.
template <class V, class From>
PAT_INLINE V converted(const From& v) {
#if defined(PAT_ONE_LANE)
  return static_cast<V>(v);
#else
  return __builtin_convertvector(v, V);
#endif
}

// x, x + 1, x + 2 … as 32-bit numbers.
template <class V>
PAT_INLINE V counting(uint64_t x) {
#if defined(PAT_ONE_LANE)
  return static_cast<uint32_t>(x);
#else
  V places{};
  for (unsigned lane = 0; lane < sizeof(V) / sizeof places[0]; ++lane)
    places[lane] = static_cast<uint32_t>(x + lane);
  return places;
#endif
}

template <class T>
PAT_INLINE Vec<T> load(const T* from) {
  Vec<T> v;
  PAT_COPY(&v, from, sizeof v);
  return v;
}

template <class T>
PAT_INLINE void store(T* to, Vec<T> v) {
  PAT_COPY(to, &v, sizeof v);
}

#if !defined(PAT_ONE_LANE)
// Past the caches, for what is not read again soon; `to` is aligned to the vector.
template <class T>
inline void stream(T* to, Vec<T> v) {
#if defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), (__m512i)v);
#elif defined(__AVX2__)
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to), (__m256i)v);
#elif defined(__x86_64__)
  _mm_stream_si128(reinterpret_cast<__m128i*>(to), (__m128i)v);
#else
  store(to, v);
#endif
}

// Orders streamed stores before what other threads read.
inline void stream_fence() {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}
#endif

template <class T>
PAT_INLINE Vec<T> all(T x) {
  return x - Vec<T>{};
}

// The larger one; b where either is NaN.
template <class T>
PAT_INLINE Vec<T> larger(Vec<T> a, Vec<T> b) {
#if defined(PAT_ONE_LANE)
  return a > b ? a : b;
#elif defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    return (Vec<T>)_mm512_max_ps((__m512)a, (__m512)b);
  } else {
    return (Vec<T>)_mm512_max_pd((__m512d)a, (__m512d)b);
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    return (Vec<T>)_mm256_max_ps((__m256)a, (__m256)b);
  } else {
    return (Vec<T>)_mm256_max_pd((__m256d)a, (__m256d)b);
  }
#else
  return a > b ? a : b;
#endif
}

template <class T>
PAT_INLINE Vec<T> smaller(Vec<T> a, Vec<T> b) {
  return -larger<T>(-a, -b);
}

template <class T>
PAT_INLINE T sum(Vec<T> v) {
#if defined(PAT_ONE_LANE)
  return v;
#else
  T total = 0;
  for (int lane = 0; lane < kLanes<T>; ++lane) total += v[lane];
  return total;
#endif
}

}  // namespace pat::PAT_ISA

#endif
