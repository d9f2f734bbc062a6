// What the entry points ask of their arguments, whatever the caller has checked before.
#ifndef PAT_CHECKS_H
#define PAT_CHECKS_H

#include <ATen/core/Tensor.h>

#include <utility>

#include "common.h"
#include "fault.h"
#include "labels.h"

namespace pat {

// Whether the logits have the labels' resolution or are upsampled to it, bilinearly.
enum class Resolution : int32_t { Same, Upsampled, UpsampledAlignCorners };

Resolution checked_resolution(int32_t resolution);

// Logits [N,C,H,W] and labels [N,H,W] that fit each other, on one device; labels contiguous. `classes` is the
// length of the loss's own arrays, 0 where it has none.
std::pair<at::Tensor, at::Tensor> checked(const void* logits, const void* labels, int64_t classes,
                                          Resolution resolution = Resolution::Same);

// v like the logits, contiguous, in the type computed in.
at::Tensor checked_variation(const void* variation, const at::Tensor& logits);

// Numbers of each class, float64 [C], contiguous, beside the logits.
const double* checked_numbers(const void* tensor, const at::Tensor& logits);

Reduction checked_reduction(int32_t reduction);

Labels labels_of(const at::Tensor& labels, int64_t ignore);

}  // namespace pat

#endif
