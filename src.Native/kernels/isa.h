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
  int64_t (*tile_pixels)(int64_t classes, Number number);
};

// The fastest kernels that this processor runs; PAT_ISA=avx512, avx2 or portable in the environment chooses
// others.
const Kernels& kernels();

}  // namespace pat

#endif
