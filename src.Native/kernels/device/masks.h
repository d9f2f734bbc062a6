// What the labels of a batch come to, on the device.
#ifndef PAT_DEVICE_MASKS_H
#define PAT_DEVICE_MASKS_H

#include "device.h"

namespace pat::device {

// Numbers for each class, on the host or on the device; null where a loss has none.
struct Numbers {
  const double* values = nullptr;
  bool are_uploaded = false;
};
struct LossNumbers {
  Numbers shift, margin, class_weights, negative, positive;
};

// The same on the device, and the labels with what they decide.
struct Masks {
  const double *shift, *margin, *class_weights, *negative, *positive;
  Classes known;
  double* factors;  // [images, classes]
  int64_t* of_class;
  MaskTotals* totals;
};

// Counts and weighs the masks of labels [N,H,W]. A wrong label is reported, and then every factor is 0 and
// the total NaN.
Masks masks_of(Device& device, Workspace& workspace, const Labels& labels, const at::Tensor& values,
               int64_t classes, Reduction reduction, double factor, const LossNumbers& numbers, bool forbids);

// The sum of `count` numbers as the loss of logits: a scalar of the device, float64 of float64 logits, else
// float32.
at::Tensor total_of(Device& device, const at::Tensor& logits, const double* partial, int64_t count,
                    const MaskTotals* totals);

// The gradient times `factor`, a scalar of the device, in place.
void scale(Device& device, const at::Tensor& gradient, const at::Tensor& factor);

// How blocks share the pixels of the logits: as many threads as fit `fixed` bytes and `a_pixel` more for
// each, beside the tile.
Tiling tiling_of(const Device& device, const at::Tensor& logits, const at::Tensor& gradient,
                 const Classes& known, int64_t fixed, int64_t a_pixel);
int64_t tile_bytes(const Tiling& tiling, const at::Tensor& logits);

// Threads of a block, of 128 as many as leave what they share below the limit.
int32_t fitting_threads(const Device& device, int64_t fixed, int64_t a_thread);

// f32, f64, bf16 or f16, and the size of what is computed in.
const char* type_name(const at::Tensor& logits);
int64_t computed_bytes(const at::Tensor& logits);

}  // namespace pat::device

#endif
