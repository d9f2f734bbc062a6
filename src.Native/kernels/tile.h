// A tile: some pixels of one image with all their classes, in the first-level cache and in the type computed
// in.
#ifndef PAT_TILE_H
#define PAT_TILE_H

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>

#include "fault.h"
#include "problem.h"
#include "simd.h"

namespace pat::PAT_ISA {

// bfloat16 in memory; computed in float.
struct BFloat16 {
  uint16_t bits;
};

template <class Stored>
struct Computed {
  using type = Stored;
};
template <>
struct Computed<BFloat16> {
  using type = float;
};

// Classes × pixels that fit the first-level cache beside what is streamed through it.
inline int64_t tile_pixels(int64_t classes, int64_t element_bytes) {
  const int64_t fit = 24 * 1024 / (classes * element_bytes);
  return std::clamp<int64_t>(fit / 64 * 64, 64, 512);
}

template <class T>
class Tile {
 public:
  Tile(int64_t classes, int64_t capacity)
      : classes(classes),
        stride(capacity +
               kBytes / sizeof(T)),  // so that the classes of a pixel fall into different cache sets
        memory_(allocate((classes + 7) * stride)),
        z(memory_.get()),
        factor(z + classes * stride),
        largest(factor + stride),
        of_label(largest + stride),
        coefficient(of_label + stride),
        offset(coefficient + stride),
        loss(offset + stride),
        label_(new int32_t[stride]),
        label(label_.get()) {}

  // Reads labels and factors of pixels [first, first + count) of an image; what pads the tile is ignored.
  void read_labels(const Labels& labels, const double* factors, int64_t index, int64_t count) {
    pixels = count;
    padded = (count + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
    if (labels.is_byte) {
      read_labels(static_cast<const uint8_t*>(labels.values) + index, labels.ignore, factors);
    } else {
      read_labels(static_cast<const int64_t*>(labels.values) + index, labels.ignore, factors);
    }
    for (int64_t i = count; i < padded; ++i) {
      label[i] = -1;
      factor[i] = T(0);
    }
    std::fill_n(largest, padded, -std::numeric_limits<T>::infinity());
  }

  T* row(int64_t c) { return z + c * stride; }

  const int64_t classes, stride;

 private:
  template <class Label>
  void read_labels(const Label* labels, int64_t ignore, const double* factors) {
    for (int64_t i = 0; i < pixels; ++i) {
      const int64_t y = labels[i];
      label[i] = y == ignore ? PAT_FAULT("ignored pixels count as class 0", -1, 0) : static_cast<int32_t>(y);
      factor[i] = label[i] < 0 ? T(0) : static_cast<T>(factors[label[i]]);
    }
  }

  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };
  static T* allocate(int64_t count) {
    void* memory = std::aligned_alloc(64, (count * sizeof(T) + 63) / 64 * 64);
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
  }
  std::unique_ptr<T, Free> memory_;

 public:
  T* const z;            // [classes, stride]: logits, then what the gradient is made from
  T* const factor;       // a; 0 where ignored
  T* const largest;      // max_k z'_k
  T* const of_label;     // z'_y
  T* const coefficient;  // the gradient is z · coefficient − offset
  T* const offset;
  T* const loss;
  int64_t pixels = 0, padded = 0;

 private:
  std::unique_ptr<int32_t[]> label_;

