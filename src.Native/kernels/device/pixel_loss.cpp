#include <ATen/ops/empty.h>

#include <algorithm>
#include <string>

#include "losses.h"
#include "masks.h"

namespace pat::device {
namespace {

// The name of the loss's family, as kernels.h has it.
std::string family(const PixelLoss& loss) {
  if (loss.sigmoid != nullptr) return loss.sigmoid->link == Link::Logistic ? "logistic" : "gumbel";
  static constexpr const char* weights[] = {"one", "exponential", "focal", "inverse"};
  const std::string weight = weights[static_cast<int>(loss.softmax->weight)];
  return loss.softmax->adjustment == Adjustment::Plain ? weight : "adjusted_" + weight;
}

LossNumbers numbers_of(const PixelLoss& loss) {
  LossNumbers numbers;
  numbers.class_weights.values = loss.class_weights;
  if (loss.sigmoid != nullptr) {
    numbers.shift.values = loss.sigmoid->shift;
    numbers.negative = {loss.sigmoid->negative, loss.has_tensors};
    numbers.positive = {loss.sigmoid->positive, loss.has_tensors};
  } else {
    numbers.shift = {loss.softmax->shift, loss.has_tensors};
    numbers.margin.values = loss.softmax->margin;
  }
  return numbers;
}

// The loss with the numbers that lie on the device.
template <class Arguments>
void tell(Arguments& arguments, const PixelLoss& loss, const Masks& masks) {
  if (loss.sigmoid != nullptr) {
    arguments.sigmoid = {loss.sigmoid->link, masks.shift, masks.negative, masks.positive};
  } else {
    arguments.softmax = *loss.softmax;
    arguments.softmax.shift = masks.shift;
    arguments.softmax.margin = masks.margin;
  }
}

}  // namespace

at::Tensor pixel_loss(Device& device, const PixelLoss& loss, const Labels& labels,
                      const at::Tensor& label_values, const at::Tensor& variation, const at::Tensor& logits,
                      const at::Tensor& gradient) {
  Workspace workspace(logits);
  const int64_t classes = logits.size(1), bytes = computed_bytes(logits);
  const Masks masks = masks_of(device, workspace, labels, label_values, classes, loss.reduction, loss.factor,
                               numbers_of(loss), loss.softmax != nullptr);
  PixelArguments arguments{};
  const int64_t fixed = (3 * classes + 3) / 4 * 4 * bytes;
  arguments.tiling = tiling_of(device, logits, gradient, masks.known, fixed, 8);
  arguments.factors = masks.factors;
  arguments.variation = variation.defined() ? variation.data_ptr() : nullptr;
  tell(arguments, loss, masks);
  const Tiling& tiling = arguments.tiling;
  const int64_t blocks = static_cast<int64_t>(tiling.images) * tiling.tiles;
  arguments.partial = workspace.take<double>(blocks);
  const std::string kernel = std::string("pat_pixel_") + type_name(logits) + "_" + family(loss);
  device.launch(kernel.c_str(), blocks, tiling.tile, fixed + 8 * tiling.tile + tile_bytes(tiling, logits),
                arguments);
  return total_of(device, logits, arguments.partial, blocks, masks.totals);
}

at::Tensor upsampled_loss(Device& device, const PixelLoss& loss, const Labels& labels,
                          const at::Tensor& label_values, bool align_corners, const at::Tensor& logits,
                          const at::Tensor& gradient) {
  Workspace workspace(logits);
  const int64_t images = logits.size(0), classes = logits.size(1), bytes = computed_bytes(logits);
  const Interpolation rows{logits.size(2), label_values.size(1), align_corners};
  const Interpolation columns{logits.size(3), label_values.size(2), align_corners};
  const Masks masks = masks_of(device, workspace, labels, label_values, classes, loss.reduction, loss.factor,
                               numbers_of(loss), loss.softmax != nullptr);
  if (images * rows.outputs * columns.outputs == 0) {
    if (gradient.defined()) gradient.zero_();
    return total_of(device, logits, workspace.take<double>(1), 0, masks.totals);
  }
  // As many columns a block as make about a tile of outputs.
  constexpr int64_t kTile = 128;
  const int64_t cells = std::clamp<int64_t>(kTile * columns.sources / columns.outputs, 1,
                                            std::min<int64_t>(columns.sources, 16));
  const int64_t fixed = (cells + 2) / 2 * 2 * 4 + (3 + 4 * cells) * classes * bytes;
  const int64_t a_thread = 8 + (1 + classes) * bytes;
  const int32_t threads = fitting_threads(device, fixed, a_thread);
  const int64_t chunks = (columns.sources + cells - 1) / cells, blocks = images * rows.sources * chunks;
  UpsampledArguments arguments{};
  arguments.logits = logits.data_ptr();
  arguments.rows = rows;
  arguments.columns = columns;
  arguments.images = static_cast<int32_t>(images);
  arguments.classes = static_cast<int32_t>(classes);
  arguments.cells = static_cast<int32_t>(cells);
  arguments.chunks = static_cast<int32_t>(chunks);
  arguments.known = masks.known;
  arguments.factors = masks.factors;
  arguments.partial = workspace.take<double>(blocks);
  if (gradient.defined())
    arguments.corners = workspace.tensor({4, logits.numel()}, logits.scalar_type()).data_ptr();
  tell(arguments, loss, masks);
  const std::string type = type_name(logits);
  const std::string kernel = "pat_upsampled_" + type + "_" + family(loss);
  device.launch(kernel.c_str(), blocks, threads, fixed + threads * a_thread, arguments);
  if (gradient.defined()) {
    const CornersArguments corners{arguments.corners, gradient.data_ptr(), images * classes,
                                   static_cast<int32_t>(rows.sources), static_cast<int32_t>(columns.sources)};
    const int64_t count = logits.numel();
    device.launch(("pat_gather_" + type).c_str(), (count + 255) / 256, 256, 0, corners);
  }
  return total_of(device, logits, arguments.partial, blocks, masks.totals);
}

}  // namespace pat::device
