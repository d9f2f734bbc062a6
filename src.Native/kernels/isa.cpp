// Compiled once for each instruction set, with PAT_ISA as the name of its namespace.
#include "isa.h"

#include <type_traits>
#include <vector>

#include "region.h"
#include "rows.h"
#include "sigmoid.h"
#include "softmax.h"
#include "upsample.h"

namespace pat::PAT_ISA {
namespace {

// Gradients that don't fit the caches are written past them.
constexpr int64_t kCached = 4 << 20;

// Where a tile lies.
template <class Stored>
struct Place {
  using Gradient = typename GradientOf<Stored>::type;

  Place(const Planes& planes, int64_t image, int64_t first, int64_t capacity)
      : image(image),
        first(first),
        count(std::min(capacity, planes.pixels - first)),
        at(image * planes.image_stride + first * planes.pixel_stride),
        logits(static_cast<const Stored*>(planes.logits) + at),
        gradient(planes.gradient == nullptr ? nullptr : static_cast<Gradient*>(planes.gradient) + at) {}

  const int64_t image, first, count, at;
  const Stored* const logits;
  Gradient* const gradient;
};

// Reads labels (a factor for each class) and logits of one tile after another and hands it to `body`.
template <class Stored, class T, class Factors, class Body>
void for_each_tile(const Planes& planes, const Labels& labels, int64_t begin, int64_t end,
                   const Factors& factors, const Body& body) {
  const int64_t capacity = tile_pixels(planes.classes, sizeof(T));
  const int64_t tiles = (planes.pixels + capacity - 1) / capacity;
  TileMemory<T> tile(planes.classes, capacity);
  for (int64_t t = begin; t < end; ++t) {
    const Place<Stored> place(planes, t / tiles, t % tiles * capacity, capacity);
    tile.read_labels(labels, factors(place.image), place.image * planes.pixels + place.first, place.count);
    for (int64_t c = 0; c < planes.classes; ++c) {
      read_row(place.logits + c * planes.class_stride, planes.pixel_stride, place.count, tile.padded,
               tile.row(c), tile.largest);
    }
    body(t, place, tile);
  }
  stream_fence();
}

template <class Stored, class T>
void write_gradient(const Planes& planes, const Place<Stored>& place, Tile<T>& tile) {
  const int64_t bytes =
      planes.images * planes.classes * planes.pixels * static_cast<int64_t>(sizeof *place.gradient);
  for (int64_t c = 0; c < planes.classes; ++c) {
    write_row(tile, tile.row(c), place.gradient + c * planes.class_stride, planes.pixel_stride,
              bytes > kCached);
  }
}

// Calls `kernel` with a value of the type that logits are stored in.
template <class Kernel>
void by_number(Number number, const Kernel& kernel) {
  switch (number) {
    case Number::Float32:
      return kernel(float());
    case Number::Float64:
      return kernel(double());
    case Number::BFloat16:
      return kernel(BFloat16());
    case Number::Float16:
      return kernel(Float16());
  }
}

// The loss and what its gradient is made from, of logits and labels in the tile.
template <class T, class Ahead>
void pixel_tile(const PixelProblem& problem, const Variation<T>& variation, bool wants_gradient,
                const Ahead& ahead, Tile<T>& tile) {
  if (problem.sigmoid != nullptr) return sigmoid_tile(*problem.sigmoid, tile);
  softmax_pixels(*problem.softmax, variation, wants_gradient, ahead, tile);
}

// The variation of a tile whose first logit is `first` in the batch, `class_stride` logits before that of the
// next class.
template <class T>
Variation<T> variation_at(const PixelProblem& problem, int64_t first, int64_t class_stride) {
  const auto* given = static_cast<const T*>(problem.variation);
  const Noise noise = problem.softmax != nullptr ? problem.softmax->noise : Noise{};
  return {given == nullptr ? nullptr : given + first, noise, first, class_stride};
}

template <class T>
double total_loss(const Tile<T>& tile) {
  double total = 0;
  for (int64_t i = 0; i < tile.padded; i += kLanes<T>) total += sum<T>(load(tile.loss + i));
  return total;
}

void pixel_loss(const PixelProblem& problem, int64_t begin, int64_t end, double* losses) {
  const Planes& planes = problem.planes;
  by_number(planes.number, [&](auto number) {
    using Stored = decltype(number);
    using T = typename Computed<Stored>::type;
    const auto factors = [&](int64_t image) {
      return problem.factors + PAT_FAULT("factors of the first image", image, int64_t(0)) * planes.classes;
    };
    for_each_tile<Stored, T>(
        planes, problem.labels, begin, end, factors, [&](int64_t t, const auto& place, auto& tile) {
          const int64_t image = PAT_FAULT("variation of the first image", place.image, int64_t(0));
          const int64_t at = image * planes.classes * planes.pixels + place.first;
          const auto* next = place.logits + place.count * planes.pixel_stride;
          const auto ahead = [&](int64_t c, int64_t i) {
            __builtin_prefetch(next + c * planes.class_stride + i * planes.pixel_stride);
          };
          pixel_tile(problem, variation_at<T>(problem, at, planes.pixels), place.gradient != nullptr, ahead,
                     tile);
          if (place.gradient != nullptr) write_gradient(planes, place, tile);
          losses[t] = 0;
          for (int64_t i = 0; i < tile.padded; i += kLanes<T>) losses[t] += sum<T>(load(tile.loss + i));
        });
  });
}

// Tiles of probabilities, for losses without pixel factors.
template <class Body>
void for_each_probability_tile(const Planes& planes, const Labels& labels, int64_t begin, int64_t end,
                               const Body& body) {
  const std::vector<double> ones(planes.classes, 1.0);
  by_number(planes.number, [&](auto number) {
    using Stored = decltype(number);
    const auto factors = [&](int64_t) { return ones.data(); };
    for_each_tile<Stored, typename Computed<Stored>::type>(planes, labels, begin, end, factors,
                                                           [&](int64_t, const auto& place, auto& tile) {
                                                             probabilities(tile);
                                                             body(place, tile);
                                                           });
  });
}

void overlaps(const Planes& planes, const Labels& labels, int64_t begin, int64_t end, Overlap* sums) {
  for_each_probability_tile(planes, labels, begin, end,
                            [&](const auto&, const auto& tile) { add_overlaps(tile, sums); });
}

void overlap_gradient(const Planes& planes, const Labels& labels, const OverlapSlope* slopes, int64_t begin,
                      int64_t end) {
  for_each_probability_tile(planes, labels, begin, end, [&](const auto& place, auto& tile) {
    using T = std::decay_t<decltype(*tile.z)>;
    region_gradient(
        tile, [&](int64_t c, int64_t) { return all<T>(static_cast<T>(slopes[c].other)); },
        [&](int64_t y, int64_t) { return static_cast<T>(slopes[y].own); });
    write_gradient(planes, place, tile);
  });
}

template <class T, class Stored>
T* field_row(const Field& field, const Place<Stored>& place, int64_t c) {
  return static_cast<T*>(field.values) + place.image * field.image_stride + place.first * field.pixel_stride +
         c * field.class_stride;
}

void errors(const Planes& planes, const Labels& labels, int64_t begin, int64_t end, const Field& field) {
  for_each_probability_tile(planes, labels, begin, end, [&](const auto& place, auto& tile) {
    using T = std::decay_t<decltype(*tile.z)>;
    for (int64_t i = 0; i < tile.pixels; ++i) {
      if (tile.label[i] >= 0) tile.row(tile.label[i])[i] = tile.offset[i];
      tile.offset[i] = T(0);
    }
    for (int64_t c = 0; c < planes.classes; ++c) {
      write_row(tile, tile.row(c), field_row<T>(field, place, c), field.pixel_stride, false);
    }
  });
}

void error_gradient(const Planes& planes, const Labels& labels, const Field& slopes, int64_t begin,
                    int64_t end) {
  for_each_probability_tile(planes, labels, begin, end, [&](const auto& place, auto& tile) {
    using T = std::decay_t<decltype(*tile.z)>;
    const auto at = [&](int64_t c, int64_t i) {
      return field_row<T>(slopes, place, c)[i * slopes.pixel_stride];
    };
    region_gradient(
        tile,
        [&](int64_t c, int64_t i) {
          Vec<T> g{};
          for (int64_t lane = 0; lane < std::min<int64_t>(kLanes<T>, tile.pixels - i); ++lane)
            g[lane] = at(c, i + lane);
          return g;
        },
        [&](int64_t y, int64_t i) { return at(y, i); });
    write_gradient(planes, place, tile);
  });
}

// The output rows of one band, between source rows r and r + 1.
template <class T>
double band_loss(const PixelProblem& problem, const Upsampling& upsampling, const Columns<T>& columns,
                 int64_t image, int64_t r, Rows<T>& rows) {
  const Planes& planes = problem.planes;
  const Interpolation& axis = upsampling.rows;
  const int64_t size = planes.classes * columns.sources, band = image * axis.sources + r;
  const bool wants_gradient = upsampling.above != nullptr;
  T* above = static_cast<T*>(upsampling.above) + band * size;
  T* below = static_cast<T*>(upsampling.below) + band * size;
  if (wants_gradient) {
    std::fill_n(above, size, T(0));
    std::fill_n(below, size, T(0));
  }
  double total = 0;
  for (int64_t y = 0; y < axis.outputs; ++y) {
    const Sample sample = axis.at(y);
    if (sample.first != r) continue;
    const T share = static_cast<T>(sample.share);
    const int64_t labels_at = (image * axis.outputs + y) * columns.outputs;
    rows.tile.read_labels(problem.labels, problem.factors + image * planes.classes, labels_at,
                          columns.outputs);
    read_upsampled(columns, static_cast<const T*>(planes.logits) + image * planes.image_stride,
                   planes.class_stride, r, std::min(r + 1, axis.sources - 1), share, rows);
    const int64_t place = (image * planes.classes * axis.outputs + y) * columns.outputs;
    const auto ahead = [](int64_t, int64_t) {};
    pixel_tile(problem, variation_at<T>(problem, place, axis.outputs * columns.outputs), wants_gradient,
               ahead, rows.tile);
    if (wants_gradient) add_upsampled_gradient(columns, share, rows, above, below);
    total += total_loss(rows.tile);
  }
  return total;
}

void upsampled_loss(const PixelProblem& problem, const Upsampling& upsampling, int64_t begin, int64_t end,
                    double* losses) {
  const auto bands = [&](auto number) {
    using T = decltype(number);
    const Columns<T> columns(upsampling.columns);
    Rows<T> rows(columns, problem.planes.classes);
    for (int64_t b = begin; b < end; ++b) {
      losses[b] = band_loss(problem, upsampling, columns, b / upsampling.rows.sources,
                            b % upsampling.rows.sources, rows);
    }
  };
  problem.planes.number == Number::Float64 ? bands(double()) : bands(float());
}

int64_t any_tile_pixels(int64_t classes, Number number) {
  return tile_pixels(classes, number == Number::Float64 ? 8 : 4);
}

#define PAT_TEXT(name) #name
#define PAT_NAME(name) PAT_TEXT(name)

}  // namespace

extern const Kernels table;
const Kernels table{PAT_NAME(PAT_ISA), pixel_loss,     overlaps,       overlap_gradient, errors,
                    error_gradient,    upsampled_loss, any_tile_pixels};

}  // namespace pat::PAT_ISA