 public:
  int32_t* const label;  // −1 where ignored
};

// --- the label's logit
// ------------------------------------------------------------------------------------------

// Takes the label's logit out of the tile, so that a sum over the tile is one over the other classes.
template <class T>
void take_label(Tile<T>& tile) {
  for (int64_t i = 0; i < tile.padded; ++i) {
    T& own = tile.row(std::max(tile.label[i], 0))[i];
    tile.of_label[i] = own;
    own = -std::numeric_limits<T>::infinity();
  }
}

// Puts in its place what its gradient is made from; ignored pixels get a gradient of 0 whatever their logits
// are.
template <class T>
void put_label(Tile<T>& tile) {
  for (int64_t i = 0; i < tile.padded; ++i) {
    if (tile.label[i] >= 0) {
      tile.row(tile.label[i])[i] = tile.of_label[i];
    } else {
      for (int64_t c = 0; c < tile.classes; ++c) tile.row(c)[i] = T(0);
      tile.coefficient[i] = tile.offset[i] = tile.loss[i] = T(0);
    }
  }
}

// --- rows in memory
// ---------------------------------------------------------------------------------------------

template <class T>
inline Vec<T> load_stored(const T* from) {
  return load(from);
}

inline Vec<float> load_stored(const BFloat16* from) {
  typedef uint16_t Half __attribute__((vector_size(kBytes / 2)));
  Half half;
  std::memcpy(&half, from, sizeof half);
  return (Vec<float>)(__builtin_convertvector(half, Vec<uint32_t>) << 16);
}

inline float load_one(const BFloat16* from) {
  const uint32_t bits = static_cast<uint32_t>(from->bits) << 16;
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
template <class T>
inline T load_one(const T* from) {
  return *from;
}

// To the nearest, ties to even; NaN stays NaN.
inline void store_one(BFloat16* to, float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  to->bits = x != x ? 0x7fc0 : static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
template <class T>
inline void store_one(T* to, T x) {
  *to = x;
}

template <class T>
inline void store_stored(T* to, Vec<T> v, bool past_cache) {
  if (past_cache) {
    stream(to, v);
  } else {
    store(to, v);
  }
}

inline void store_stored(BFloat16* to, Vec<float> v, bool) {
  typedef uint16_t Half __attribute__((vector_size(kBytes / 2)));
  const Vec<uint32_t> bits = (Vec<uint32_t>)v;
  const Vec<uint32_t> rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  const Vec<uint32_t> kept = v != v ? Vec<uint32_t>{} + 0x7fc0 : rounded;
  const Half half = __builtin_convertvector(kept, Half);
  std::memcpy(to, &half, sizeof half);
}

// `count` elements at a distance of `step` into a row of the tile, zeros up to `padded`; `largest` becomes
// the larger of itself and the row.
template <class Stored, class T>
inline void read_row(const Stored* from, int64_t step, int64_t count, int64_t padded, T* to, T* largest) {
  int64_t i = 0;
  if (step == 1) {
    for (; i + kLanes<T> <= count; i += kLanes<T>) {
      const Vec<T> z = load_stored(from + i);
      store(to + i, z);
      store(largest + i, PAT_FAULT("the last logit for the largest", larger<T>(load(largest + i), z), z));
    }
  }
  for (; i < count; ++i) {
    const T z = load_one(from + PAT_FAULT("tail of a row misread", i, i - i % 2) * step);
    to[i] = z;
    largest[i] = std::max(largest[i], z);
  }
  for (; i < padded; ++i) to[i] = T(0);
}

// z · coefficient − offset of a row of the tile to memory.
template <class Stored, class T>
inline void write_row(const Tile<T>& tile, const T* row, Stored* to, int64_t step, bool past_cache) {
  const auto gradient = [&](int64_t i) {
    return load(row + i) * load(tile.coefficient + i) - load(tile.offset + i);
  };
  int64_t i = 0;
  if (step == 1) {
    const bool aligned = reinterpret_cast<uintptr_t>(to) % kBytes == 0;
    for (; i + kLanes<T> <= tile.pixels; i += kLanes<T>)
      store_stored(to + i, gradient(i), past_cache && aligned);
  }
  for (; i < PAT_FAULT("gradient's tail left out", tile.pixels, i); ++i) {
    store_one(to + i * step, row[i] * tile.coefficient[i] - tile.offset[i]);
  }
}

}  // namespace pat::PAT_ISA

#endif
