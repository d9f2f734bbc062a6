// The kernels that exist once for every instruction set.
#ifndef PAT_ISA_H
#define PAT_ISA_H

#include "problem.h"

namespace pat {

struct Kernels {
  const char* name;
  // Σ of the losses of tiles [begin, end) into losses[tile], and their gradients; tiles are counted over all
  // images.
  void (*pixel_loss)(const PixelProblem& problem, int64_t begin, int64_t end, double* losses);
  // Adds the overlaps of tiles [begin, end) to the sums of each class.
  void (*overlaps)(const Planes& planes, const Labels& labels, int64_t begin, int64_t end, Overlap* sums);
  // The gradient of tiles [begin, end), from the derivatives of each class.
  void (*overlap_gradient)(const Planes& planes, const Labels& labels, const OverlapSlope* slopes,
                           int64_t begin, int64_t end);
  // 1 − p_c where the label is c, else p_c, of tiles [begin, end).
  void (*errors)(const Planes& planes, const Labels& labels, int64_t begin, int64_t end, const Field& errors);
  // The gradient of tiles [begin, end), from the derivatives by each p_c.
  void (*error_gradient)(const Planes& planes, const Labels& labels, const Field& slopes, int64_t begin,
                         int64_t end);
  // The pixel-wise losses of upsampled logits, float32 or float64: bands [begin, end), counted over all
  // images, are the output rows between two source rows.
  void (*upsampled_loss)(const PixelProblem& problem, const Upsampling& upsampling, int64_t begin,
                         int64_t end, double* losses);
  int64_t (*tile_pixels)(int64_t classes, Number number);
};

// The fastest kernels that this processor runs, or those that were chosen.
const Kernels& kernels();

// Chooses kernels by their name; false where this processor does not run them. "emulated" are the device's,
// run by the processor: slow, and there for tests.
bool use_kernels(const char* name);
bool emulates_device();

}  // namespace pat

#endif
