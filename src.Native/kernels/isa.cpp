// Compiled once for each instruction set, with PAT_ISA as the name of its namespace.
#include "isa.h"

#include "sigmoid.h"
#include "softmax.h"

namespace pat::PAT_ISA {
namespace {

// Gradients that don't fit the caches are written past them.
constexpr int64_t kCached = 4 << 20;

template <class Stored, class T>
double tile_loss(const PixelProblem& problem, int64_t image, int64_t first, Tile<T>& tile, bool past_cache) {
  const Planes& planes = problem.planes;
  const int64_t count = std::min(tile.stride - kLanes<T>, planes.pixels - first);
  const int64_t at = image * planes.image_stride + first * planes.pixel_stride;
  const auto* logits = static_cast<const Stored*>(planes.logits) + at;
  auto* gradient = static_cast<Stored*>(planes.gradient);
  tile.read_labels(problem.labels, problem.factors + image * planes.classes, image * planes.pixels + first,
                   count);
  for (int64_t c = 0; c < planes.classes; ++c) {
    read_row(logits + c * planes.class_stride, planes.pixel_stride, count, tile.padded, tile.row(c),
             tile.largest);
  }
  const Stored* next = logits + count * planes.pixel_stride;
  const auto ahead = [&](int64_t c, int64_t i) {
    __builtin_prefetch(next + c * planes.class_stride + i * planes.pixel_stride);
  };
  if (problem.softmax != nullptr) {
    const SoftmaxLoss& loss = *problem.softmax;
    adjust(loss, tile);
    if (loss.adjustment == Adjustment::Seesaw) seesaw(loss, tile);
    if (loss.adjustment == Adjustment::Varied || loss.adjustment == Adjustment::Equalised) {
      const auto* v = static_cast<const T*>(problem.variation);
      vary(loss, v ? v + image * planes.classes * planes.pixels + first : nullptr, planes.pixels, tile);
    }
    softmax_tile(loss, gradient != nullptr, ahead, tile);
  } else {
    sigmoid_tile(*problem.sigmoid, tile);
  }
  if (gradient != nullptr) {
    for (int64_t c = 0; c < planes.classes; ++c) {
      write_row(tile, tile.row(c), gradient + at + c * planes.class_stride, planes.pixel_stride, past_cache);
    }
  }
  double total = 0;
  for (int64_t i = 0; i < tile.padded; i += kLanes<T>) total += sum<T>(load(tile.loss + i));
  return total;
}

template <class Stored>
void pixel_loss(const PixelProblem& problem, int64_t begin, int64_t end, double* losses) {
  using T = typename Computed<Stored>::type;
  const Planes& planes = problem.planes;
  const int64_t capacity = tile_pixels(planes.classes, sizeof(T));
  const int64_t tiles = (planes.pixels + capacity - 1) / capacity;
  const bool past_cache =
      planes.images * planes.classes * planes.pixels * static_cast<int64_t>(sizeof(Stored)) > kCached;
  Tile<T> tile(planes.classes, capacity);
  for (int64_t t = begin; t < end; ++t) {
    losses[t] = tile_loss<Stored>(problem, t / tiles, t % tiles * capacity, tile, past_cache);
  }
  stream_fence();
}

void any_pixel_loss(const PixelProblem& problem, int64_t begin, int64_t end, double* losses) {
  switch (problem.planes.number) {
    case Number::Float32:
      return pixel_loss<float>(problem, begin, end, losses);
    case Number::Float64:
      return pixel_loss<double>(problem, begin, end, losses);
    case Number::BFloat16:
      return pixel_loss<BFloat16>(problem, begin, end, losses);
  }
}

int64_t any_tile_pixels(int64_t classes, Number number) {
  return tile_pixels(classes, number == Number::Float64 ? 8 : 4);
}

#define PAT_TEXT(name) #name
#define PAT_NAME(name) PAT_TEXT(name)

}  // namespace

extern const Kernels table;
const Kernels table{PAT_NAME(PAT_ISA), any_pixel_loss, any_tile_pixels};

}  // namespace pat::PAT_ISA
