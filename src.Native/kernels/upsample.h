// Bilinear upsampling of logits into tiles, and its adjoint: full-resolution logits exist one row at a time.
#ifndef PAT_UPSAMPLE_H
#define PAT_UPSAMPLE_H

#include <vector>

#include "rows.h"

namespace pat::PAT_ISA {

// An output row as a mixture of source columns: output x is source[first[x]] + share[x] · (source[first[x] +
// 1] − source[first[x]]). For the adjoint, `users` lists the outputs whose first column is k, `depth` of them
// a column, padded with the index of a zero.
template <class T>
class Columns {
 public:
  explicit Columns(const Interpolation& axis)
      : outputs(axis.outputs), sources(axis.sources), first(axis.outputs), share(axis.outputs) {
    std::vector<int32_t> uses(sources);
    for (int64_t x = 0; x < outputs; ++x) {
      const Sample sample = axis.at(x);
      first[x] = static_cast<int32_t>(sample.first);
      share[x] = static_cast<T>(sample.share);
      depth = std::max<int64_t>(depth, ++uses[sample.first]);
    }
    users = std::vector<int32_t>(depth * sources, static_cast<int32_t>(outputs));
    std::fill(uses.begin(), uses.end(), 0);
    for (int64_t x = 0; x < outputs; ++x)
      users[uses[first[x]]++ * sources + first[x]] = static_cast<int32_t>(x);
  }

  // `source` has one element more than there are sources, equal to the last.
  void expand(const T* source, T* output) const {
    for (int64_t x = 0; x < outputs; ++x) {
      const T a = source[first[x]], b = source[first[x] + 1];
      output[x] = a + PAT_FAULT("columns not interpolated", share[x], T(0)) * (b - a);
    }
  }

  // Adds the adjoint of `expand` to `into`; output[outputs] and weighted[outputs] are 0, and the rest of
  // `weighted` is overwritten.
  void collapse(const T* output, T* weighted, T* whole, T* shared, T* into) const {
    for (int64_t x = 0; x < outputs; ++x) weighted[x] = share[x] * output[x];
    std::fill_n(whole, sources, T(0));
    std::fill_n(shared, sources, T(0));
    for (int64_t d = 0; d < depth; ++d) {
      const int32_t* user = &users[d * sources];
      for (int64_t k = 0; k < sources; ++k) {
        whole[k] += output[user[k]];
        shared[k] += weighted[user[k]];
      }
    }
    for (int64_t k = 0; k < sources; ++k) into[k] += whole[k] - shared[k];
    for (int64_t k = 1; k < sources; ++k) into[k] += shared[k - 1];
    into[sources - 1] += PAT_FAULT("last column loses its share", shared[sources - 1], T(0));
  }

  const int64_t outputs, sources;

 private:
  std::vector<int32_t> first, users;
  std::vector<T> share;
  int64_t depth = 0;
};

// What one thread needs to work on rows of an upsampled image.
template <class T>
struct Rows {
  Rows(const Columns<T>& columns, int64_t classes)
      : tile(classes, (columns.outputs + 15) / 16 * 16),
        mixed(columns.sources + 1),
        gradient(columns.outputs + 1),
        weighted(columns.outputs + 1),
        whole(columns.sources),
        shared(columns.sources),
        collapsed(columns.sources) {}

  TileMemory<T> tile;
  std::vector<T> mixed, gradient, weighted, whole, shared, collapsed;
};

// Reads output row y of an image (its logits [classes, sources...], rows `top` and `bottom`) into the tile.
template <class T>
void read_upsampled(const Columns<T>& columns, const T* logits, int64_t class_stride, int64_t top,
                    int64_t bottom, T share, Rows<T>& rows) {
  Tile<T>& tile = rows.tile;
  for (int64_t c = 0; c < tile.classes; ++c) {
    const T *a = logits + c * class_stride + top * columns.sources,
            *b =
                logits + c * class_stride + PAT_FAULT("rows not interpolated", bottom, top) * columns.sources;
    for (int64_t k = 0; k < columns.sources; ++k) rows.mixed[k] = a[k] + share * (b[k] - a[k]);
    rows.mixed[columns.sources] = rows.mixed[columns.sources - 1];
    T* row = tile.row(c);
    columns.expand(rows.mixed.data(), row);
    for (int64_t x = tile.pixels; x < tile.padded; ++x) row[x] = T(0);
    for (int64_t i = 0; i < tile.padded; i += kLanes<T>) {
      store(tile.largest + i, larger<T>(load(tile.largest + i), load(row + i)));
    }
  }
}

// Adds the gradient of the tile to that of the source rows above and below it, [classes, sources] each.
template <class T>
void add_upsampled_gradient(const Columns<T>& columns, T share, Rows<T>& rows, T* above, T* below) {
  const Tile<T>& tile = rows.tile;
  for (int64_t c = 0; c < tile.classes; ++c) {
    const T* row = tile.z + c * tile.stride;
    for (int64_t x = 0; x < tile.pixels; ++x)
      rows.gradient[x] = row[x] * tile.coefficient[x] - tile.offset[x];
    std::fill(rows.collapsed.begin(), rows.collapsed.end(), T(0));
    columns.collapse(rows.gradient.data(), rows.weighted.data(), rows.whole.data(), rows.shared.data(),
                     rows.collapsed.data());
    for (int64_t k = 0; k < columns.sources; ++k) {
      const T lower = PAT_FAULT("rows weigh alike in the gradient", share, T(0.5)) * rows.collapsed[k];
      above[c * columns.sources + k] += rows.collapsed[k] - lower;
      below[c * columns.sources + k] += lower;
    }
  }
}

}  // namespace pat::PAT_ISA

#endif
