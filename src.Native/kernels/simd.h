// Vectors of the instruction set that this file is compiled for, and the functions of them that losses need.
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

// Σ coefficients[k] x^k.
template <class T, int N>
PAT_INLINE Vec<T> polynomial(const T (&coefficients)[N], Vec<T> x) {
  Vec<T> y = all<T>(coefficients[N - 1]);
  for (int k = N - 2; k >= 0; --k) y = y * x + coefficients[k];
  return y;
}

// The constants of exp and log, and their polynomials.
template <class T>
struct Series;

template <>
struct Series<float> {
  static constexpr float round =
      12582912.0f;  // 1.5 · 2^23: adding it leaves the nearest integer in the low bits
  static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
  static constexpr float large = 1e30f;
  static constexpr float least = -87.0f;  // e^least is the smallest that is not denormal

  // e^r, |r| ≤ ln 2 / 2: a Chebyshev fit beyond the linear terms, 1.1e-8 relative.
  PAT_INLINE static Vec<float> exp(Vec<float> r) {
    constexpr float c[] = {1.0f,          1.0f,           0.500000001f,  0.166665734f,
                           0.0416664568f, 0.00836377647f, 0.00139345445f};
    return polynomial(c, r);
  }
  // artanh(f)/f in f², |f| ≤ (√2 − 1)/(√2 + 1): a Chebyshev fit, 7.5e-10 relative.
  PAT_INLINE static Vec<float> artanh(Vec<float> f2) {
    constexpr float c[] = {0.99999999925f, 0.33333412575f, 0.19986880741f, 0.14976747540f};
    return polynomial(c, f2);
  }
  // (1 − e^−u)/u, u ≤ ½.
  PAT_INLINE static Vec<float> expm1(Vec<float> u) {
    constexpr float c[] = {1.0f, -1.0f / 2, 1.0f / 6, -1.0f / 24, 1.0f / 120, -1.0f / 720, 1.0f / 5040};
    return polynomial(c, u);
  }
};

template <>
struct Series<double> {
  static constexpr double round = 6755399441055744.0;  // 1.5 · 2^52
  static constexpr double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
  static constexpr double large = 1e300;
  static constexpr double least = -708.0;

  PAT_INLINE static Vec<double> exp(Vec<double> r) {
    constexpr double c[] = {1.0,
                            1.0,
                            1.0 / 2,
                            1.0 / 6,
                            1.0 / 24,
                            1.0 / 120,
                            1.0 / 720,
                            1.0 / 5040,
                            1.0 / 40320,
                            1.0 / 362880,
                            1.0 / 3628800,
                            1.0 / 39916800,
                            1.0 / 479001600,
                            1.0 / 6227020800};
    return polynomial(c, r);
  }
  PAT_INLINE static Vec<double> artanh(Vec<double> f2) {
    constexpr double c[] = {1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9, 1.0 / 11,
                            1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
    return polynomial(c, f2);
  }
  PAT_INLINE static Vec<double> expm1(Vec<double> u) {
    constexpr double c[] = {1.0,
                            -1.0 / 2,
                            1.0 / 6,
                            -1.0 / 24,
                            1.0 / 120,
                            -1.0 / 720,
                            1.0 / 5040,
                            -1.0 / 40320,
                            1.0 / 362880,
                            -1.0 / 3628800,
                            1.0 / 39916800,
                            -1.0 / 479001600,
                            1.0 / 6227020800,
                            -1.0 / 87178291200};
    return polynomial(c, u);
  }
};

// 2^n e for e in [½, 2], given n and `shifted` = n + round.
template <class T>
PAT_INLINE Vec<T> times_power_of_two(Vec<T> e, Vec<T> n, Vec<T> shifted) {
#if defined(__AVX512F__) && !defined(PAT_ONE_LANE)
  (void)shifted;
  if constexpr (sizeof(T) == 4) {
    return (Vec<T>)_mm512_scalef_ps((__m512)e, (__m512)n);
  } else {
    return (Vec<T>)_mm512_scalef_pd((__m512d)e, (__m512d)n);
  }
#else
  (void)n;
  constexpr std::make_unsigned_t<typename Bits<T>::type> one = Bits<T>::one;
  return e * as<Vec<T>>((as<WrappingVec<T>>(shifted) << Bits<T>::mantissa) + one);
#endif
}

// e^x for x ≤ 88 (float) or 709 (double), within a few units in the last place; below `least` it stays at
// e^least.
template <class T>
PAT_INLINE Vec<T> exp_within(Vec<T> x) {
  using S = Series<T>;
  const Vec<T> clamped = larger<T>(all<T>(S::least), x);
  const Vec<T> shifted = clamped * T(1.44269504088896340736) + S::round;
  const Vec<T> n = shifted - S::round;
  const Vec<T> r = clamped - n * S::ln2_high - n * S::ln2_low;
  return times_power_of_two<T>(S::exp(r), n, shifted);
}

#if defined(__CUDA_ARCH__)
// The same by the device's 2^x, 0 below the smallest normal number; what rounding x log2 e loses is made up
// for.
PAT_INLINE float exp_approximate(float x) {
  constexpr float log2e = 1.44269504088896340736f, rest = 1.925963033e-8f, ln2 = 0.69314718056f;
  const float clamped = x < -150.0f ? -150.0f : x;
  const float power = clamped * log2e;
  const float lost = __builtin_fmaf(clamped, log2e, -power) + clamped * rest;
#if defined(__CUDACC__)
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(power));
#else  // Clang unrolls no loop with assembly in it
  const float y = __nvvm_ex2_approx_ftz_f(power);
#endif
  return __builtin_fmaf(y, lost * ln2, y);
}
#endif

