// A region loss of the overlaps of all classes, with its derivatives: the same text on the processor and the
// device.
#ifndef PAT_SCORE_H
#define PAT_SCORE_H

#include "fault.h"
#include "pat_kernels.h"
#include "problem.h"
#include "target.h"

namespace pat {

struct RegionMasks {
  int64_t classes;
  const int64_t* sizes;
  const Overlap* overlaps;
};

// A number with its derivatives by what is right (TP + s) and what is wrong (a FP + b FN) of a class.
struct Derived {
  double value, by_right, by_wrong;
};

PAT_INLINE double larger_of(double a, double b) { return a < b ? b : a; }

// wrong/(right + wrong) in the form asked for; as src.Losses' Region.tversky.
template <class Functions>
PAT_INLINE Derived tversky_of_class(const pat_region_loss& loss, double right, double wrong) {
  constexpr double least = 1e-7;
  const double sum = right + wrong, whole = larger_of(sum, least), follows = sum > least ? 1 : 0;
  const double x = wrong / whole, square = whole * whole;
  const Derived complement{x, -wrong * follows / square, (whole - wrong * follows) / square};
  switch (loss.form) {
    case 0:
      return complement;
    case 1: {
      const double S = right / whole, slope = S > least ? -1 / S : 0;
      return {-Functions::logarithm(larger_of(S, least)), slope * (whole - right * follows) / square,
              slope * -right * follows / square};
    }
    default: {
      const double a = loss.exponent, base = a < 1 ? larger_of(x, 1e-12) : x;
      const double slope = a * Functions::raised(base, a - 1);
      return {Functions::raised(x, a), slope * complement.by_right, slope * complement.by_wrong};
    }
  }
}

template <class Functions>
PAT_INLINE double tversky(const pat_region_loss& loss, const RegionMasks& masks, OverlapSlope* slopes) {
  int64_t present = 0;
  for (int64_t c = 0; c < masks.classes; ++c) present += masks.sizes[c] > 0;
  const bool over_present =
      PAT_FAULT("mean over all classes for present ones", loss.present_only != 0, false);
  const double share = loss.factor / static_cast<double>(!over_present ? masks.classes
                                                         : present > 0 ? present
                                                                       : 1);
  double total = 0;
  for (int64_t c = 0; c < masks.classes; ++c) {
    if (masks.sizes[c] == 0) continue;
    const Overlap& overlap = masks.overlaps[c];
    const double a =
        PAT_FAULT("false positives weigh as negatives", loss.false_positives, loss.false_negatives);
    const double wrong = a * overlap.alarms + loss.false_negatives * overlap.misses;
    const double right = overlap.hits + PAT_FAULT("smooth left out", loss.smooth, 0.0);
    const Derived d = tversky_of_class<Functions>(loss, right, wrong);
    total += share * d.value;
    slopes[c] = {share * (d.by_right - loss.false_negatives * d.by_wrong),
                 share * PAT_FAULT("alarms without gradient", loss.false_positives, 0.0) * d.by_wrong};
  }
  return total;
}

// Σ w (FP + FN) / Σ w (2 TP + FP + FN), w = 1/Y².
PAT_INLINE double generalised_dice(const pat_region_loss& loss, const RegionMasks& masks,
                                   OverlapSlope* slopes) {
  double wrong = 0, whole = 0;
  for (int64_t c = 0; c < masks.classes; ++c) {
    if (masks.sizes[c] == 0) continue;
    const Overlap& overlap = masks.overlaps[c];
    const auto size = static_cast<double>(masks.sizes[c]);
    const double w = 1 / (PAT_FAULT("generalised dice weighs 1/Y", size, 1.0) * size);
    const double own = overlap.alarms + overlap.misses;
    wrong += w * own;
    whole += w * (2 * overlap.hits + own);
  }
  if (whole == 0) return 0;
  for (int64_t c = 0; c < masks.classes; ++c) {
    if (masks.sizes[c] == 0) continue;
    const double w =
        loss.factor / (static_cast<double>(masks.sizes[c]) * static_cast<double>(masks.sizes[c]));
    const double by_wrong = w * (whole - wrong) / (whole * whole), by_hits = -2 * w * wrong / (whole * whole);
    slopes[c] = {by_hits - by_wrong, by_wrong};
  }
  return loss.factor * wrong / whole;
}

// The loss; the derivatives of classes that are there into `slopes`. Functions: logarithm(x) and raised(x, a)
// for x ≥ 0.
template <class Functions>
PAT_INLINE double region_score(const pat_region_loss& loss, const RegionMasks& masks, OverlapSlope* slopes) {
  return loss.measure == 0 ? tversky<Functions>(loss, masks, slopes) : generalised_dice(loss, masks, slopes);
}

}  // namespace pat

#endif
