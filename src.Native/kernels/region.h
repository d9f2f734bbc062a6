// Softmax probabilities of a tile, as region losses need them.
#ifndef PAT_REGION_H
#define PAT_REGION_H

#include "tile.h"

namespace pat::PAT_ISA {

// The tile becomes e_k of the other classes, 0 at the label and at ignored pixels; coefficient 1/Σ e (0 where
// ignored), of_label e_y, offset the sum of the others.
template <class T>
PAT_INLINE void probabilities(Tile<T>& tile) {
  take_label(tile);
  for (Index i = 0; i < tile.padded; i += kLanes<T>) {
    const Vec<T> m = load(tile.largest + i);
    Vec<T> others{};
    for (Index c = 0; c < tile.classes; ++c) {
      const Vec<T> e = exp<T>(load(tile.row(c) + i) - m);
      store(tile.row(c) + i, e);
      others += e;
    }
    const Vec<T> e_y = exp<T>(load(tile.of_label + i) - m);
    store(tile.of_label + i, e_y);
    store(tile.offset + i, others);
    store(tile.coefficient + i, T(1) / (others + e_y));
  }
  for (Index i = 0; i < tile.padded; ++i) {
    if (tile.label[i] >= 0) continue;
    for (Index c = 0; c < tile.classes; ++c) tile.row(c)[i] = T(0);
    tile.coefficient[i] = tile.of_label[i] = tile.offset[i] = T(0);
  }
}

// Adds Σ p_c and Σ 1 − p_c over the pixels labelled c, and Σ p_c over the others, to the sums of each class.
template <class T>
void add_overlaps(const Tile<T>& tile, Overlap* sums) {
  for (Index i = 0; i < tile.pixels; ++i) {
    const int32_t y = tile.label[i];
    if (y < 0) continue;
    sums[y].hits += tile.of_label[i] * tile.coefficient[i];
    sums[y].misses +=
        PAT_FAULT("misses counted as hits", tile.offset[i], tile.of_label[i]) * tile.coefficient[i];
  }
  for (Index c = 0; c < tile.classes; ++c) {
    const T* row = tile.z + c * tile.stride;
    Vec<T> alarms{};
    for (Index i = 0; i < tile.padded; i += kLanes<T>) alarms += load(row + i) * load(tile.coefficient + i);
    sums[c].alarms += sum<T>(alarms);
  }
}

// dL/dz_k = p_k (g_k − Σ_j p_j g_j) with g_k = other(c, i) and, at the label, own(y, i): to be written as
// z · coefficient. At the label p_y (g_y (1 − p_y) − Σ_{j≠y} p_j g_j), which does not cancel.
template <class T, class Other, class Own>
PAT_INLINE void region_gradient(Tile<T>& tile, const Other& other, const Own& own) {
  for (Index i = 0; i < tile.padded; ++i) tile.loss[i] = T(0);
  for (Index c = 0; c < tile.classes; ++c) {
    for (Index i = 0; i < tile.padded; i += kLanes<T>) {
      store(tile.loss + i, load(tile.loss + i) + load(tile.row(c) + i) * other(c, i));
    }
  }
  for (Index i = 0; i < tile.padded; ++i) {
    const int32_t y = tile.label[i];
    tile.largest[i] = y < 0 ? T(0) : own(y, i);
  }
  for (Index i = 0; i < tile.padded; i += kLanes<T>) {
    const Vec<T> share = load(tile.coefficient + i), g_y = load(tile.largest + i),
                 others = load(tile.loss + i);
    const Vec<T> e_y = load(tile.of_label + i);
    store(tile.largest + i,
          (others + PAT_FAULT("mean gradient without the label's", e_y, Vec<T>{}) * g_y) * share);
    store(tile.of_label + i, e_y * (g_y * load(tile.offset + i) - others) * share);
    store(tile.offset + i, Vec<T>{});
  }
  for (Index c = 0; c < tile.classes; ++c) {
    for (Index i = 0; i < tile.padded; i += kLanes<T>) {
      store(tile.row(c) + i, load(tile.row(c) + i) * (other(c, i) - load(tile.largest + i)));
    }
  }
  for (Index i = 0; i < tile.pixels; ++i) {
    if (tile.label[i] >= 0) tile.row(tile.label[i])[i] = tile.of_label[i];
  }
}

}  // namespace pat::PAT_ISA

#endif
