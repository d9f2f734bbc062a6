// Random logits and labels for the entry points: most of them as they should be, the others wrong in one way.
#ifndef PAT_FUZZ_TENSORS_H
#define PAT_FUZZ_TENSORS_H

#include <ATen/ATen.h>

#include <string>

#include "random.h"

namespace fuzz {

// What a call has to come to.
enum class Expected {
  Done,
  Refused,    // status 1, with a message
  WrongLabel  // status 2, with the first wrong label and its place
};

struct Batch {
  int64_t images, classes, height, width;  // of the labels
  int32_t resolution = 0;
  int64_t ignore = 255;
  at::Tensor logits, labels;
  bool null_logits = false, null_labels = false;
  bool tame = true;  // every logit is finite and moderate
  Expected expected = Expected::Done;
  std::string wrong;  // what is, in words

  void refuse(const std::string& what) {
    expected = Expected::Refused;
    wrong = what;
  }
};

// `tensor` with the same shape and type in another layout: channels-last, transposed, with gaps, at an odd
// address, expanded.
at::Tensor laid_out(Random& random, const at::Tensor& tensor);

// A batch for a loss that can upsample or not.
Batch random_batch(Random& random, bool upsamples);

// The flat index of the first label that is no class and not ignored; −1 if there is none.
int64_t first_wrong(const Batch& batch);

}  // namespace fuzz

#endif
