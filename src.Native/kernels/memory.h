// Where gradients lie.
#ifndef PAT_MEMORY_H
#define PAT_MEMORY_H

#include <ATen/core/Tensor.h>

namespace pat {

// Uninitialised, with the sizes and strides of `logits`, and their type or, of float16, float32. Its memory
// is kept for the next gradient of that size once this one is gone: what the system hands out afresh at each
// step has to be mapped page by page, which takes longer than computing the loss. At most one block is kept.
at::Tensor gradient_of(const at::Tensor& logits);

}  // namespace pat

#endif
