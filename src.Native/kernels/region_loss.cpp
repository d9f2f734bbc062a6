// Region losses: sums over the batch first, then the gradient; Lovász with a sort of each class's errors
// between.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

#include "checks.h"
#include "device/losses.h"
#include "fused.h"
#include "isa.h"
#include "lovasz.h"
#include "memory.h"
#include "pat_kernels.h"
#include "score.h"

namespace pat {
namespace {

constexpr int64_t kBlocks = 64;  // the tiles are summed in so many parts, whatever the number of threads

int64_t tile_count(const Planes& planes) {
  const int64_t per_tile = kernels().tile_pixels(planes.classes, planes.number);
  return planes.images * ((planes.pixels + per_tile - 1) / per_tile);
}

std::vector<Overlap> overlaps_of(const Planes& planes, const Labels& labels) {
  const int64_t tiles = tile_count(planes), classes = planes.classes;
  std::vector<Overlap> parts(kBlocks * classes);
  at::parallel_for(0, kBlocks, 1, [&](int64_t from, int64_t to) {
    for (int64_t b = from; b < to; ++b) {
      kernels().overlaps(planes, labels, b * tiles / kBlocks, (b + 1) * tiles / kBlocks, &parts[b * classes]);
    }
  });
  std::vector<Overlap> total(classes);
  for (int64_t b = 0; b < kBlocks; ++b) {
    for (int64_t c = 0; c < classes; ++c) {
      total[c].hits += parts[b * classes + c].hits;
      total[c].misses += parts[b * classes + c].misses;
      total[c].alarms += parts[b * classes + c].alarms;
    }
  }
  return total;
}

struct StandardFunctions {
  static double logarithm(double x) { return std::log(x); }
  static double raised(double x, double a) { return std::pow(x, a); }
};

double overlap_loss(const pat_region_loss& loss, const Planes& planes, const Labels& labels,
                    const std::vector<int64_t>& sizes) {
  const std::vector<Overlap> overlaps = overlaps_of(planes, labels);
  std::vector<OverlapSlope> slopes(planes.classes);
  const RegionMasks masks{planes.classes, sizes.data(), overlaps.data()};
  const double value = region_score<StandardFunctions>(loss, masks, slopes.data());
  if (planes.gradient != nullptr) {
    at::parallel_for(0, tile_count(planes), 1, [&](int64_t begin, int64_t end) {
      kernels().overlap_gradient(planes, labels, slopes.data(), begin, end);
    });
  }
  return value;
}

// The errors stand where the gradient will, if that has the type that is computed in.
double lovasz_loss(const pat_region_loss& loss, const Planes& planes, const Labels& labels,
                   const std::vector<int64_t>& sizes) {
  const bool in_place = planes.gradient != nullptr && planes.number != Number::BFloat16;
  const auto type = planes.number == Number::Float64 ? at::kDouble : at::kFloat;
  const int64_t all = planes.images * planes.classes * planes.pixels;
  const at::Tensor own = in_place ? at::Tensor() : at::empty({all}, at::TensorOptions(type));
  const Field field{in_place ? planes.gradient : own.data_ptr(), planes.image_stride, planes.class_stride,
                    planes.pixel_stride};
  const int64_t tiles = tile_count(planes);
  at::parallel_for(0, tiles, 1,
                   [&](int64_t begin, int64_t end) { kernels().errors(planes, labels, begin, end, field); });
  const int64_t present = std::count_if(sizes.begin(), sizes.end(), [](int64_t size) { return size > 0; });
  const double share = loss.factor / (loss.present_only ? std::max<int64_t>(1, present) : planes.classes);
  std::vector<double> losses(planes.classes);
  at::parallel_for(0, planes.classes, 1, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      const bool counts = sizes[c] > 0 || !loss.present_only;
      losses[c] = lovasz_class(planes, labels, field, c, counts ? share : 0, sizes[c]);
    }
  });
  if (planes.gradient != nullptr) {
    at::parallel_for(0, tiles, 1, [&](int64_t begin, int64_t end) {
      kernels().error_gradient(planes, labels, field, begin, end);
    });
  }
  double total = 0;
  for (double l : losses) total += l;
  return total;
}

}  // namespace
}  // namespace pat

using pat::require;

int pat_region_loss_forward(const pat_region_loss* loss, const void* logits, const void* labels, void** out,
                            pat_wrong_label* wrong) {
  int status = 0;
  const int failed = pat::guarded([&] {
    require(loss != nullptr && out != nullptr && wrong != nullptr,
            "pat_region_loss_forward: a pointer is null");
    require(loss->measure >= 0 && loss->measure <= 2,
            "the measure is not 0 (Tversky), 1 (generalised Dice) or 2 (Lovász)");
    require(loss->form >= 0 && loss->form <= 2, "the form is not 0 (complement), 1 (logarithm) or 2 (power)");
    const auto [z, y] = pat::checked(logits, labels, 0);
    require(loss->measure != 2 || y.numel() <= UINT32_MAX,
            "Lovász sorts at most 2^32 pixels: take a smaller batch");
    const pat::Labels values = pat::labels_of(y, loss->ignore);
    if (pat::device::Device* device = pat::device::device_of(z)) {
      const auto evaluate = [&](const at::Tensor& logits, const at::Tensor& gradient) {
        return pat::device::region_loss(*device, *loss, values, y, logits, gradient);
      };
      status = pat::device::run(*device, z, wrong, out,
                                [&] { return pat::differentiable(pat::readable(z), evaluate); });
      return;
    }
    const auto counts = pat::count_masks(values, z.size(0), z.size(1), z.size(2) * z.size(3));
    if (counts.first_wrong >= 0) {
      *wrong = {counts.first_wrong, values.at(counts.first_wrong)};
      status = PAT_WRONG_LABEL;
      return;
    }
    std::vector<int64_t> sizes(counts.classes);
    for (size_t i = 0; i < counts.sizes.size(); ++i) sizes[i % counts.classes] += counts.sizes[i];
    const auto evaluate = [&](const at::Tensor& logits, const at::Tensor& gradient) {
      const pat::Planes planes = pat::planes_of(logits, gradient);
      const bool nothing = std::all_of(sizes.begin(), sizes.end(), [](int64_t size) { return size == 0; });
      if (nothing) {
        if (gradient.defined()) gradient.zero_();
        return pat::scalar(0, logits);
      }
      return pat::scalar(loss->measure == 2 ? pat::lovasz_loss(*loss, planes, values, sizes)
                                            : pat::overlap_loss(*loss, planes, values, sizes),
                         logits);
    };
    *out = pat::new_handle(pat::differentiable(pat::readable(z), evaluate));
  });
  return failed ? failed : status;
}
