#include "labels.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "factors.h"

namespace pat {
namespace {

constexpr int64_t kChunk = 1 << 14;

// Counts labels [begin, end) of one image into `sizes`; the first wrong one, or `end`.
template <class Label>
int64_t count_chunk(const Label* labels, int64_t begin, int64_t end, int64_t ignore, int64_t classes,
                    int64_t* sizes) {
  int64_t first_wrong = end;
  for (int64_t i = begin; i < end; ++i) {
    const int64_t y = labels[i];
    if (y == ignore) continue;
    if (y < 0 || y >= classes) {
      first_wrong = std::min(first_wrong, i);
    } else {
      ++sizes[y];
    }
  }
  return first_wrong;
}

}  // namespace

MaskCounts count_masks(const Labels& labels, int64_t images, int64_t classes, int64_t pixels) {
  const int64_t chunks = (pixels + kChunk - 1) / kChunk;
  const int64_t total = images * pixels;
  std::vector<int64_t> sizes(images * chunks * classes);
  std::vector<int64_t> wrong(images * chunks, total);
  at::parallel_for(0, images * chunks, 1, [&](int64_t from, int64_t to) {
    for (int64_t chunk = from; chunk < to; ++chunk) {
      const int64_t begin = chunk / chunks * pixels + chunk % chunks * kChunk;
      const int64_t end = std::min(begin + kChunk, (chunk / chunks + 1) * pixels);
      int64_t* own = sizes.data() + chunk * classes;
      const int64_t first = labels.is_byte ? count_chunk(static_cast<const uint8_t*>(labels.values), begin,
                                                         end, labels.ignore, classes, own)
                                           : count_chunk(static_cast<const int64_t*>(labels.values), begin,
                                                         end, labels.ignore, classes, own);
      if (first < end) wrong[chunk] = first;
    }
  });
  MaskCounts counts{images, classes, pixels, std::vector<int64_t>(images * classes), total};
  for (int64_t chunk = 0; chunk < images * chunks; ++chunk) {
    for (int64_t c = 0; c < classes; ++c) {
      counts.sizes[chunk / chunks * classes + c] += sizes[chunk * classes + c];
    }
    counts.first_wrong = std::min(counts.first_wrong, wrong[chunk]);
  }
  if (counts.first_wrong == total) counts.first_wrong = -1;
  return counts;
}

std::vector<double> mask_factors(Reduction reduction, const MaskCounts& counts, const double* class_weights) {
  std::vector<int64_t> of_class(counts.classes), masks_of_image(counts.images);
  for (int64_t n = 0; n < counts.images; ++n) {
    for (int64_t c = 0; c < counts.classes; ++c) {
      const int64_t size = counts.sizes[n * counts.classes + c];
      of_class[c] += size;
      masks_of_image[n] += size > 0;
    }
  }
  const MaskSums sums{counts.images,       counts.classes,  counts.pixels,
                      counts.sizes.data(), of_class.data(), masks_of_image.data()};
  const MaskTotals totals = totals_of(sums);
  const double common = common_factor(reduction, sums, class_weights);
  std::vector<double> factors(counts.sizes.size());
  for (int64_t n = 0; n < counts.images; ++n) {
    for (int64_t c = 0; c < counts.classes; ++c) {
      if (counts.sizes[n * counts.classes + c] == 0) continue;
      const int64_t weighted = PAT_FAULT("class weight of another class", c, counts.classes - 1 - c);
      const double w = class_weights == nullptr ? 1 : class_weights[weighted];
      factors[n * counts.classes + c] = mask_share(reduction, sums, totals, n, c) * common * w;
    }
  }
  return factors;
}

}  // namespace pat
