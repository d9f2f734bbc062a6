// A tile: some pixels of one image with all their classes, in memory near the processor and in the type
// computed in.
#ifndef PAT_TILE_H
#define PAT_TILE_H

#include <algorithm>
#include <limits>

#include "fault.h"
#include "functions.h"
#include "problem.h"

namespace pat::PAT_ISA {

// Pixels with all their classes, and the numbers of each pixel; a view of memory that belongs to others. On
// the device a thread has a tile of one pixel.
template <class T>
struct Tile {
  PAT_INLINE T* row(Index c) const { return z + c * stride; }

  T* z;            // [classes, stride]: logits, then what the gradient is made from
  T* factor;       // a; 0 where ignored
  T* largest;      // max_k z'_k
  T* of_label;     // z'_y
  T* coefficient;  // the gradient is z · coefficient − offset
  T* offset;
  T* loss;
  int32_t* label;  // −1 where ignored
  Index classes, stride, pixels, padded;
};

// --- the label's logit
// ------------------------------------------------------------------------------------------

// The label, or a class that is there where the pixel is ignored.
PAT_INLINE int32_t or_first(int32_t label) { return label < 0 ? 0 : label; }

// Takes the label's logit out of the tile, so that a sum over the tile is one over the other classes.
template <class T>
PAT_INLINE void take_label(Tile<T>& tile) {
  for (Index i = 0; i < tile.padded; ++i) {
    T& own = tile.row(or_first(tile.label[i]))[i];
    tile.of_label[i] = own;
    own = -std::numeric_limits<T>::infinity();
  }
}

// Puts in its place what its gradient is made from; ignored pixels get a gradient of 0 whatever their logits
// are.
template <class T>
PAT_INLINE void put_label(Tile<T>& tile) {
  for (Index i = 0; i < tile.padded; ++i) {
    if (tile.label[i] >= 0) {
      tile.row(tile.label[i])[i] = tile.of_label[i];
    } else {
      for (Index c = 0; c < tile.classes; ++c) tile.row(c)[i] = T(0);
      tile.coefficient[i] = tile.offset[i] = tile.loss[i] = T(0);
    }
  }
}

}  // namespace pat::PAT_ISA

#endif
