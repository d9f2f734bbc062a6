// What labels alone decide about a loss: which pixels count, and with which factor.
#ifndef PAT_LABELS_H
#define PAT_LABELS_H

#include <cstdint>
#include <vector>

#include "problem.h"

namespace pat {

struct MaskCounts {
  int64_t images, classes, pixels;
  std::vector<int64_t> sizes;  // |M_nc|, [images, classes]
  int64_t first_wrong;  // the first pixel whose label is no class and not ignored; −1 if there is none
};

// Counts every mask and finds the first wrong label, in one pass over the labels.
MaskCounts count_masks(const Labels& labels, int64_t images, int64_t classes, int64_t pixels);

// a of the valid pixels of each mask, [images, classes], class weights included (losses.md 0.1); all 0 where
// nothing is valid.
std::vector<double> mask_factors(Reduction reduction, const MaskCounts& counts, const double* class_weights);

}  // namespace pat

#endif
