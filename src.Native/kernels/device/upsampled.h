// Pixel-wise losses of bilinearly upsampled logits on the device. A block has some source columns between two
// source rows: it makes the outputs there, tile by tile, and collects the gradients of the four logits about
// each cell.
#ifndef PAT_DEVICE_UPSAMPLED_H
#define PAT_DEVICE_UPSAMPLED_H

#include "pixels.h"

namespace pat::PAT_ISA {

// The first output whose source is `source` or later.
PAT_INLINE int64_t first_output(const Interpolation& axis, int64_t source) {
  int64_t low = 0, high = axis.outputs;
  while (low < high) {
    const int64_t middle = (low + high) / 2;
    if (axis.at(middle).first < source) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// Logit of class c between rows `top` and `bottom` and between a column and the next one.
template <class T>
struct Corner {
  PAT_INLINE Corner(const device::UpsampledArguments& a, const T* image, int64_t row, T down,
                    const Sample& column)
      : down(down), right(static_cast<T>(column.share)) {
    const int64_t below = row + 1 < a.rows.sources ? row + 1 : row;
    const int64_t next = column.first + 1 < a.columns.sources ? column.first + 1 : column.first;
    above_left = image + row * a.columns.sources + column.first;
    to_right = next - column.first;
    to_below = (below - row) * a.columns.sources;
    class_stride = a.rows.sources * a.columns.sources;
  }
  PAT_INLINE T operator()(int64_t c) const {
    const T* at = above_left + c * class_stride;
    const T left = at[0] + PAT_FAULT("device's rows not interpolated", down, T(0)) * (at[to_below] - at[0]);
    const T beside = at[to_right] + down * (at[to_below + to_right] - at[to_right]);
    return left + right * (beside - left);
  }
  T down, right;
  const T* above_left;
  int64_t to_right, to_below, class_stride;
};

// Shared memory: double [threads], int32 [cells + 1], T [threads], T [3, classes], T [4, classes, cells], the
// tile.
template <class T, class Family>
PAT_INLINE void upsampled_loss(const Block& block, const device::UpsampledArguments& a) {
  const int64_t image = block.index / a.chunks / a.rows.sources,
                row = block.index / a.chunks % a.rows.sources;
  const int64_t cell = block.index % a.chunks * a.cells;
  const auto cells =
      static_cast<int32_t>(a.columns.sources - cell < a.cells ? a.columns.sources - cell : a.cells);
  auto* losses = reinterpret_cast<double*>(block.shared);
  auto* starts = reinterpret_cast<int32_t*>(losses + block.threads);
  T* shares = reinterpret_cast<T*>(starts + (a.cells + 2) / 2 * 2);
  const ClassNumbers<T> numbers{shares + block.threads, a.classes};
  T* corners = numbers.to + 3 * a.classes;
  const int32_t size = a.classes * a.cells;
  T* z = corners + 4 * size;
  const bool wants_gradient = a.corners != nullptr;
  block.each([&](int32_t thread) {
    Family::stage(a, numbers, thread, block.threads);
    losses[thread] = 0;
    for (int32_t i = thread; i < 4 * size; i += block.threads) corners[i] = 0;
    for (int32_t k = thread; k <= cells; k += block.threads)
      starts[k] = static_cast<int32_t>(first_output(a.columns, cell + k));
  });
  const int64_t outputs = a.rows.outputs * a.columns.outputs;
  for (int64_t y = first_output(a.rows, row); y < first_output(a.rows, row + 1); ++y) {
    const T down = static_cast<T>(a.rows.at(y).share);
    for (int32_t x0 = starts[0]; x0 < starts[cells]; x0 += block.threads) {
      const int32_t count = starts[cells] - x0 < block.threads ? starts[cells] - x0 : block.threads;
      block.each([&](int32_t thread) {
        if (thread >= count) return;
        const Sample column = a.columns.at(x0 + thread);
        shares[thread] = static_cast<T>(column.share);
        const int64_t place = y * a.columns.outputs + x0 + thread;
        const T* logits =
            static_cast<const T*>(a.logits) + image * a.classes * a.rows.sources * a.columns.sources;
        const Corner<T> logit(a, logits, row, down, column);
        for (int32_t c = 0; c < a.classes; ++c) z[c * block.threads + thread] = logit(c);
        PixelNumbers<T> own(a.known.at(image * outputs + place), a.factors + image * a.classes);
        Tile<T> tile = own.tile(z + thread, a.classes, block.threads);
        const Variation<T> variation{nullptr, a.softmax.noise, image * a.classes * outputs + place, outputs};
        Family::pixel(a, numbers, variation, wants_gradient, tile);
        losses[thread] += own.loss;
        if (wants_gradient) own.write_gradient(tile);
      });
      if (!wants_gradient) continue;
      block.each([&](int32_t thread) {
        for (int32_t i = thread; i < a.classes * cells; i += block.threads) {
          const int32_t c = i / cells, k = i % cells;
          const int32_t from = starts[k] > x0 ? starts[k] - x0 : 0;
          const int32_t to = starts[k + 1] - x0 < count ? starts[k + 1] - x0 : count;
          T whole = 0, right = 0;
          for (int32_t j = from; j < to; ++j) {
            const T g = z[c * block.threads + j];
            whole += g;
            right += g * shares[j];
          }
          T* corner = corners + c * a.cells + k;
          corner[0] += (whole - right) * (1 - down);
          corner[size] += right * (1 - down);
          corner[2 * size] += (whole - right) * down;
          corner[3 * size] += right * PAT_FAULT("device's corner below right lost", down, T(0));
        }
      });
    }
  }
  if (wants_gradient) {
    block.each([&](int32_t thread) {
      const int64_t plane = a.rows.sources * a.columns.sources, all = a.images * a.classes * plane;
      for (int32_t i = thread; i < 4 * a.classes * cells; i += block.threads) {
        const int32_t corner = i / (a.classes * cells), c = i / cells % a.classes, k = i % cells;
        static_cast<T*>(
            a.corners)[corner * all + (image * a.classes + c) * plane + row * a.columns.sources + cell + k] =
            corners[corner * size + c * a.cells + k];
      }
    });
  }
  reduce(block, losses, Sum());
  block.each([&](int32_t thread) {
    if (thread == 0) a.partial[block.index] = losses[0];
  });
}

// The gradient of each source logit from the cells about it; beyond the last row or column there is only that
// one itself.
template <class T>
PAT_INLINE void gather_corners(const Block& block, const device::CornersArguments& a) {
  const int64_t plane = static_cast<int64_t>(a.rows) * a.columns, all = a.planes * plane;
  block.each([&](int32_t thread) {
    const int64_t i = block.index * block.threads + thread;
    if (i >= all) return;
    const int64_t row = i / a.columns % a.rows, column = i % a.columns;
    const auto* corners = static_cast<const T*>(a.corners);
    const auto at = [&](int64_t corner, int64_t up, int64_t left) {
      return corners[corner * all + i - up * a.columns - left];
    };
    const bool last_row = row + 1 == a.rows, last_column = column + 1 == a.columns;
    T sum = at(0, 0, 0);
    if (column > 0) sum += at(1, 0, 1);
    if (last_column) sum += at(1, 0, 0);
    if (row > 0) sum += at(2, 1, 0);
    if (last_row) sum += at(2, 0, 0);
    if (row > 0 && column > 0) sum += at(3, 1, 1);
    if (row > 0 && last_column) sum += at(3, 1, 0);
    if (last_row && column > 0) sum += at(3, 0, 1);
    if (last_row && last_column) sum += at(3, 0, 0);
    static_cast<T*>(a.gradient)[i] = sum;
  });
}

// The gradient times a number of the device; untouched where that is 1.
template <class Stored>
PAT_INLINE void scale_gradient(const Block& block, const device::ScaleArguments& a) {
  using T = typename Computed<Stored>::type;
  const T factor = a.is_double ? static_cast<T>(*static_cast<const double*>(a.factor))
                               : static_cast<T>(*static_cast<const float*>(a.factor));
  if (factor == T(1)) return;
  block.each([&](int32_t thread) {
    auto* gradient = static_cast<Stored*>(a.gradient);
    const int64_t i = block.index * block.threads + thread;
    if (i < a.count) store_one(gradient + i, load_one(gradient + i) * factor);
  });
}

}  // namespace pat::PAT_ISA

#endif
