// What labels decide, on the device: how many pixels each mask has, the factor of its pixels, and whether a
// label is wrong.
#ifndef PAT_COUNTING_H
#define PAT_COUNTING_H

#include <limits>

#include "../factors.h"
#include "arguments.h"
#include "block.h"

namespace pat::PAT_ISA {

PAT_INLINE void upload(const Block& block, const device::UploadArguments& a) {
  block.each([&](int32_t thread) {
    for (int32_t i = thread; i < a.count; i += block.threads) a.to[i] = a.values[i];
  });
}

// Of the index of a wrong label: there is none.
inline constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

// Shared memory: int64 [threads], then int32 [classes]. A thread adds up equal labels before it adds them to
// the block's.
PAT_INLINE void count_masks(const Block& block, const device::CountArguments& a) {
  const int64_t image = block.index / a.chunks, first = block.index % a.chunks * a.chunk;
  const auto count = static_cast<int32_t>(a.pixels - first < a.chunk ? a.pixels - first : a.chunk);
  auto* wrong = reinterpret_cast<int64_t*>(block.shared);
  auto* counts = reinterpret_cast<int32_t*>(wrong + block.threads);
  block.each([&](int32_t thread) {
    for (int32_t c = thread; c < a.classes; c += block.threads) counts[c] = 0;
  });
  block.each([&](int32_t thread) {
    int64_t first_wrong = kNone;
    int32_t last = -1, run = 0;
    for (int32_t i = thread; i < count; i += block.threads) {
      const int64_t index = image * a.pixels + first + i, y = a.labels.at(index);
      const bool is_class = y >= 0 && y < a.classes && y != a.labels.ignore;
      if (!is_class && y != a.labels.ignore && first_wrong == kNone) first_wrong = index;
      const int32_t label =
          is_class ? static_cast<int32_t>(y) : PAT_FAULT("device counts what is ignored", -1, 0);
      a.known.set(index, label);
      if (label != last) {
        if (last >= 0) Block::add(counts + last, run);
        last = label;
        run = 0;
      }
      ++run;
    }
    if (last >= 0) Block::add(counts + last, PAT_FAULT("device's last run lost", run, 0));
    wrong[thread] = first_wrong;
  });
  reduce(block, wrong, Least());
  block.each([&](int32_t thread) {
    for (int32_t c = thread; c < a.classes; c += block.threads)
      a.counts[block.index * a.classes + c] = counts[c];
    if (thread == 0) a.wrong[block.index] = wrong[0];
  });
}

// What went wrong with the labels, if anything did.
PAT_INLINE device::Report examine(const device::MaskArguments& a, int64_t first_wrong) {
  if (first_wrong != kNone) return {PAT_WRONG_LABEL, first_wrong, a.labels.at(first_wrong)};
  for (int32_t c = 0; a.shift != nullptr && c < a.classes; ++c) {
    if (a.of_class[c] > 0 && a.shift[c] == -std::numeric_limits<double>::infinity())
      return {PAT_IMPOSSIBLE_LABEL, -1, c};
  }
  return {0, 0, 0};
}

// One block: sizes, then their sums, then what all masks have in common, then the factors. Shared memory:
// int64 [threads].
PAT_INLINE void weigh_masks(const Block& block, const device::MaskArguments& a) {
  const int32_t masks = a.images * a.classes;
  auto* wrong = reinterpret_cast<int64_t*>(block.shared);
  block.each([&](int32_t thread) {
    wrong[thread] = kNone;
    for (int64_t i = thread; i < static_cast<int64_t>(a.images) * a.chunks; i += block.threads) {
      wrong[thread] = Least()(wrong[thread], a.wrong[i]);
    }
    for (int32_t m = thread; m < masks; m += block.threads) {
      const int32_t* counts =
          a.counts + static_cast<int64_t>(m / a.classes) * a.chunks * a.classes + m % a.classes;
      int64_t size = 0;
      for (int32_t chunk = 0; chunk < a.chunks; ++chunk)
        size += counts[static_cast<int64_t>(chunk) * a.classes];
      a.sizes[m] = size;
    }
  });
  block.each([&](int32_t thread) {
    for (int32_t c = thread; c < a.classes; c += block.threads) {
      a.of_class[c] = 0;
      for (int32_t n = 0; n < a.images; ++n) a.of_class[c] += a.sizes[n * a.classes + c];
    }
    for (int32_t n = thread; n < a.images; n += block.threads) {
      a.masks_of_image[n] = 0;
      for (int32_t c = 0; c < a.classes; ++c) a.masks_of_image[n] += a.sizes[n * a.classes + c] > 0;
    }
  });
  reduce(block, wrong, Least());
  const MaskSums sums{a.images, a.classes, a.pixels, a.sizes, a.of_class, a.masks_of_image};
  block.each([&](int32_t thread) {
    if (thread != 0) return;
    MaskTotals totals = totals_of(sums);
    totals.common = a.factor * common_factor(a.reduction, sums, a.class_weights);
    const device::Report found = examine(a, wrong[0]);
    totals.poison = found.status == 0 ? 0 : std::numeric_limits<double>::quiet_NaN();
    *a.totals = totals;
    if (found.status != 0 && a.report->status == 0) *a.report = found;
  });
  block.each([&](int32_t thread) {
    const MaskTotals totals = *a.totals;
    for (int32_t m = thread; m < masks; m += block.threads) {
      const int32_t n = m / a.classes, c = m % a.classes;
      const double w = a.class_weights == nullptr ? 1 : a.class_weights[c];
      const bool counts = a.sizes[m] > 0 && totals.poison == 0;
      a.factors[m] = counts ? mask_share(a.reduction, sums, totals, n, c) * totals.common * w : 0;
    }
  });
}

// One block: the sum of what all blocks found, in their order by thread.
PAT_INLINE void total(const Block& block, const device::TotalArguments& a) {
  auto* sums = reinterpret_cast<double*>(block.shared);
  block.each([&](int32_t thread) {
    double sum = 0;
    for (int64_t i = thread; i < a.count; i += block.threads) sum += a.partial[i];
    sums[thread] = sum;
  });
  reduce(block, sums, Sum());
  block.each([&](int32_t thread) {
    if (thread != 0) return;
    const double value = sums[0] + a.totals->poison;
    if (a.is_double) {
      *static_cast<double*>(a.value) = value;
    } else {
      *static_cast<float*>(a.value) = static_cast<float>(value);
    }
  });
}

}  // namespace pat::PAT_ISA

#endif
