// The losses of pat_kernels.h on a device: tensors and parameters in, launches out.
#ifndef PAT_DEVICE_LOSSES_H
#define PAT_DEVICE_LOSSES_H

#include <functional>

#include "device.h"

namespace pat::device {

// A pixel-wise loss; its numbers for each class are on the host, but for seesaw's shift or the sigmoid
// weights where `has_tensors` says that the device has them.
struct PixelLoss {
  Reduction reduction;
  double factor;
  const double* class_weights;
  const SoftmaxLoss* softmax;  // one of the two
  const SigmoidLoss* sigmoid;
  bool has_tensors;
};

// Value, and gradient where it is defined, of logits of the labels' size.
at::Tensor pixel_loss(Device& device, const PixelLoss& loss, const Labels& labels,
                      const at::Tensor& label_values, const at::Tensor& variation, const at::Tensor& logits,
                      const at::Tensor& gradient);

// The same of logits that are upsampled to the labels' size; contiguous.
at::Tensor upsampled_loss(Device& device, const PixelLoss& loss, const Labels& labels,
                          const at::Tensor& label_values, bool align_corners, const at::Tensor& logits,
                          const at::Tensor& gradient);

// What went wrong on the device and was not yet told: a status of pat_kernels.h.
int take_report(Device& device, pat_wrong_label* wrong);

// Makes a loss on the device of its logits. A report that is there before is told instead; one that comes at
// once, after.
int run(Device& device, const at::Tensor& logits, pat_wrong_label* wrong, void** out,
        const std::function<at::Tensor()>& loss);

at::Tensor region_loss(Device& device, const pat_region_loss& loss, const Labels& labels,
                       const at::Tensor& label_values, const at::Tensor& logits, const at::Tensor& gradient);

}  // namespace pat::device

#endif