// The same, but 0 below `least`.
template <class T>
PAT_INLINE Vec<T> exp(Vec<T> x) {
#if defined(__CUDA_ARCH__)
  if constexpr (sizeof(T) == 4) return exp_approximate(x);
#endif
  return x < Series<T>::least ? Vec<T>{} : exp_within<T>(x);
}

// ln x for normal x > 0.
template <class T>
PAT_INLINE Vec<T> log(Vec<T> x) {
  using S = Series<T>;
  constexpr std::make_unsigned_t<typename Bits<T>::type> sqrt_half = Bits<T>::sqrt_half;
  const auto bits = as<WrappingVec<T>>(x);
  const auto exponent = as<BitsVec<T>>(bits - sqrt_half) >> Bits<T>::mantissa;
  const auto m = as<Vec<T>>(bits - (as<WrappingVec<T>>(exponent) << Bits<T>::mantissa));
  const auto n = converted<Vec<T>>(exponent);
  const Vec<T> f = (m - T(1)) / (m + T(1));
  const Vec<T> y = (f + f) * S::artanh(f * f);
  const Vec<T> whole = n * S::ln2_high + (y + n * S::ln2_low);
  return x != x ? x : whole;
}

// ln(1 + x) for x ≥ 0, exact to rounding near 0.
template <class T>
PAT_INLINE Vec<T> log1p(Vec<T> x) {
  const Vec<T> u = T(1) + x;
  return log<T>(u) + (x - (u - T(1))) / u;
}

// 1 − e^−u for u ≥ 0, exact to rounding near 0.
template <class T>
PAT_INLINE Vec<T> one_minus_exp(Vec<T> u) {
  return u < T(0.5) ? u * Series<T>::expm1(u) : T(1) - exp<T>(-u);
}

// x^a for x ≥ 0.
template <class T>
PAT_INLINE Vec<T> power(Vec<T> x, T a) {
  if (a == T(0)) return all<T>(1);
  if (a == T(1)) return x;
  if (a == T(2)) return x * x;
  return x > T(0) ? exp<T>(a * log<T>(x)) : (a > T(0) ? Vec<T>{} : T(1) / x);
}

}  // namespace pat::PAT_ISA

#endif
