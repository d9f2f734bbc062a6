// The pixel-wise losses: tensors and parameters in, the tiles of all images over all threads.
#include <ATen/Parallel.h>

#include <numeric>

#include "checks.h"
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
};

int forward(const Request& request, const at::Tensor& logits, const at::Tensor& labels,
            const at::Tensor& variation, void** out, pat_wrong_label* wrong) {
  const Labels values = labels_of(labels, request.ignore);
  const int64_t classes = logits.size(1);
  const MaskCounts counts = count_masks(values, logits.size(0), classes, logits.size(2) * logits.size(3));
  if (counts.first_wrong >= 0) {
    *wrong = {counts.first_wrong, values.at(counts.first_wrong)};
    return PAT_WRONG_LABEL;
  }
  std::vector<double> factors = mask_factors(request.reduction, counts, request.class_weights);
  for (double& a : factors) a *= PAT_FAULT("factor of a weighted sum left out", request.factor, 1.0);
  const auto evaluate = [&](const at::Tensor& z, const at::Tensor& gradient) {
    return run({planes_of(z, gradient), values, factors.data(),
                variation.defined() ? variation.data_ptr() : nullptr, request.softmax, request.sigmoid});
  };
  *out = new_handle(differentiable(readable(logits), evaluate));
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
    const auto [z, y] = pat::checked(logits, labels, loss->classes);
    require(loss->adjustment >= 0 && loss->adjustment <= 3, "the adjustment is not one of problem.h's");
    require(loss->weight >= 0 && loss->weight <= 3, "the weight is not one of problem.h's");
    require(loss->adjustment == 0 || loss->shift != nullptr, "this adjustment needs a number for each class");
    const at::Tensor v = variation ? pat::checked_variation(variation, z) : at::Tensor();
    require(loss->adjustment != 2 || v.defined(), "this adjustment needs a variation");
    const pat::SoftmaxLoss definition{static_cast<pat::Adjustment>(loss->adjustment),
                                      loss->scale,
                                      loss->shift,
                                      loss->margin,
                                      loss->mitigation,
                                      loss->compensation,
                                      loss->least_log,
                                      loss->smoothing,
                                      static_cast<pat::Weight>(loss->weight),
                                      loss->weight_parameter,
                                      loss->detached != 0};
    status = pat::forward({pat::checked_reduction(loss->reduction), loss->factor, loss->class_weights,
                           loss->ignore, &definition, nullptr},
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
    const auto [z, y] = pat::checked(logits, labels, loss->classes);
    require(loss->link >= 0 && loss->link <= 1, "the link is not one of problem.h's");
    require(loss->negative != nullptr && loss->positive != nullptr, "the weights of the classes are null");
    const pat::SigmoidLoss definition{static_cast<pat::Link>(loss->link), loss->shift, loss->negative,
                                      loss->positive};
    status = pat::forward(
        {pat::checked_reduction(loss->reduction), loss->factor, nullptr, loss->ignore, nullptr, &definition},
        z, y, at::Tensor(), out, wrong);
  });
  return failed ? failed : status;
}

const char* pat_kernels_isa(void) { return pat::kernels().name; }
