// Tiles of the processor: their memory, and rows of logits into it and gradients out of it.
#ifndef PAT_ROWS_H
#define PAT_ROWS_H

#include <cstdlib>
#include <memory>
#include <new>

#include "stored.h"
#include "tile.h"

namespace pat::PAT_ISA {

// Classes × pixels that fit the first-level cache beside what is streamed through it.
inline int64_t tile_pixels(int64_t classes, int64_t element_bytes) {
  const int64_t fit = 24 * 1024 / (classes * element_bytes);
  return std::clamp<int64_t>(fit / 64 * 64, 64, 512);
}

// A tile with memory of its own for `capacity` pixels.
template <class T>
class TileMemory : public Tile<T> {
 public:
  TileMemory(int64_t classes, int64_t capacity) {
    const int64_t stride =
        capacity + kBytes / sizeof(T);  // so that the classes of a pixel fall into different cache sets
    memory_ = allocate((classes + 7) * stride);
    label_.reset(new int32_t[stride]);
    T* z = memory_.get();
    T* numbers = z + classes * stride;
    static_cast<Tile<T>&>(*this) = {z,
                                    numbers,
                                    numbers + stride,
                                    numbers + 2 * stride,
                                    numbers + 3 * stride,
                                    numbers + 4 * stride,
                                    numbers + 5 * stride,
                                    label_.get(),
                                    classes,
                                    stride,
                                    0,
                                    0};
  }

  // Reads labels and factors of pixels [first, first + count) of an image; what pads the tile is ignored.
  void read_labels(const Labels& labels, const double* factors, int64_t index, int64_t count) {
    this->pixels = count;
    this->padded = (count + kLanes<T> - 1) / kLanes<T> * kLanes<T>;
    if (labels.is_byte) {
      read_labels(static_cast<const uint8_t*>(labels.values) + index, labels.ignore, factors);
    } else {
      read_labels(static_cast<const int64_t*>(labels.values) + index, labels.ignore, factors);
    }
    for (int64_t i = count; i < this->padded; ++i) {
      this->label[i] = -1;
      this->factor[i] = T(0);
    }
    std::fill_n(this->largest, this->padded, -std::numeric_limits<T>::infinity());
  }

 private:
  template <class Label>
  void read_labels(const Label* labels, int64_t ignore, const double* factors) {
    for (int64_t i = 0; i < this->pixels; ++i) {
      const int64_t y = labels[i];
      const int32_t label =
          y == ignore ? PAT_FAULT("ignored pixels count as class 0", -1, 0) : static_cast<int32_t>(y);
      this->label[i] = label;
      this->factor[i] = label < 0 ? T(0) : static_cast<T>(factors[label]);
    }
  }

  struct Free {
    void operator()(T* memory) const { std::free(memory); }
  };
  static std::unique_ptr<T, Free> allocate(int64_t count) {
    void* memory = std::aligned_alloc(64, (count * sizeof(T) + 63) / 64 * 64);
    if (memory == nullptr) throw std::bad_alloc();
    return std::unique_ptr<T, Free>(static_cast<T*>(memory));
  }

  std::unique_ptr<T, Free> memory_;
  std::unique_ptr<int32_t[]> label_;
};

template <class T>
inline Vec<T> load_stored(const T* from) {
  return load(from);
}

// As many numbers of 16 bits as there are lanes of a float.
typedef uint16_t Halves __attribute__((vector_size(kBytes / 2)));

inline Vec<uint32_t> load_halves(const void* from) {
  Halves halves;
  std::memcpy(&halves, from, sizeof halves);
  return __builtin_convertvector(halves, Vec<uint32_t>);
}

inline Vec<float> load_stored(const BFloat16* from) { return (Vec<float>)(load_halves(from) << 16); }
inline Vec<float> load_stored(const Float16* from) { return float16<Vec<float>>(load_halves(from)); }

template <class T>
inline void store_stored(T* to, Vec<T> v, bool past_cache) {
  if (past_cache) {
    stream(to, v);
  } else {
    store(to, v);
  }
}

inline void store_stored(BFloat16* to, Vec<float> v, bool) {
  const Vec<uint32_t> bits = (Vec<uint32_t>)v;
  const Vec<uint32_t> rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  const Vec<uint32_t> kept = v != v ? Vec<uint32_t>{} + 0x7fc0 : rounded;
  const auto halves = __builtin_convertvector(kept, Halves);
  std::memcpy(to, &halves, sizeof halves);
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
template <class Gradient, class T>
inline void write_row(const Tile<T>& tile, const T* row, Gradient* to, int64_t step, bool past_cache) {
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
