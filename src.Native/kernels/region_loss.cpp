// Region losses: sums over the batch first, then the gradient; Lovász with a sort of each class's errors
// between.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

#include "checks.h"
#include "fused.h"
#include "isa.h"
#include "lovasz.h"
#include "memory.h"
#include "pat_kernels.h"

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

// A number with its derivatives by what is right (TP + s) and what is wrong (a FP + b FN) of a class.
struct Derived {
  double value, by_right, by_wrong;
};

// wrong/(right + wrong) in the form asked for; as src.Losses' Region.tversky.
Derived score(const pat_region_loss& loss, double right, double wrong) {
  constexpr double least = 1e-7;
  const double sum = right + wrong, whole = std::max(sum, least), follows = sum > least ? 1 : 0;
  const double x = wrong / whole, square = whole * whole;
  const Derived complement{x, -wrong * follows / square, (whole - wrong * follows) / square};
  switch (loss.form) {
    case 0:
      return complement;
    case 1: {
      const double S = right / whole, slope = S > least ? -1 / S : 0;
      return {-std::log(std::max(S, least)), slope * (whole - right * follows) / square,
              slope * -right * follows / square};
    }
    default: {
      const double a = loss.exponent, base = a < 1 ? std::max(x, 1e-12) : x;
      const double slope = a * std::pow(base, a - 1);
      return {std::pow(x, a), slope * complement.by_right, slope * complement.by_wrong};
    }
  }
}

double tversky(const pat_region_loss& loss, const std::vector<int64_t>& sizes,
               const std::vector<Overlap>& overlaps, std::vector<OverlapSlope>& slopes) {
  const int64_t present = std::count_if(sizes.begin(), sizes.end(), [](int64_t size) { return size > 0; });
  const double share =
      loss.factor / (PAT_FAULT("mean over all classes for present ones", loss.present_only != 0, false)
                         ? std::max<int64_t>(1, present)
                         : static_cast<int64_t>(sizes.size()));
  double total = 0;
  for (size_t c = 0; c < sizes.size(); ++c) {
    if (sizes[c] == 0) continue;
    const double a =
        PAT_FAULT("false positives weigh as negatives", loss.false_positives, loss.false_negatives);
    const double wrong = a * overlaps[c].alarms + loss.false_negatives * overlaps[c].misses;
    const Derived d = score(loss, overlaps[c].hits + PAT_FAULT("smooth left out", loss.smooth, 0.0), wrong);
    total += share * d.value;
    slopes[c] = {share * (d.by_right - loss.false_negatives * d.by_wrong),
                 share * PAT_FAULT("alarms without gradient", loss.false_positives, 0.0) * d.by_wrong};
  }
  return total;
}

// Σ w (FP + FN) / Σ w (2 TP + FP + FN), w = 1/Y².
double generalised_dice(const pat_region_loss& loss, const std::vector<int64_t>& sizes,
                        const std::vector<Overlap>& overlaps, std::vector<OverlapSlope>& slopes) {
  double wrong = 0, whole = 0;
  for (size_t c = 0; c < sizes.size(); ++c) {
    if (sizes[c] == 0) continue;
    const double w =
        1 / (PAT_FAULT("generalised dice weighs 1/Y", static_cast<double>(sizes[c]), 1.0) * sizes[c]);
    const double own = overlaps[c].alarms + overlaps[c].misses;
    wrong += w * own;
    whole += w * (2 * overlaps[c].hits + own);
  }
  if (whole == 0) return 0;
  for (size_t c = 0; c < sizes.size(); ++c) {
    if (sizes[c] == 0) continue;
    const double w = loss.factor / (static_cast<double>(sizes[c]) * sizes[c]);
    const double by_wrong = w * (whole - wrong) / (whole * whole), by_hits = -2 * w * wrong / (whole * whole);
    slopes[c] = {by_hits - by_wrong, by_wrong};
  }
  return loss.factor * wrong / whole;
}

double overlap_loss(const pat_region_loss& loss, const Planes& planes, const Labels& labels,
                    const std::vector<int64_t>& sizes) {
  const std::vector<Overlap> overlaps = overlaps_of(planes, labels);
  std::vector<OverlapSlope> slopes(planes.classes);
  const double value = loss.measure == 0 ? tversky(loss, sizes, overlaps, slopes)
                                         : generalised_dice(loss, sizes, overlaps, slopes);
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
        return 0.0;
      }
      return loss->measure == 2 ? pat::lovasz_loss(*loss, planes, values, sizes)
                                : pat::overlap_loss(*loss, planes, values, sizes);
    };
    *out = pat::new_handle(pat::differentiable(pat::readable(z), evaluate));
  });
  return failed ? failed : status;
}
