// The pixel-wise losses: tensors and parameters in, the tiles of all images over all threads.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "checks.h"
#include "device/losses.h"
#include "fused.h"
#include "isa.h"
#include "labels.h"
#include "pat_kernels.h"

namespace pat {
namespace {

// Σ over all tiles, added in their order whatever thread computed them.
double run(const PixelProblem& problem) {
  const Planes& planes = problem.planes;
  const int64_t per_tile = kernels().tile_pixels(planes.classes, planes.number);
  const int64_t tiles = planes.images * ((planes.pixels + per_tile - 1) / per_tile);
  std::vector<double> losses(tiles);
  at::parallel_for(0, tiles, 1, [&](int64_t begin, int64_t end) {
    kernels().pixel_loss(problem, begin, PAT_FAULT("last tile of a thread lost", end, end - 1),
                         losses.data());
  });
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

// What both families have in common: factors from the labels, then the tiles.
struct Request {
  Reduction reduction;
  double factor;
  const double* class_weights;
  int64_t ignore;
  const SoftmaxLoss* softmax;
  const SigmoidLoss* sigmoid;
  Resolution resolution;
  bool has_tensors;  // the numbers that can be tensors are
};

constexpr double kNothing = -std::numeric_limits<double>::infinity();

bool leaves_out(const SoftmaxLoss& loss, int64_t c) {
  return loss.shift != nullptr && loss.shift[c] == kNothing;
}

// What shift and margin of all classes have in common. Of seesaw the shift is no logit's, and may be the
// device's.
void sum_up(SoftmaxLoss& loss, int64_t classes) {
  const bool shifts = loss.shift != nullptr && loss.adjustment != Adjustment::Seesaw;
  double farthest = 0;
  loss.leaves_out = loss.adjustment == Adjustment::Equalised;
  for (int64_t c = 0; c < classes; ++c) {
    const bool out = shifts && leaves_out(loss, c);
    const double shift = !shifts || std::isinf(loss.shift[c]) ? 0 : std::abs(loss.shift[c]);
    const double margin = loss.margin == nullptr ? 0 : std::abs(loss.margin[c]);
    farthest = std::max(farthest, shift + margin);
    loss.leaves_out = loss.leaves_out || (out && loss.adjustment == Adjustment::Plain);
  }
  loss.reach = farthest * std::abs(loss.scale);
}

// The gradient of each source row, from the bands below and above it.
void gather_rows(const Upsampling& upsampling, const at::Tensor& above, const at::Tensor& below,
                 const at::Tensor& gradient) {
  const int64_t rows = upsampling.rows.sources;
  at::Tensor sum = above.clone();  // [N,h,C,w]
  if (rows > 1) sum.slice(1, 1, rows).add_(below.slice(1, 0, rows - 1));
  sum.select(1, rows - 1).add_(below.select(1, rows - 1));  // below the last row there is only itself
  gradient.copy_(sum.permute({0, 2, 1, 3}));
}

double run_upsampled(PixelProblem problem, Upsampling upsampling, const at::Tensor& gradient) {
  if (problem.planes.images * upsampling.rows.outputs * upsampling.columns.outputs == 0) {
    if (gradient.defined()) gradient.zero_();
    return 0;  // without a pixel there may be no row or column to upsample either
  }
  const int64_t bands = problem.planes.images * upsampling.rows.sources;
  at::Tensor above, below;
  if (gradient.defined()) {
    const std::array<int64_t, 4> shape{problem.planes.images, upsampling.rows.sources, problem.planes.classes,
                                       upsampling.columns.sources};
    above = at::empty(shape, gradient.options());
    below = at::empty(shape, gradient.options());
    upsampling.above = above.data_ptr();
    upsampling.below = below.data_ptr();
  }
  std::vector<double> losses(bands);
  at::parallel_for(0, bands, 1, [&](int64_t begin, int64_t end) {
    kernels().upsampled_loss(problem, upsampling, begin, end, losses.data());
  });
  if (gradient.defined()) gather_rows(upsampling, above, below, gradient);
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

// The layout that kernels read: for logits that are upsampled always contiguous.
at::Tensor readable(const Request& request, const at::Tensor& logits) {
  return request.resolution == Resolution::Same ? pat::readable(logits) : logits.contiguous().resolve_neg();
}

int forward_on(device::Device& device, const Request& request, const at::Tensor& logits,
               const at::Tensor& labels, const at::Tensor& variation, void** out, pat_wrong_label* wrong) {
  const Labels values = labels_of(labels, request.ignore);
  const device::PixelLoss loss{request.reduction, request.factor,  request.class_weights,
                               request.softmax,   request.sigmoid, request.has_tensors};
  const auto evaluate = [&](const at::Tensor& z, const at::Tensor& gradient) {
    if (request.resolution == Resolution::Same)
      return device::pixel_loss(device, loss, values, labels, variation, z, gradient);
    const bool align = request.resolution == Resolution::UpsampledAlignCorners;
    return device::upsampled_loss(device, loss, values, labels, align, z, gradient);
  };
  return device::run(device, logits, wrong, out,
                     [&] { return differentiable(readable(request, logits), evaluate); });
}

int forward(const Request& request, const at::Tensor& logits, const at::Tensor& labels,
            const at::Tensor& variation, void** out, pat_wrong_label* wrong) {
  if (device::Device* device = device::device_of(logits))
    return forward_on(*device, request, logits, labels, variation, out, wrong);
  const Labels values = labels_of(labels, request.ignore);
  const int64_t classes = logits.size(1);
  const MaskCounts counts = count_masks(values, logits.size(0), classes, labels.size(1) * labels.size(2));
  if (counts.first_wrong >= 0) {
    *wrong = {counts.first_wrong, values.at(counts.first_wrong)};
    return PAT_WRONG_LABEL;
  }
  for (int64_t i = 0; i < static_cast<int64_t>(counts.sizes.size()); ++i) {
    if (counts.sizes[i] > 0 && request.softmax && leaves_out(*request.softmax, i % classes)) {
      *wrong = {-1, i % classes};
      return PAT_IMPOSSIBLE_LABEL;
    }
  }
  std::vector<double> factors = mask_factors(request.reduction, counts, request.class_weights);
  for (double& a : factors) a *= PAT_FAULT("factor of a weighted sum left out", request.factor, 1.0);
  const auto evaluate = [&](const at::Tensor& z, const at::Tensor& gradient) {
    const PixelProblem problem{planes_of(z, gradient), values,
                               factors.data(),         variation.defined() ? variation.data_ptr() : nullptr,
                               request.softmax,        request.sigmoid};
    if (request.resolution == Resolution::Same) return scalar(run(problem), z);
    const bool align = request.resolution == Resolution::UpsampledAlignCorners;
    const Interpolation rows{z.size(2), labels.size(1), align}, columns{z.size(3), labels.size(2), align};
    return scalar(run_upsampled(problem, {rows, columns, nullptr, nullptr}, gradient), z);
  };
  *out = new_handle(differentiable(readable(request, logits), evaluate));
  return 0;
}

}  // namespace
}  // namespace pat

using pat::require;

int pat_softmax_loss_forward(const pat_softmax_loss* loss, const void* logits, const void* labels,
                             const void* variation, void** out, pat_wrong_label* wrong) {
  int status = 0;
  const int failed = pat::guarded([&] {
    require(loss != nullptr && out != nullptr && wrong != nullptr,
            "pat_softmax_loss_forward: a pointer is null");
    const auto resolution = pat::checked_resolution(loss->resolution);
    const auto [z, y] = pat::checked(logits, labels, loss->classes, resolution);
    require(loss->adjustment >= 0 && loss->adjustment <= 3, "the adjustment is not one of problem.h's");
    require(loss->weight >= 0 && loss->weight <= 3, "the weight is not one of problem.h's");
    const bool has_arrays = loss->shift || loss->margin || loss->class_weights;
    require(loss->classes != 0 || !has_arrays,
            "the loss has numbers for each class, but says that they are for 0");
    const bool has_tensor = loss->shift_tensor != nullptr;
    require(!has_tensor || (loss->adjustment == 1 && loss->shift == nullptr),
            "a shift as a tensor is seesaw's, and the only one");
    const double* shift = has_tensor ? pat::checked_numbers(loss->shift_tensor, z) : loss->shift;
    require(loss->adjustment == 0 || shift != nullptr, "this adjustment needs a number for each class");
    const bool varies = loss->adjustment >= static_cast<int32_t>(pat::Adjustment::Varied);
    require(loss->noise >= 0 && loss->noise <= 3, "the noise is not one of problem.h's");
    require(!varies || variation != nullptr || loss->noise > 0, "this adjustment needs a variation or noise");
    const bool given = varies && variation != nullptr;
    const at::Tensor v = given ? pat::checked_variation(variation, z) : at::Tensor();
    require(!given || resolution == pat::Resolution::Same, "upsampled logits take no given variation");
    pat::SoftmaxLoss definition{static_cast<pat::Adjustment>(loss->adjustment),
                                loss->scale,
                                shift,
                                loss->margin,
                                0,
                                false,
                                loss->mitigation,
                                loss->compensation,
                                loss->least_log,
                                loss->smoothing,
                                static_cast<pat::Weight>(loss->weight),
                                loss->weight_parameter,
                                loss->detached != 0,
                                {static_cast<pat::NoiseKind>(loss->noise), loss->spread, loss->key}};
    pat::sum_up(definition, z.size(1));
    status = pat::forward({pat::checked_reduction(loss->reduction), loss->factor, loss->class_weights,
                           loss->ignore, &definition, nullptr, resolution, has_tensor},
                          z, y, v, out, wrong);
  });
  return failed ? failed : status;
}

int pat_sigmoid_loss_forward(const pat_sigmoid_loss* loss, const void* logits, const void* labels, void** out,
                             pat_wrong_label* wrong) {
  int status = 0;
  const int failed = pat::guarded([&] {
    require(loss != nullptr && out != nullptr && wrong != nullptr,
            "pat_sigmoid_loss_forward: a pointer is null");
    const auto resolution = pat::checked_resolution(loss->resolution);
    const auto [z, y] = pat::checked(logits, labels, loss->classes, resolution);
    require(loss->link >= 0 && loss->link <= 1, "the link is not one of problem.h's");
    const bool has_tensors = loss->negative_tensor != nullptr && loss->positive_tensor != nullptr;
    require(has_tensors || (loss->negative != nullptr && loss->positive != nullptr),
            "the weights of the classes are null");
    require(loss->classes != 0, "the loss has numbers for each class, but says that they are for 0");
    const auto weights = [&](const void* tensor, const double* numbers) {
      return has_tensors ? pat::checked_numbers(tensor, z) : numbers;
    };
    const pat::SigmoidLoss definition{static_cast<pat::Link>(loss->link), loss->shift,
                                      weights(loss->negative_tensor, loss->negative),
                                      weights(loss->positive_tensor, loss->positive)};
    status = pat::forward({pat::checked_reduction(loss->reduction), loss->factor, nullptr, loss->ignore,
                           nullptr, &definition, resolution, has_tensors},
                          z, y, at::Tensor(), out, wrong);
  });
  return failed ? failed : status;
}
