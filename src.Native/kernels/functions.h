// The functions of vectors that losses need: exp, log and their relatives.
#ifndef PAT_FUNCTIONS_H
#define PAT_FUNCTIONS_H

#include "simd.h"

namespace pat::PAT_ISA {

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
