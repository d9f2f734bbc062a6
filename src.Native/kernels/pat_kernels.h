// libpat_kernels: fused losses behind a C ABI, in one pass over the logits with their gradient.
//
// Tensors are `at::Tensor*` (TorchSharp's `Tensor.Handle`); results are new handles of libpat_torch, whose
// pat_last_error() also has the message of a failure here. Logits are [N,C,H,W] float32, float64, bfloat16
// or float16, contiguous or channels-last (others are copied); labels [N,H,W] int64 or uint8; both on the
// CPU, or on one CUDA device. Results take part in autograd where the logits do: the gradient is computed
// with the value, and backward only scales it. All are the same from run to run and for every number of
// threads, bit for bit.
//
// On a CUDA device nothing waits for the device: a call that finds a wrong label returns a loss of NaN with a
// gradient of 0, and the next call, or pat_kernels_report, tells which it was.
#ifndef PAT_KERNELS_H
#define PAT_KERNELS_H

#include "pat_torch.h"

#ifdef __cplusplus
extern "C" {
#endif

// What a function here returns beside 0 (done) and 1 (failed, see pat_last_error): a label is no class and
// not the ignored one; pat_wrong_label says which.
#define PAT_WRONG_LABEL 2
// A label occurs whose class has the shift −∞: the softmax leaves it out.
#define PAT_IMPOSSIBLE_LABEL 3

typedef struct pat_wrong_label {
  int64_t index;  // into the labels, flat
  int64_t label;
} pat_wrong_label;

// The numbers of the enums are those of problem.h. Numbers for each class that change with every step can be
// given as tensors: at::Tensor*, float64, contiguous, on the logits' device, so that nothing has to be read
// back.
typedef struct pat_softmax_loss {
  int32_t adjustment, weight, detached, reduction;
  int32_t noise;  // what v is drawn from where none is given: 0 nothing, 1 gaussian, 2 uniform, 3 Bernoulli
  int32_t resolution;  // 0: the labels'; 1: logits are upsampled to it, bilinearly; 2: with aligned corners
  int64_t ignore;
  double factor;  // of the whole loss, as a term of a weighted sum
  double scale, smoothing, weight_parameter;
  double mitigation, compensation, least_log;
  double spread;                                 // of the noise: σ, or the probability
  uint64_t key;                                  // decides what is drawn
  const double *shift, *margin, *class_weights;  // [C] or null
  int64_t classes;                               // C of these
  const void* shift_tensor;                      // seesaw's shift as a tensor [C], see below; or null
} pat_softmax_loss;

typedef struct pat_sigmoid_loss {
  int32_t link, reduction, resolution;
  int64_t ignore;
  double factor;
  const double *shift, *negative, *positive;  // [C]; shift may be null
  int64_t classes;
  const void *negative_tensor, *positive_tensor;  // instead of these, tensors [C]; or null
} pat_sigmoid_loss;

typedef struct pat_region_loss {
  int32_t measure;  // 0 Tversky, 1 generalised Dice, 2 Lovász
  int32_t form;     // of Tversky: 0 1 − S, 1 −ln S, 2 (1 − S)^exponent
  int32_t present_only;
  int64_t ignore;
  double factor;
  double false_positives, false_negatives, smooth, exponent;
} pat_region_loss;

// `variation` is null or v [N,C,H,W] in the type computed in (float32, float64 for float64 logits).
PAT_API int pat_softmax_loss_forward(const pat_softmax_loss* loss, const void* logits, const void* labels,
                                     const void* variation, void** out, pat_wrong_label* wrong);
PAT_API int pat_sigmoid_loss_forward(const pat_sigmoid_loss* loss, const void* logits, const void* labels,
                                     void** out, pat_wrong_label* wrong);

PAT_API int pat_region_loss_forward(const pat_region_loss* loss, const void* logits, const void* labels,
                                    void** out, pat_wrong_label* wrong);

// What the device of this tensor found wrong with the labels of an earlier call, and was not told yet: 0,
// PAT_WRONG_LABEL or PAT_IMPOSSIBLE_LABEL. It doesn't wait for the device: read a result of the call before.
PAT_API int pat_kernels_report(const void* tensor, pat_wrong_label* wrong);

// Whether this library holds kernels for GPUs: it was built where nvcc or Clang was.
PAT_API int32_t pat_kernels_have_gpu_code(void);

// The instruction set in use: "avx512", "avx2" or "portable"; "emulated" are the device's kernels, run by the
// processor.
PAT_API const char* pat_kernels_isa(void);
// Takes another one from now on, for tests and benchmarks; fails where the processor lacks it.
PAT_API int pat_kernels_use(const char* isa);

#ifdef PAT_FAULTS
// Planted faults (fault.h), in builds that are tested to see whether the tests notice.
PAT_API int32_t pat_fault_count(void);
PAT_API const char* pat_fault_description(int32_t id);
PAT_API void pat_fault_switch(int32_t id);  // −1: none
#endif

#ifdef __cplusplus
}
#endif

#endif
