// The softmax family on a tile.
#ifndef PAT_SOFTMAX_H
#define PAT_SOFTMAX_H

#include <cmath>
#include <limits>

#include "noise.h"

namespace pat::PAT_ISA {

// --- pixel weights: w(p) from p, q = 1 − p and S, with the gain A = w − S p w'(p)
// --------------------------------

template <class T>
struct One {
  template <class Loss>
  PAT_INLINE explicit One(const Loss&) {}
  PAT_INLINE Vec<T> operator()(Vec<T>, Vec<T>, Vec<T>, Vec<T>& gain) const { return gain = all<T>(1); }
};

template <class T>
struct Exponential {
  template <class Loss>
  PAT_INLINE explicit Exponential(const Loss& loss)
      : rate(static_cast<T>(1 / loss.weight_parameter)),
        attached(loss.detached ? PAT_FAULT("detached weight differentiated", T(0), T(1)) : T(1)) {}
  PAT_INLINE Vec<T> operator()(Vec<T> p, Vec<T> q, Vec<T> S, Vec<T>& gain) const {
    const Vec<T> w = exp<T>(-q * PAT_FAULT("T for 1/T", rate, T(1) / rate));
    gain = w * (T(1) - PAT_FAULT("weight not differentiated", attached, T(0)) *
                           PAT_FAULT("weight's derivative not over T", rate, T(1)) * S * p);
    return w;
  }
  T rate, attached;
};

template <class T>
struct Focal {
  template <class Loss>
  PAT_INLINE explicit Focal(const Loss& loss) : gamma(static_cast<T>(loss.weight_parameter)) {}
  PAT_INLINE Vec<T> operator()(Vec<T> p, Vec<T> q, Vec<T> S, Vec<T>& gain) const {
    const Vec<T> w = power<T>(q, gamma);
    // The slope of γ < 1 has a pole at p = 1; it is taken at 1e-12.
    const Vec<T> base = gamma < T(1) ? larger<T>(q, all<T>(T(1e-12))) : q;
    const Vec<T> slope =
        gamma == T(0)
            ? Vec<T>{}
            : gamma * power<T>(base, PAT_FAULT("focal slope with the power γ", gamma - T(1), gamma));
    gain = w + PAT_FAULT("focal's slope of the wrong sign", S * p * slope, -S * p * slope);
    return w;
  }
  T gamma;
};

template <class T>
struct Inverse {
  template <class Loss>
  PAT_INLINE explicit Inverse(const Loss&) {}
  PAT_INLINE Vec<T> operator()(Vec<T> p, Vec<T> q, Vec<T> S, Vec<T>& gain) const {
    const Vec<T> w = T(0.5) * exp<T>(PAT_FAULT("inverse weight of p", q, p));
    gain = w * (T(1) + S * p);
    return w;
  }
};

// --- logit adjustments ----------------------------------------------------------------------------------

template <class T>
PAT_INLINE void find_largest(Tile<T>& tile) {
  for (Index i = 0; i < tile.padded; i += kLanes<T>) {
    Vec<T> m = load(tile.z + i);
    for (Index c = 1; c < tile.classes; ++c) m = larger<T>(m, load(tile.row(c) + i));
    store(tile.largest + i, m);
  }
}

// Classes that the softmax leaves out become −∞ before the largest logit is looked for: those with the shift
// −∞, and where equalised those with v = 1.
template <class T, class Loss>
PAT_INLINE void leave_out(const Loss& loss, const Variation<T>& variation, Tile<T>& tile) {
  constexpr T nothing = -std::numeric_limits<T>::infinity();
  if (loss.shift == nullptr || !loss.leaves_out) return;
  bool any = false;
  for (Index c = 0; c < tile.classes; ++c) {
    T* row = tile.row(c);
    if (loss.adjustment == Adjustment::Plain && loss.shift[c] == nothing) {
      for (Index i = 0; i < tile.padded; ++i) row[i] += nothing;
      any = true;
    } else if (loss.adjustment == Adjustment::Equalised && loss.shift[c] != 0) {
      const T* v = variation.row(c, tile.padded, tile.loss);
      for (Index i = 0; i < tile.pixels; ++i) {
        const bool is_label = tile.label[i] == PAT_FAULT("label equalised too", c, Index(-2));
        if (v[i] == T(1) && !is_label) row[i] += nothing;
      }
      any = true;
    }
  }
  if (any) find_largest(tile);
}

// z' = scale (z + shift_k − [k = y] margin_k), of logits less their largest: 1e4 + ln π would lose ln π in
// float32.
template <class T, class Loss>
PAT_INLINE void adjust(const Loss& loss, Tile<T>& tile) {
  if (loss.adjustment == Adjustment::Plain && loss.shift == nullptr && loss.margin == nullptr &&
      loss.scale == 1) {
    return;
  }
  const T scale = static_cast<T>(loss.scale);
  const bool shifts = loss.shift != nullptr && loss.adjustment == Adjustment::Plain;
  for (Index c = 0; c < tile.classes; ++c) {
    T* row = tile.row(c);
    const T shift = shifts ? static_cast<T>(PAT_FAULT("shift of another class", loss.shift[c],
                                                      loss.shift[tile.classes - 1 - c]))
                           : T(0);
    for (Index i = 0; i < tile.padded; i += kLanes<T>) {
      store(row + i, ((load(row + i) - load(tile.largest + i)) + shift) * scale);
    }
  }
  if (loss.margin != nullptr) {
    for (Index i = 0; i < tile.pixels; ++i) {
      if (tile.label[i] < 0) continue;
      T& own = tile.row(tile.label[i])[i];
      own = own - static_cast<T>(
                      PAT_FAULT("margin added", loss.margin[tile.label[i]], -loss.margin[tile.label[i]])) *
                      scale;
    }
  }
  // The largest is now near 0, which does as well, unless everything could have moved out of the reach of
  // exp.
  if (loss.reach < -Series<T>::least / 2) {
    for (Index i = 0; i < tile.padded; ++i) tile.largest[i] = T(0);
  } else {
    find_largest(tile);
  }
}

template <class T>
PAT_INLINE T log1p_one(T x) {
  if constexpr (kLanes<T> == 1) {
    return log1p<T>(x);
  } else {
    return std::log1p(x);
  }
}

// z'_k + c_k v_k, or z'_k + ln(1 − v_k) for k ≠ y where the class is rare.
template <class T, class Loss>
PAT_INLINE void vary(const Loss& loss, const Variation<T>& variation, Tile<T>& tile) {
  const bool equalised = loss.adjustment == Adjustment::Equalised;
  for (Index c = 0; c < tile.classes; ++c) {
    const T share = static_cast<T>(loss.shift[c]);
    if (share == T(0)) continue;
    const T* v = variation.row(c, tile.padded, tile.loss);
    T* row = tile.row(c);
    for (Index i = 0; i < tile.pixels; ++i) {
      if (!equalised) {
        row[i] += PAT_FAULT("variation not scaled by rarity", share, T(1)) * v[i];
      } else if (tile.label[i] != c && v[i] > T(0) && v[i] < T(1)) {
        row[i] += log1p_one(-v[i]);
      }
    }
  }
  find_largest(tile);
}

// z'_j + p min(0, ln N_j − ln N_y) + q max(0, l_j − max(l_y, ln ε)) for j ≠ y, a constant to the gradient.
template <class T, class Loss>
PAT_INLINE void seesaw(const Loss& loss, Tile<T>& tile) {
  const T p = static_cast<T>(loss.mitigation), q = static_cast<T>(loss.compensation);
  // ln N_y, then max(l_y, ln ε) + ln Σ exp z, stand in the arrays that are free until the gradient is made.
  for (Index i = 0; i < tile.padded; ++i) {
    const int32_t y = or_first(tile.label[i]);
    tile.offset[i] = static_cast<T>(loss.shift[y]);
    tile.of_label[i] = tile.row(y)[i];
  }
  for (Index i = 0; i < tile.padded; i += kLanes<T>) {
    const Vec<T> m = load(tile.largest + i);
    Vec<T> total{};
    for (Index c = 0; c < tile.classes; ++c) total += exp<T>(load(tile.row(c) + i) - m);
    const Vec<T> least = log<T>(total) + m + static_cast<T>(loss.least_log);
    store(tile.coefficient + i, larger<T>(load(tile.of_label + i), least));
  }
  for (Index c = 0; c < tile.classes; ++c) {
    const T logCount = static_cast<T>(loss.shift[c]);
    T* row = tile.row(c);
    for (Index i = 0; i < tile.padded; i += kLanes<T>) {
      const Vec<T> z = load(row + i);
      const Vec<T> rarer = smaller<T>(logCount - load(tile.offset + i), Vec<T>{});
      const Vec<T> likelier = larger<T>(z - load(tile.coefficient + i), Vec<T>{});
      store(row + i, z + PAT_FAULT("seesaw without mitigation", p, T(0)) * rarer +
                         PAT_FAULT("seesaw without compensation", q, T(0)) * likelier);
    }
  }
  for (Index i = 0; i < tile.pixels; ++i) {  // the label's own logit stays
    if (tile.label[i] >= 0) tile.row(tile.label[i])[i] = tile.of_label[i];
  }
  find_largest(tile);
}

// --- a tile's loss
// -----------------------------------------------------------------------------------------------

// Σ_c z'_c − C z'_y of smoothing.
template <class T>
PAT_INLINE Vec<T> smoothing_sum(const Tile<T>& tile, Vec<T> z_y, Index i) {
  Vec<T> total{};
  for (Index c = 0; c < tile.classes; ++c) total += z_y - load(tile.z + c * tile.stride + i);
  return total;
}

// Losses and gradients of the adjusted logits in the tile. With A the gain and ε the smoothing,
// dL/dz_k = scale a (A p_k − (A − w ε)[k = y] − w ε/C) (losses.md 0.2); p_k = e_k / total. `ahead` is called
// for each vector of the tile, to fetch the next one meanwhile.
template <class T, class Loss, class W, class Ahead>
PAT_INLINE void softmax_tile(const Loss& loss, const W& weight, bool wants_gradient, const Ahead& ahead,
                             Tile<T>& tile) {
  const T smoothing = static_cast<T>(loss.smoothing), scale = static_cast<T>(loss.scale);
  const T share = smoothing / static_cast<T>(tile.classes);
  if (smoothing != T(0)) {
    for (Index i = 0; i < tile.padded; ++i) tile.of_label[i] = tile.row(or_first(tile.label[i]))[i];
    for (Index i = 0; i < tile.padded; i += kLanes<T>) {
      store(tile.loss + i, share * smoothing_sum(tile, load(tile.of_label + i), i));
    }
  }
  take_label(tile);
  for (Index i = 0; i < tile.padded; i += kLanes<T>) {
    const Vec<T> m = load(tile.largest + i), z_y = load(tile.of_label + i);
    Vec<T> others{};
    for (Index c = 0; c < tile.classes; ++c) {
      T* at = tile.z + c * tile.stride + i;
      const Vec<T> e = exp<T>(load(at) - PAT_FAULT("largest logit not subtracted", m, Vec<T>{}));
      store(at, e);
      others += e;
      ahead(c, i);
    }
    const Vec<T> e_y = exp<T>(z_y - m);
    const Vec<T> total = others + e_y;
    const Vec<T> q = others / total, p = e_y / total;
    // −ln p = ln(1 + others/e_y), or where e_y is too small to divide by, ln total − z_y.
    const Vec<T> odds = others / e_y;
    Vec<T> S = odds < Series<T>::large ? log1p<T>(odds) : log<T>(total) - (z_y - m);
    if (smoothing != T(0)) S += load(tile.loss + i);
    const Vec<T> a = load(tile.factor + i);
    Vec<T> gain;
    const Vec<T> w = weight(p, q, S, gain);
    store(tile.loss + i, a == T(0) ? Vec<T>{} : a * w * S);
    if (!wants_gradient) continue;
    store(tile.coefficient + i, a * scale * gain / total);
    store(tile.offset + i, a * scale * w * PAT_FAULT("smoothing without gradient", share, T(0)));
    // A p − (A − w ε) = w ε − A q, without the cancellation, as own · coefficient.
    const Vec<T> smooth = gain == T(0) ? Vec<T>{} : w * smoothing * total / gain;
    store(tile.of_label + i,
          smooth - PAT_FAULT("gradient of the label's logit of the wrong sign", others, -others));
  }
  if (wants_gradient) put_label(tile);
}

template <class T, class Loss, class Ahead>
PAT_INLINE void softmax_tile(const Loss& loss, bool wants_gradient, const Ahead& ahead, Tile<T>& tile) {
  switch (loss.weight) {
    case Weight::One:
      return softmax_tile(loss, One<T>(loss), wants_gradient, ahead, tile);
    case Weight::Exponential:
      return softmax_tile(loss, Exponential<T>(loss), wants_gradient, ahead, tile);
    case Weight::Focal:
      return softmax_tile(loss, Focal<T>(loss), wants_gradient, ahead, tile);
    case Weight::Inverse:
      return softmax_tile(loss, Inverse<T>(loss), wants_gradient, ahead, tile);
  }
}

// Losses and gradients of the logits in the tile, whatever the adjustment.
template <class T, class Loss, class Ahead>
PAT_INLINE void softmax_pixels(const Loss& loss, const Variation<T>& variation, bool wants_gradient,
                               const Ahead& ahead, Tile<T>& tile) {
  leave_out(loss, variation, tile);
  adjust(loss, tile);
  if (loss.adjustment == Adjustment::Seesaw) seesaw(loss, tile);
  if (loss.adjustment == Adjustment::Varied || loss.adjustment == Adjustment::Equalised)
    vary(loss, variation, tile);
  softmax_tile(loss, wants_gradient, ahead, tile);
}

}  // namespace pat::PAT_ISA

#endif
