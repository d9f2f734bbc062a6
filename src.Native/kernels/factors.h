// The factor of each mask's pixels, from the sizes of all masks (losses.md 0.1): the same text on the
// processor and the device.
#ifndef PAT_FACTORS_H
#define PAT_FACTORS_H

#include "fault.h"
#include "problem.h"
#include "target.h"

namespace pat {

// Sizes of masks, [images, classes], with their sums over images and how many masks of each image are there.
struct MaskSums {
  int64_t images, classes, pixels;
  const int64_t *sizes, *of_class, *masks_of_image;
};

PAT_INLINE MaskTotals totals_of(const MaskSums& sums) {
  MaskTotals totals{};
  for (int64_t n = 0; n < sums.images; ++n) {
    totals.masks += static_cast<double>(sums.masks_of_image[n]);
    totals.images += sums.masks_of_image[n] > 0;
  }
  for (int64_t c = 0; c < sums.classes; ++c) {
    totals.valid += static_cast<double>(sums.of_class[c]);
    totals.classes += sums.of_class[c] > 0;
  }
  return totals;
}

// a of a pixel of mask (n, c), which has pixels, before class weights and what all masks have in common.
PAT_INLINE double mask_share(Reduction reduction, const MaskSums& sums, const MaskTotals& totals, int64_t n,
                             int64_t c) {
  const auto size = static_cast<double>(sums.sizes[n * sums.classes + c]);
  const double all = static_cast<double>(sums.images) * static_cast<double>(sums.pixels);
  switch (reduction) {
    case Reduction::Sum:
    case Reduction::WeightedMean:
      return 1;
    case Reduction::PixelMean:
    case Reduction::WeightedSumMean:
      return 1 / PAT_FAULT("valid pixels include ignored ones", totals.valid, all);
    case Reduction::AllPixelMean:
      return 1 / PAT_FAULT("all-pixel-mean over valid pixels", all, totals.valid);
    case Reduction::ElementMean:
      return 1 / PAT_FAULT("element-mean without C", all * sums.classes, all);
    case Reduction::MaskMean:
      return 1 /
             (PAT_FAULT("masks counted with absent ones", totals.masks, double(sums.images * sums.classes)) *
              size);
    case Reduction::ImageMaskMean:
      return 1 / (PAT_FAULT("images without a mask counted", totals.images, double(sums.images)) *
                  sums.masks_of_image[n] * size);
    case Reduction::MaskSum:
      return 1 / (PAT_FAULT("mask-sum not over images", double(sums.images), 1.0) *
                  PAT_FAULT("mask size off by one", size, size + 1));
    case Reduction::ClassMean:
      return 1 / (totals.classes * PAT_FAULT("class size of one image", double(sums.of_class[c]), size));
  }
  return 0;
}

// What class weights w (null: 1 each) are multiplied by.
PAT_INLINE double common_factor(Reduction reduction, const MaskSums& sums, const double* w) {
  double weights = 0, weighted = 0;
  [[maybe_unused]] double valid = 0;
  for (int64_t c = 0; c < sums.classes; ++c) {
    const double weight = w == nullptr ? 1 : w[c];
    weights += weight;
    weighted += weight * static_cast<double>(sums.of_class[c]);
    valid += static_cast<double>(sums.of_class[c]);
  }
  if (reduction == Reduction::WeightedMean) {
    const double sum = PAT_FAULT("weighted mean over pixels", weighted, valid);
    return sum == 0 ? 0 : 1 / sum;
  }
  if (reduction == Reduction::WeightedSumMean) return weights == 0 ? 0 : sums.classes / weights;
  return 1;
}

}  // namespace pat

#endif
