// How a kernel that computes value and gradient together becomes a part of libtorch's autograd.
#ifndef PAT_FUSED_H
#define PAT_FUSED_H

#include <ATen/core/Tensor.h>

#include <functional>

#include "problem.h"

namespace pat {

// The value as a scalar of the logits' device, and the gradient too where one is given to be filled.
using Evaluate = std::function<at::Tensor(const at::Tensor& logits, const at::Tensor& gradient)>;

// A scalar of the type of a loss of these logits: float32 or, of float64 logits, float64.
at::Tensor scalar(double value, const at::Tensor& logits);

// The loss of these logits. The gradient is computed only where autograd wants one.
at::Tensor differentiable(const at::Tensor& logits, const Evaluate& evaluate);

// The logits where they can be read as they are, else a contiguous copy.
at::Tensor readable(const at::Tensor& logits);

// How readable logits, and a gradient of the same strides, lie in memory.
Planes planes_of(const at::Tensor& logits, const at::Tensor& gradient);

}  // namespace pat

#endif
