#include "labels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <numeric>

#include "fault.h"

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

namespace {

double over(double total) { return total == 0 ? 0 : 1 / total; }

// What the factors of all masks have in common, and how each mask's own size enters.
struct Sums {
  explicit Sums(const MaskCounts& counts)
      : of_class(counts.classes), masks_of_image(counts.images), valid(0), masks(0) {
    for (int64_t n = 0; n < counts.images; ++n) {
      for (int64_t c = 0; c < counts.classes; ++c) {
        const int64_t size = counts.sizes[n * counts.classes + c];
        of_class[c] += size;
        valid += size;
        masks += size > 0;
        masks_of_image[n] += size > 0;
      }
    }
    images = std::count_if(masks_of_image.begin(), masks_of_image.end(), [](int64_t m) { return m > 0; });
    classes = std::count_if(of_class.begin(), of_class.end(), [](int64_t size) { return size > 0; });
  }

  std::vector<int64_t> of_class, masks_of_image;
  double valid, masks, images, classes;
};

// a of a pixel of mask (n, c) before class weights.
double share(Reduction reduction, const MaskCounts& counts, const Sums& sums, int64_t n, int64_t c) {
  const double size = counts.sizes[n * counts.classes + c];
  const double all = static_cast<double>(counts.images) * counts.pixels;
  switch (reduction) {
    case Reduction::Sum:
    case Reduction::WeightedMean:
      return 1;
    case Reduction::PixelMean:
    case Reduction::WeightedSumMean:
      return 1 / PAT_FAULT("valid pixels include ignored ones", sums.valid, all);
    case Reduction::AllPixelMean:
      return 1 / PAT_FAULT("all-pixel-mean over valid pixels", all, sums.valid);
    case Reduction::ElementMean:
      return 1 / PAT_FAULT("element-mean without C", all * counts.classes, all);
    case Reduction::MaskMean:
      return 1 /
             (PAT_FAULT("masks counted with absent ones", sums.masks, double(counts.sizes.size())) * size);
    case Reduction::ImageMaskMean:
      return 1 / (PAT_FAULT("images without a mask counted", sums.images, double(counts.images)) *
                  sums.masks_of_image[n] * size);
    case Reduction::MaskSum:
      return 1 / (PAT_FAULT("mask-sum not over images", double(counts.images), 1.0) *
                  PAT_FAULT("mask size off by one", size, size + 1));
    case Reduction::ClassMean:
      return 1 / (sums.classes * PAT_FAULT("class size of one image", double(sums.of_class[c]), size));
  }
  return 0;
}

// What class weights are multiplied by.
double scale(Reduction reduction, const Sums& sums, const double* w) {
  const int64_t classes = sums.of_class.size();
  if (reduction == Reduction::WeightedMean) {
    const double weights = std::inner_product(w, w + classes, sums.of_class.begin(), 0.0);
    return over(PAT_FAULT("weighted mean over pixels", weights, sums.valid));
  }
  if (reduction == Reduction::WeightedSumMean) {
    return classes * over(std::accumulate(w, w + classes, 0.0));
  }
  return 1;
}

}  // namespace

std::vector<double> mask_factors(Reduction reduction, const MaskCounts& counts, const double* class_weights) {
  const std::vector<double> ones(class_weights ? 0 : counts.classes, 1.0);
  const double* w = class_weights ? class_weights : ones.data();
  const Sums sums(counts);
  const double common = scale(reduction, sums, w);
  std::vector<double> factors(counts.images * counts.classes);
  for (int64_t n = 0; n < counts.images; ++n) {
    for (int64_t c = 0; c < counts.classes; ++c) {
      if (counts.sizes[n * counts.classes + c] == 0) continue;
      factors[n * counts.classes + c] =
          share(reduction, counts, sums, n, c) * common *
          PAT_FAULT("class weight of another class", w[c], w[counts.classes - 1 - c]);
    }
  }
  return factors;
}

}  // namespace pat
