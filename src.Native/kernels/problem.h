// What a pixel-wise loss is asked to do, in plain data: no libtorch below this line of the house.
//
// A loss of the softmax family is Σ_i a_i w(p_i) S_i over the valid pixels i, with p = softmax z' at the
// label, S = −ln p + smoothing, z' the adjusted logits, and a the factor of the pixel's mask (reduction and
// class weight).
#ifndef PAT_PROBLEM_H
#define PAT_PROBLEM_H

#include <algorithm>
#include <cstdint>

#include "target.h"

namespace pat {

enum class Number : int32_t { Float32, Float64, BFloat16, Float16 };

// Logits [images, classes, pixels] and their gradient, which has the same strides, and the same type but for
// float16, where it is float32; pixels = height · width.
struct Planes {
  const void* logits;
  void* gradient;  // null: the value alone is wanted
  Number number;
  int64_t images, classes, pixels;
  int64_t image_stride, class_stride, pixel_stride;  // in elements
};

// In the order of src.Losses' Reduction.
enum class Reduction : int32_t {
  PixelMean,
  AllPixelMean,
  ElementMean,
  WeightedMean,
  WeightedSumMean,
  MaskMean,
  ImageMaskMean,
  MaskSum,
  ClassMean,
  Sum
};

// What the factors of all masks have in common.
struct MaskTotals {
  double valid, masks, images, classes;  // valid pixels, and how many of each are there
  double common;                         // what every factor is multiplied by
  double poison;                         // NaN where a label is wrong, else 0
};

// Labels [images, pixels], contiguous.
struct Labels {
  const void* values;
  bool is_byte;  // uint8, else int64
  int64_t ignore;

  // Always inlined, as is Interpolation::at: a copy of its own would be shared between instruction sets.
  PAT_INLINE int64_t at(int64_t index) const {
    return is_byte ? static_cast<const uint8_t*>(values)[index] : static_cast<const int64_t*>(values)[index];
  }
};

// The weight w(p) of a pixel.
enum class Weight : int32_t {
  One,
  Exponential,  // exp((p − 1)/T), parameter T
  Focal,        // (1 − p)^γ, parameter γ
  Inverse       // ½ exp(1 − p)
};

// What the random part of a loss is drawn from, v in [0, 1].
enum class NoiseKind : int32_t {
  None,
  Gaussian,  // |clamp(N(0, spread²), −1, 1)|
  Uniform,   // |clamp(U(−spread, spread), −1, 1)|
  Bernoulli  // 1 with probability spread, else 0
};

struct Noise {
  NoiseKind kind;
  double spread;
  uint64_t key;  // decides what is drawn
};

// What depends on more than the class's own logit; Plain covers z' = scale (z + shift_k − [k = y] margin_k).
enum class Adjustment : int32_t {
  Plain,
  Seesaw,    // z'_j + ln S_yj (losses.md 2.8), shift = ln N
  Varied,    // z'_k + c_k v_k, shift = c
  Equalised  // z'_k + ln(1 − v_k) for k ≠ y where shift_k ≠ 0
};

// Its numbers for each class are of the type N: double, or on the device the type that is computed in.
template <class N>
struct SoftmaxLossOf {
  Adjustment adjustment;
  double scale;
  const N* shift;                              // [classes], or null
  const N* margin;                             // [classes], or null
  double reach;                                // how far shift and margin can move logits apart
  bool leaves_out;                             // whether a class may be left out of the softmax
  double mitigation, compensation, least_log;  // seesaw's p, q, ln ε
  double smoothing;
  Weight weight;
  double weight_parameter;
  bool detached;  // the weight is a constant to the gradient
  Noise noise;    // where no variation is given
};
using SoftmaxLoss = SoftmaxLossOf<double>;

enum class Link : int32_t {
  Logistic,  // P = 1/(1 + e^−z)
  Gumbel     // P = exp(−e^−z)
};

// A loss of the sigmoid family: Σ_i a_i Σ_c weight_c · −ln P(z_c + shift_c) at the label, −ln(1 − P)
// elsewhere.
template <class N>
struct SigmoidLossOf {
  Link link;
  const N* shift;     // [classes], or null
  const N* negative;  // [classes]: the weight of a class that is not the label
  const N* positive;  // [classes]: and of one that is
};
using SigmoidLoss = SigmoidLossOf<double>;

// What a class's overlap with its mask consists of, over all valid pixels of the batch.
struct Overlap {
  double hits = 0;    // Σ p_c over the pixels labelled c
  double misses = 0;  // Σ 1 − p_c over them
  double alarms = 0;  // Σ p_c over the others
};

// The derivatives of a loss by p_c, for the pixels labelled c and for the others.
struct OverlapSlope {
  double own = 0, other = 0;
};

// Between source `first` and the next one, `share` of the way; at the last source the next one is itself.
struct Sample {
  int64_t first;
  double share;
};

// Linear interpolation along an axis, as PyTorch's interpolate has it.
struct Interpolation {
  int64_t sources, outputs;
  bool align_corners;

  PAT_INLINE Sample at(int64_t output) const {
    const double scale = align_corners ? (outputs > 1 ? (sources - 1.0) / (outputs - 1.0) : 0)
                                       : static_cast<double>(sources) / outputs;
    const double place = align_corners ? output * scale : std::max(0.0, (output + 0.5) * scale - 0.5);
    const int64_t first = std::min(static_cast<int64_t>(place), sources - 1);
    return {first, std::min(1.0, place - first)};
  }
};

// Logits at a lower resolution than the labels: planes.pixels = rows.sources · columns.sources, contiguous.
struct Upsampling {
  Interpolation rows, columns;
  // Gradients of the source rows above and below each band, [images, rows.sources, classes, columns.sources]
  // each and of the logits' type; null where no gradient is wanted.
  void *above, *below;
};

// Numbers for each class and pixel, of the type computed in, with strides like those of the planes.
struct Field {
  void* values;
  int64_t image_stride, class_stride, pixel_stride;
};

// A pixel-wise loss over planes.
struct PixelProblem {
  Planes planes;
  Labels labels;
  const double* factors;  // a of the mask (image, class), [images, classes]
  const void* variation;  // v, [images, classes, pixels] contiguous, of the type that is computed in; or null
  const SoftmaxLoss* softmax;  // one of the two
  const SigmoidLoss* sigmoid;
};

}  // namespace pat

#endif
