#include <ATen/ops/cumsum.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/sort.h>

#include <algorithm>
#include <string>

#include "losses.h"
#include "masks.h"

namespace pat::device {
namespace {

constexpr int32_t kThreads = 256;

std::string named(const char* kernel, const at::Tensor& logits) {
  return std::string("pat_") + kernel + "_" + type_name(logits);
}

int64_t blocks_of(const Tiling& tiling) { return static_cast<int64_t>(tiling.images) * tiling.tiles; }

at::Tensor overlap_loss(Device& device, Workspace& workspace, const pat_region_loss& loss, const Masks& masks,
                        const at::Tensor& logits, const at::Tensor& gradient) {
  constexpr int64_t kMostBlocks = 1024;  // whatever the device, so that sums are the same on all
  const int64_t classes = logits.size(1), bytes = computed_bytes(logits);
  const int64_t sums = (classes + 1) / 2 * 2 * static_cast<int64_t>(sizeof(Overlap)), a_pixel = 2 * bytes + 4;
  OverlapArguments overlaps{tiling_of(device, logits, gradient, masks.known, sums, a_pixel), 0, nullptr};
  const Tiling& tiling = overlaps.tiling;
  overlaps.blocks = static_cast<int32_t>(std::min(kMostBlocks, blocks_of(tiling)));
  overlaps.partial = workspace.take<Overlap>(overlaps.blocks * classes);
  device.launch(named("overlaps", logits).c_str(), overlaps.blocks, tiling.tile,
                sums + tiling.tile * a_pixel + tile_bytes(tiling, logits), overlaps);
  const ScoreArguments score{loss,
                             overlaps.partial,
                             overlaps.blocks,
                             static_cast<int32_t>(classes),
                             masks.of_class,
                             masks.totals,
                             workspace.take<Overlap>(classes),
                             workspace.take<OverlapSlope>(classes),
                             workspace.take<double>(1)};
  const int64_t shared = std::max<int64_t>(kThreads, classes) * static_cast<int64_t>(sizeof(Overlap));
  device.launch("pat_score_overlaps", 1, kThreads, shared, score);
  if (gradient.defined()) {
    const int64_t slopes = (2 * classes + 3) / 4 * 4 * bytes;
    const OverlapGradientArguments arguments{tiling_of(device, logits, gradient, masks.known, slopes, 0),
                                             score.slopes};
    device.launch(named("overlap_gradient", logits).c_str(), blocks_of(arguments.tiling),
                  arguments.tiling.tile, slopes + tile_bytes(arguments.tiling, logits), arguments);
  }
  return total_of(device, logits, score.value, 1, masks.totals);
}

// libtorch sorts the errors of each class; ignored pixels come last.
at::Tensor lovasz_loss(Device& device, Workspace& workspace, const pat_region_loss& loss, const Masks& masks,
                       const at::Tensor& logits, const at::Tensor& gradient) {
  const int64_t classes = logits.size(1), pixels = logits.numel() / classes, count = logits.numel();
  const auto type = logits.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const at::Tensor errors = workspace.tensor({classes, pixels}, type);
  const ErrorArguments made{tiling_of(device, logits, gradient, masks.known, 0, 0), errors.data_ptr()};
  const int64_t shared = tile_bytes(made.tiling, logits);
  device.launch(named("errors", logits).c_str(), blocks_of(made.tiling), made.tiling.tile, shared, made);
  const auto [sorted, places] = at::sort(errors, /*stable=*/true, /*dim=*/1, /*descending=*/true);
  const at::Tensor labelled = workspace.tensor({classes, pixels}, at::kChar);
  const LabelledArguments mark{places.data_ptr<int64_t>(), labelled.data_ptr<int8_t>(), masks.known, pixels,
                               count};
  device.launch("pat_mark_labelled", (count + kThreads - 1) / kThreads, kThreads, 0, mark);
  const at::Tensor seen = at::cumsum(labelled, 1, at::kInt);
  const int64_t chunks = (pixels + kThreads - 1) / kThreads, blocks = classes * chunks;
  const LovaszArguments arguments{sorted.data_ptr(),
                                  places.data_ptr<int64_t>(),
                                  seen.data_ptr<int32_t>(),
                                  errors.data_ptr(),
                                  masks.known,
                                  pixels,
                                  static_cast<int32_t>(classes),
                                  static_cast<int32_t>(chunks),
                                  loss.factor,
                                  loss.present_only != 0,
                                  masks.of_class,
                                  masks.totals,
                                  workspace.take<double>(blocks)};
  const char* kernel = type == at::kDouble ? "pat_lovasz_f64" : "pat_lovasz_f32";
  device.launch(kernel, blocks, kThreads, kThreads * 8, arguments);
  if (gradient.defined())
    device.launch(named("error_gradient", logits).c_str(), blocks_of(made.tiling), made.tiling.tile, shared,
                  made);
  return total_of(device, logits, arguments.partial, blocks, masks.totals);
}

}  // namespace

at::Tensor region_loss(Device& device, const pat_region_loss& loss, const Labels& labels,
                       const at::Tensor& label_values, const at::Tensor& logits, const at::Tensor& gradient) {
  Workspace workspace(logits);
  const Masks masks = masks_of(device, workspace, labels, label_values, logits.size(1), Reduction::Sum, 1,
                               LossNumbers{}, false);
  return loss.measure == 2 ? lovasz_loss(device, workspace, loss, masks, logits, gradient)
                           : overlap_loss(device, workspace, loss, masks, logits, gradient);
}

}  // namespace pat::device
