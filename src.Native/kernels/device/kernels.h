// Every kernel of the device: K(name, arguments, text). Types are f32, f64, bf16 and f16; a family of
// pixel-wise losses has the name of its weight or link, and `adjusted` where the adjustment of the logits is
// looked up when the kernel runs.
#ifndef PAT_DEVICE_KERNELS_H
#define PAT_DEVICE_KERNELS_H

#include "counting.h"
#include "regions.h"
#include "upsampled.h"

// A kernel for every family of pixel-wise losses.
#define PAT_FAMILIES(K, name, Arguments, text, T)                                                 \
  K(name##_one, Arguments, (text<T, SoftmaxFamily<Weight::One, true>>))                           \
  K(name##_exponential, Arguments, (text<T, SoftmaxFamily<Weight::Exponential, true>>))           \
  K(name##_focal, Arguments, (text<T, SoftmaxFamily<Weight::Focal, true>>))                       \
  K(name##_inverse, Arguments, (text<T, SoftmaxFamily<Weight::Inverse, true>>))                   \
  K(name##_adjusted_one, Arguments, (text<T, SoftmaxFamily<Weight::One, false>>))                 \
  K(name##_adjusted_exponential, Arguments, (text<T, SoftmaxFamily<Weight::Exponential, false>>)) \
  K(name##_adjusted_focal, Arguments, (text<T, SoftmaxFamily<Weight::Focal, false>>))             \
  K(name##_adjusted_inverse, Arguments, (text<T, SoftmaxFamily<Weight::Inverse, false>>))         \
  K(name##_logistic, Arguments, (text<T, SigmoidFamily<Link::Logistic>>))                         \
  K(name##_gumbel, Arguments, (text<T, SigmoidFamily<Link::Gumbel>>))

// Those that read logits as they are stored.
#define PAT_STORED_KERNELS(K, type, Stored)                                        \
  PAT_FAMILIES(K, pixel_##type, PixelArguments, pixel_loss, Stored)                \
  K(overlaps_##type, OverlapArguments, (overlaps<Stored>))                         \
  K(overlap_gradient_##type, OverlapGradientArguments, (overlap_gradient<Stored>)) \
  K(errors_##type, ErrorArguments, (errors<Stored>))                               \
  K(error_gradient_##type, ErrorArguments, (error_gradient<Stored>))

// Those that scale gradients as they are stored.
#define PAT_GRADIENT_KERNELS(K, type, Gradient) K(scale_##type, ScaleArguments, (scale_gradient<Gradient>))

// Those of the types that are computed in.
#define PAT_COMPUTED_KERNELS(K, type, T)                                   \
  PAT_FAMILIES(K, upsampled_##type, UpsampledArguments, upsampled_loss, T) \
  K(gather_##type, CornersArguments, (gather_corners<T>))                  \
  K(lovasz_##type, LovaszArguments, (lovasz<T>))

#define PAT_DEVICE_KERNELS(K)                          \
  K(upload, UploadArguments, (upload))                 \
  K(count_masks, CountArguments, (count_masks))        \
  K(weigh_masks, MaskArguments, (weigh_masks))         \
  K(total, TotalArguments, (total))                    \
  K(score_overlaps, ScoreArguments, (score_overlaps))  \
  K(mark_labelled, LabelledArguments, (mark_labelled)) \
  PAT_STORED_KERNELS(K, f32, float)                    \
  PAT_STORED_KERNELS(K, f64, double)                   \
  PAT_STORED_KERNELS(K, bf16, BFloat16)                \
  PAT_STORED_KERNELS(K, f16, Float16)                  \
  PAT_GRADIENT_KERNELS(K, f32, float)                  \
  PAT_GRADIENT_KERNELS(K, f64, double)                 \
  PAT_GRADIENT_KERNELS(K, bf16, BFloat16)              \
  PAT_COMPUTED_KERNELS(K, f32, float)                  \
  PAT_COMPUTED_KERNELS(K, f64, double)

#endif
