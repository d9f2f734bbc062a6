// Pixel-wise losses on the device: a block moves a tile of logits into shared memory, each thread works on a
// pixel of it, and the block moves the gradient out.
#ifndef PAT_DEVICE_PIXELS_H
#define PAT_DEVICE_PIXELS_H

#include "../stored.h"
#include "families.h"

namespace pat::PAT_ISA {

// Where a block's tile lies, in memory and in shared memory. By rows, the pixels of a class lie together in
// both; else the classes of a pixel do, an odd number of them apart, so that the threads meet different
// banks.
template <class Stored>
struct SharedTile {
  using T = typename Computed<Stored>::type;
  using Gradient = typename GradientOf<Stored>::type;
  static constexpr int32_t kWide = 16 / sizeof(Stored);
  template <class N>
  struct alignas(16) Several {
    N at[kWide];
  };
  // The same in pieces that are moved at once.
  template <class N>
  struct Pieces {
    static constexpr int32_t kCount = sizeof(Several<N>) / sizeof(Sixteen),
                             kEach = sizeof(Sixteen) / sizeof(N);
    Sixteen at[kCount];
  };

  PAT_INLINE SharedTile(const device::Tiling& a, int64_t number, T* z)
      : a(a),
        image(static_cast<int32_t>(number / a.tiles)),
        first(number % a.tiles * a.tile),
        count(static_cast<int32_t>(a.pixels - first < a.tile ? a.pixels - first : a.tile)),
        start(static_cast<int64_t>(image) * a.classes * a.pixels + (a.by_rows ? first : first * a.classes)),
        z(z) {}

  // Between the classes of a pixel, and between the pixels of a class.
  PAT_INLINE int32_t class_step() const { return a.by_rows ? a.tile : 1; }
  PAT_INLINE int32_t pixel_step() const { return a.by_rows ? 1 : a.classes | 1; }
  PAT_INLINE T* pixel(int32_t i) const { return z + i * pixel_step(); }

  // Calls move(place in memory, place in shared memory, a constant: how many) for this thread's share of the
  // tile.
  template <class Move>
  PAT_INLINE void moves(int32_t thread, int32_t threads, const Move& move) const {
    if (a.by_rows) {
      a.wide ? moves_of_rows<kWide>(thread, threads, move) : moves_of_rows<1>(thread, threads, move);
    } else if (a.wide && a.classes % 2 == 1) {
      moves_of_all(thread, threads, move);
    } else {
      moves_of_pixels(thread, threads, move);
    }
  }

  // The classes of pixels without a gap between them: the tile is one piece in both.
  template <class Move>
  PAT_INLINE void moves_of_all(int32_t thread, int32_t threads, const Move& move) const {
#if defined(__CUDA_ARCH__)
#pragma unroll 4
#endif
    for (int32_t i = thread * kWide; i < count * a.classes; i += threads * kWide) {
      move(start + i, i, std::integral_constant<int32_t, kWide>());
    }
  }

  // With a gap after the classes of each pixel. i / classes by a multiplication: it is at least 1/(2 classes)
  // away from a whole number, and rounding is not, of numbers as small as these.
  template <class Move>
  PAT_INLINE void moves_of_pixels(int32_t thread, int32_t threads, const Move& move) const {
    const float each = 1.0f / static_cast<float>(a.classes);
    const int32_t gap = pixel_step() - a.classes;
    for (int32_t i = thread; i < count * a.classes; i += threads) {
      const auto pixel = static_cast<int32_t>((static_cast<float>(i) + 0.5f) * each);
      move(start + i, i + pixel * gap, std::integral_constant<int32_t, 1>());
    }
  }

  // The threads are as many as the pixels of the tile, so that a thread keeps to its column.
  template <int32_t kWidth, class Move>
  PAT_INLINE void moves_of_rows(int32_t thread, int32_t threads, const Move& move) const {
    const int32_t a_row = threads / kWidth, column = thread % a_row * kWidth;
    if (column >= count) return;
    const int64_t from = start + column;
#if defined(__CUDA_ARCH__)
#pragma unroll 4
#endif
    for (int32_t c = thread / a_row; c < a.classes; c += kWidth) {
      move(from + c * a.pixels, c * threads + column, std::integral_constant<int32_t, kWidth>());
    }
  }

