// What a pixel-wise loss is asked to do, in plain data: no libtorch below this line of the house.
//
// A loss of the softmax family is Σ_i a_i w(p_i) S_i over the valid pixels i, with p = softmax z' at the
// label, S = −ln p + smoothing, z' the adjusted logits, and a the factor of the pixel's mask (reduction and
// class weight).
#ifndef PAT_PROBLEM_H
#define PAT_PROBLEM_H

#include <cstdint>

namespace pat {

enum class Number : int32_t { Float32, Float64, BFloat16 };

// Logits [images, classes, pixels] and their gradient, which has the same strides; pixels = height · width.
struct Planes {
  const void* logits;
  void* gradient;  // null: the value alone is wanted
  Number number;
  int64_t images, classes, pixels;
  int64_t image_stride, class_stride, pixel_stride;  // in elements
};

// Labels [images, pixels], contiguous.
struct Labels {
  const void* values;
  bool is_byte;  // uint8, else int64
  int64_t ignore;

  int64_t at(int64_t index) const {
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

// What depends on more than the class's own logit; Plain covers z' = scale (z + shift_k − [k = y] margin_k).
enum class Adjustment : int32_t {
  Plain,
  Seesaw,    // z'_j + ln S_yj (losses.md 2.8), shift = ln N
  Varied,    // z'_k + c_k v_k, shift = c
  Equalised  // z'_k + ln(1 − v_k) for k ≠ y where shift_k ≠ 0
};

struct SoftmaxLoss {
  Adjustment adjustment;
  double scale;
  const double* shift;                         // [classes], or null
  const double* margin;                        // [classes], or null
  double mitigation, compensation, least_log;  // seesaw's p, q, ln ε
  double smoothing;
  Weight weight;
  double weight_parameter;
  bool detached;  // the weight is a constant to the gradient
};

enum class Link : int32_t {
  Logistic,  // P = 1/(1 + e^−z)
  Gumbel     // P = exp(−e^−z)
};

// A loss of the sigmoid family: Σ_i a_i Σ_c weight_c · −ln P(z_c + shift_c) at the label, −ln(1 − P)
// elsewhere.
struct SigmoidLoss {
  Link link;
  const double* shift;     // [classes], or null
  const double* negative;  // [classes]: the weight of a class that is not the label
  const double* positive;  // [classes]: and of one that is
};

// One family's loss over planes.
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
