// The sigmoid family on a tile.
#ifndef PAT_SIGMOID_H
#define PAT_SIGMOID_H

#include "tile.h"

namespace pat::PAT_ISA {

// ln(1 + e^x), with its derivative 1/(1 + e^−x).
template <class T>
PAT_INLINE Vec<T> softplus(Vec<T> x, Vec<T>& slope) {
  const Vec<T> e = exp<T>(x < T(0) ? x : -x);
  const Vec<T> larger_share = T(1) / (T(1) + e);
  slope = x < T(0) ? e * larger_share : larger_share;
  return larger<T>(x, Vec<T>{}) + log1p<T>(e);
}

template <class T>
struct Logistic {
  PAT_INLINE static Vec<T> negative(Vec<T> z, Vec<T>& slope) { return softplus<T>(z, slope); }
  PAT_INLINE static Vec<T> positive(Vec<T> z, Vec<T>& slope) {
    const Vec<T> value = softplus<T>(-z, slope);
    slope = -slope;
    return value;
  }
};

// P = exp(−u), u = e^−z. The positive term goes on straight below −4, the negative one is constant there, and
// beyond 40 it is z.
template <class T>
struct Gumbel {
  static constexpr T kLeast = -4, kMost = 40;

  PAT_INLINE static Vec<T> negative(Vec<T> z, Vec<T>& slope) {
    const Vec<T> lower = larger<T>(z, all<T>(kLeast)), both = smaller<T>(lower, all<T>(kMost));
    const Vec<T> u = exp<T>(-both);
    const Vec<T> complement = one_minus_exp<T>(u);
    // u/(e^u − 1) = u e^−u/(1 − e^−u)
    const Vec<T> inside = u * exp<T>(-u) / complement;
    slope = z > kLeast ? (z < kMost ? inside : all<T>(1)) : Vec<T>{};
    return z != z ? z : lower - both - log<T>(complement);
  }

  PAT_INLINE static Vec<T> positive(Vec<T> z, Vec<T>& slope) {
    const Vec<T> lower = larger<T>(z, all<T>(kLeast));
    const T steepest = static_cast<T>(54.598150033144239078);  // e^4
    const Vec<T> u = exp<T>(-lower);
    slope = z > kLeast ? -u : all<T>(PAT_FAULT("gumbel flat below -4", -steepest, T(0)));
    return z != z ? z : u + steepest * (lower - z);
  }
};

// Losses and gradients of the logits in the tile: Σ over the other classes first, then the label's own term.
template <class T, class Link, class Loss>
PAT_INLINE void sigmoid_tile(const Loss& loss, Tile<T>& tile) {
  take_label(tile);
  for (Index i = 0; i < tile.padded; ++i) tile.loss[i] = T(0);
  for (Index c = 0; c < tile.classes; ++c) {
    const T shift = loss.shift ? static_cast<T>(loss.shift[c]) : T(0), w = static_cast<T>(loss.negative[c]);
    T* row = tile.row(c);
    for (Index i = 0; i < tile.padded; i += kLanes<T>) {
      Vec<T> slope;
      const Vec<T> value = Link::negative(load(row + i) + shift, slope);
      store(tile.loss + i, load(tile.loss + i) + w * value);
      store(row + i, w * slope);
    }
  }
  for (Index i = 0; i < tile.padded; ++i) {
    const Index y = or_first(tile.label[i]);
    tile.of_label[i] +=
        loss.shift ? static_cast<T>(PAT_FAULT("sigmoid label not shifted", loss.shift[y], 0.0)) : T(0);
    tile.largest[i] =
        static_cast<T>(PAT_FAULT("label weighed as a negative", loss.positive[y], loss.negative[y]));
  }
  for (Index i = 0; i < tile.padded; i += kLanes<T>) {
    const Vec<T> a = load(tile.factor + i), w = load(tile.largest + i);
    Vec<T> slope;
    const Vec<T> value = load(tile.loss + i) + w * Link::positive(load(tile.of_label + i), slope);
    store(tile.loss + i, a == T(0) ? Vec<T>{} : a * value);
    store(tile.of_label + i, w * slope);
    store(tile.coefficient + i, a);
    store(tile.offset + i, Vec<T>{});
  }
  put_label(tile);
}

template <class T, class Loss>
PAT_INLINE void sigmoid_tile(const Loss& loss, Tile<T>& tile) {
  if (loss.link == Link::Logistic) {
    sigmoid_tile<T, Logistic<T>>(loss, tile);
  } else {
    sigmoid_tile<T, Gumbel<T>>(loss, tile);
  }
}

}  // namespace pat::PAT_ISA

#endif