  PAT_INLINE void read(int32_t thread, int32_t threads) const {
    const auto* from = static_cast<const Stored*>(a.logits);
    moves(thread, threads, [&](int64_t place, int32_t shared, auto width) {
      if constexpr (width == 1) {
        z[shared] = load_one(from + place);
      } else {
        const auto numbers = as<Several<Stored>>(load_sixteen(from + place));
        Several<T> computed;
        for (int32_t k = 0; k < kWide; ++k) computed.at[k] = load_one(numbers.at + k);
        const auto pieces = as<Pieces<T>>(computed);
        for (int32_t p = 0; p < pieces.kCount; ++p) put_sixteen(z + shared + p * pieces.kEach, pieces.at[p]);
      }
    });
  }

  PAT_INLINE void write(int32_t thread, int32_t threads) const {
    auto* to = static_cast<Gradient*>(a.gradient);
    moves(thread, threads, [&](int64_t place, int32_t shared, auto width) {
      if constexpr (width == 1) {
        store_one(to + place, z[shared]);
      } else {
        const auto computed = *reinterpret_cast<const Several<T>*>(z + shared);
        Several<Gradient> numbers;
        for (int32_t k = 0; k < kWide; ++k) store_one(numbers.at + k, computed.at[k]);
        const auto pieces = as<Pieces<Gradient>>(numbers);
        for (int32_t p = 0; p < pieces.kCount; ++p)
          store_sixteen(to + place + p * pieces.kEach, pieces.at[p]);
      }
    });
  }

  const device::Tiling& a;
  const int32_t image;
  const int64_t first;
  const int32_t count;
  const int64_t start;
  T* const z;
};

// The numbers of a tile of one pixel, in registers.
template <class T>
struct PixelNumbers {
  PAT_INLINE explicit PixelNumbers(int32_t label) : factor(1), label(label) {}
  PAT_INLINE PixelNumbers(int32_t label, const double* factors)
      : factor(label < 0 ? T(0) : static_cast<T>(factors[label])), label(label) {}

  PAT_INLINE Tile<T> tile(T* z, int32_t classes, int32_t stride) {
    Tile<T> tile{z,       &factor, &largest, &of_label, &coefficient, &offset, &loss, &label,
                 classes, stride,  1,        1};
    largest = z[0];
    for (int32_t c = 1; c < classes; ++c) largest = larger<T>(largest, tile.row(c)[0]);
    return tile;
  }

  // The gradient, where the logits were.
  PAT_INLINE void write_gradient(const Tile<T>& tile) const {
    for (int32_t c = 0; c < tile.classes; ++c) tile.row(c)[0] = tile.row(c)[0] * coefficient - offset;
  }

  T factor, largest = 0, of_label = 0, coefficient = 0, offset = 0, loss = 0;
  int32_t label;
};

// Shared memory: double [threads], T [3, classes], the tile.
template <class Stored, class Family>
PAT_INLINE void pixel_loss(const Block& block, const device::PixelArguments& a) {
  using T = typename Computed<Stored>::type;
  const device::Tiling& tiling = a.tiling;
  auto* losses = reinterpret_cast<double*>(block.shared);
  const ClassNumbers<T> numbers{reinterpret_cast<T*>(losses + block.threads), tiling.classes};
  const SharedTile<Stored> shared(tiling, block.index, numbers.to + (3 * tiling.classes + 3) / 4 * 4);
  block.each([&](int32_t thread) {
    Family::stage(a, numbers, thread, block.threads);
    shared.read(thread, block.threads);
  });
  block.each([&](int32_t thread) {
    losses[thread] = 0;
    if (thread >= shared.count) return;
    PixelNumbers<T> own(tiling.known.at(shared.image * tiling.pixels + shared.first + thread),
                        a.factors + static_cast<int64_t>(shared.image) * tiling.classes);
    Tile<T> tile = own.tile(shared.pixel(thread), tiling.classes, shared.class_step());
    const int64_t logit =
        static_cast<int64_t>(shared.image) * tiling.classes * tiling.pixels + shared.first + thread;
    const auto* given = static_cast<const T*>(a.variation);
    const Variation<T> variation{given == nullptr ? nullptr : given + logit, a.softmax.noise, logit,
                                 tiling.pixels};
    Family::pixel(a, numbers, variation, tiling.gradient != nullptr, tile);
    losses[thread] = own.loss;
    if (tiling.gradient != nullptr) own.write_gradient(tile);
  });
  if (tiling.gradient != nullptr) block.each([&](int32_t thread) { shared.write(thread, block.threads); });
  reduce(block, losses, Sum());
  block.each([&](int32_t thread) {
    if (thread == 0) a.partial[block.index] = losses[0];
  });
}

}  // namespace pat::PAT_ISA

#endif
