// Region losses on the device: the overlap of each class with its mask, the score of the overlaps, then the
// gradient.
#ifndef PAT_DEVICE_REGIONS_H
#define PAT_DEVICE_REGIONS_H

#include "../region.h"
#include "../score.h"
#include "pixels.h"

namespace pat::PAT_ISA {

// The functions of a score, by this project's own exp and log.
struct OwnFunctions {
  PAT_INLINE static double logarithm(double x) { return log<double>(x); }
  PAT_INLINE static double raised(double x, double a) { return x != x ? x : power<double>(x, a); }
};

// Reads the tile and calls body(own, tile, thread, place of the pixel in the batch) for each pixel, its
// softmax in the tile.
template <class Stored, class Body>
PAT_INLINE void each_softmax(const Block& block, const SharedTile<Stored>& shared, const Body& body) {
  using T = typename Computed<Stored>::type;
  const device::Tiling& tiling = shared.a;
  block.each([&](int32_t thread) { shared.read(thread, block.threads); });
  block.each([&](int32_t thread) {
    if (thread >= shared.count) return;
    const int64_t index = shared.image * tiling.pixels + shared.first + thread;
    PixelNumbers<T> own(tiling.known.at(index));
    Tile<T> tile = own.tile(shared.pixel(thread), tiling.classes, shared.class_step());
    probabilities(tile);
    body(own, tile, thread, index);
  });
}

// Adds a tile's overlaps to those of the class: Σ p, Σ 1 − p over its pixels, Σ p over the others. Threads
// begin at pixels of their own, so that they meet different banks.
template <class T, class Shared>
PAT_INLINE void add_overlap(const Shared& shared, int32_t c, const int32_t* labels, const T* hits,
                            const T* misses, Overlap& sum) {
  T hit = 0, miss = 0, alarm = 0;
  for (int32_t k = 0; k < shared.count; ++k) {
    const int32_t i = (k + c) % shared.count;
    if (labels[i] == c) {
      hit += hits[i];
      miss += PAT_FAULT("device's misses lost", misses[i], T(0));
    } else {
      alarm += shared.pixel(i)[c * shared.class_step()];
    }
  }
  sum.hits += hit;
  sum.misses += miss;
  sum.alarms += alarm;
}

// Shared memory: Overlap [classes], T [2, threads], int32 [threads], the tile. A block does several tiles.
template <class Stored>
PAT_INLINE void overlaps(const Block& block, const device::OverlapArguments& a) {
  using T = typename Computed<Stored>::type;
  const device::Tiling& tiling = a.tiling;
  auto* sums = reinterpret_cast<Overlap*>(block.shared);
  auto* hits = reinterpret_cast<T*>(sums + (tiling.classes + 1) / 2 * 2);
  T* misses = hits + block.threads;
  auto* labels = reinterpret_cast<int32_t*>(misses + block.threads);
  T* z = reinterpret_cast<T*>(labels + block.threads);
  block.each([&](int32_t thread) {
    for (int32_t c = thread; c < tiling.classes; c += block.threads) sums[c] = Overlap();
  });
  const int64_t tiles = static_cast<int64_t>(tiling.images) * tiling.tiles;
  for (int64_t t = block.index * tiles / a.blocks; t < (block.index + 1) * tiles / a.blocks; ++t) {
    const SharedTile<Stored> shared(tiling, t, z);
    each_softmax(block, shared, [&](const auto& own, const auto& tile, int32_t thread, int64_t) {
      for (int32_t c = 0; c < tiling.classes; ++c) tile.row(c)[0] *= own.coefficient;
      hits[thread] = own.of_label * own.coefficient;
      misses[thread] = own.offset * own.coefficient;
      labels[thread] = own.label;
    });
    block.each([&](int32_t thread) {
      for (int32_t c = thread; c < tiling.classes; c += block.threads)
        add_overlap(shared, c, labels, hits, misses, sums[c]);
    });
  }
  block.each([&](int32_t thread) {
    for (int32_t c = thread; c < tiling.classes; c += block.threads)
      a.partial[block.index * tiling.classes + c] = sums[c];
  });
}

PAT_INLINE void add(Overlap& sum, const Overlap& part) {
  sum.hits += part.hits;
  sum.misses += part.misses;
  sum.alarms += part.alarms;
}

// One block: the overlaps of all blocks, then the loss and its derivatives by them. Several threads a class
// add up some of the blocks each, where there are more threads than classes. Shared memory: Overlap [the
// larger of threads and classes].
PAT_INLINE void score_overlaps(const Block& block, const device::ScoreArguments& a) {
  auto* sums = reinterpret_cast<Overlap*>(block.shared);
  const int32_t slices = block.threads > a.classes ? block.threads / a.classes : 1;
  block.each([&](int32_t thread) {
    for (int32_t i = thread; i < slices * a.classes; i += block.threads) {
      Overlap sum;
      for (int32_t b = i / a.classes; b < a.blocks; b += slices)
        add(sum, a.partial[static_cast<int64_t>(b) * a.classes + i % a.classes]);
      sums[i] = sum;
    }
  });
  block.each([&](int32_t thread) {
    for (int32_t c = thread; c < a.classes; c += block.threads) {
      Overlap sum;
      for (int32_t slice = 0; slice < slices; ++slice) add(sum, sums[slice * a.classes + c]);
      a.overlaps[c] = sum;
      a.slopes[c] = OverlapSlope();
    }
  });
  block.each([&](int32_t thread) {
    if (thread != 0) return;
    const RegionMasks masks{a.classes, a.of_class, a.overlaps};
    *a.value = a.totals->poison != 0 ? 0 : region_score<OwnFunctions>(a.loss, masks, a.slopes);
  });
}

// Shared memory: T [2, classes], the tile.
template <class Stored>
PAT_INLINE void overlap_gradient(const Block& block, const device::OverlapGradientArguments& a) {
  using T = typename Computed<Stored>::type;
  const device::Tiling& tiling = a.tiling;
  T* own_slope = reinterpret_cast<T*>(block.shared);
  T* other_slope = own_slope + tiling.classes;
  const SharedTile<Stored> shared(tiling, block.index, own_slope + (2 * tiling.classes + 3) / 4 * 4);
  block.each([&](int32_t thread) {
    for (int32_t c = thread; c < tiling.classes; c += block.threads) {
      own_slope[c] = static_cast<T>(a.slopes[c].own);
      other_slope[c] = static_cast<T>(a.slopes[c].other);
    }
  });
  each_softmax(block, shared, [&](const auto& own, auto& tile, int32_t, int64_t) {
    region_gradient(
        tile, [&](Index c, Index) { return other_slope[c]; }, [&](Index y, Index) { return own_slope[y]; });
    own.write_gradient(tile);
  });
  block.each([&](int32_t thread) { shared.write(thread, block.threads); });
}

// --- Lovász
// -------------------------------------------------------------------------------------------------------

// Shared memory: the tile. The errors of a class lie together, whatever the layout of the logits.
template <class Stored>
PAT_INLINE void errors(const Block& block, const device::ErrorArguments& a) {
  using T = typename Computed<Stored>::type;
  const device::Tiling& tiling = a.tiling;
  const SharedTile<Stored> shared(tiling, block.index, reinterpret_cast<T*>(block.shared));
  each_softmax(block, shared, [&](const auto& own, const auto& tile, int32_t, int64_t index) {
    auto* to = static_cast<T*>(a.errors) + index;
    for (int32_t c = 0; c < tiling.classes; ++c) {
      const T error = (c == own.label ? own.offset : tile.row(c)[0]) * own.coefficient;
      to[c * tiling.images * tiling.pixels] = own.label < 0 ? T(-1) : error;
    }
  });
}

// Whether the pixel of each sorted error is of the class that the errors are of.
PAT_INLINE void mark_labelled(const Block& block, const device::LabelledArguments& a) {
  block.each([&](int32_t thread) {
    const int64_t i = block.index * block.threads + thread;
    if (i < a.count) a.labelled[i] = a.known.at(a.places[i]) == i / a.pixels;
  });
}

// The derivative by each sorted error, put where the error came from. Shared memory: double [threads].
template <class T>
PAT_INLINE void lovasz(const Block& block, const device::LovaszArguments& a) {
  auto* losses = reinterpret_cast<double*>(block.shared);
  const int64_t c = block.index / a.chunks, start = c * a.pixels;
  const int64_t rank = block.index % a.chunks * block.threads;
  const auto size = static_cast<double>(a.of_class[c]);
  const double present = a.totals->classes > 1 ? a.totals->classes : 1;
  const double share = a.factor / (a.present_only ? present : static_cast<double>(a.classes));
  const bool counts = (size > 0 || !a.present_only) && a.totals->poison == 0 && a.totals->valid > 0;
  block.each([&](int32_t thread) {
    losses[thread] = 0;
    const int64_t i = rank + thread;
    if (i >= a.pixels) return;
    const T error = static_cast<const T*>(a.errors)[start + i];
    const int64_t place = a.places[start + i];
    const bool is_labelled = a.known.at(place) == c;
    const double seen = a.seen[start + i] - (is_labelled ? 1 : 0), others = static_cast<double>(i) - seen;
    const double reach = size + others;
    const double step =
        is_labelled  ? 1 / reach
        : reach == 0 ? 1
                     : (size - PAT_FAULT("device's lovasz forgets", seen, 0.0)) / (reach * (reach + 1));
    const bool is_valid = counts && !(error < T(0));
    static_cast<T*>(a.slopes)[start + place] =
        is_valid ? static_cast<T>(is_labelled ? -share * step : share * step) : T(0);
    losses[thread] = is_valid ? share * step * error : 0;
  });
  reduce(block, losses, Sum());
  block.each([&](int32_t thread) {
    if (thread == 0) a.partial[block.index] = losses[0];
  });
}

// Shared memory: the tile.
template <class Stored>
PAT_INLINE void error_gradient(const Block& block, const device::ErrorArguments& a) {
  using T = typename Computed<Stored>::type;
  const device::Tiling& tiling = a.tiling;
  const SharedTile<Stored> shared(tiling, block.index, reinterpret_cast<T*>(block.shared));
  each_softmax(block, shared, [&](const auto& own, auto& tile, int32_t, int64_t index) {
    const auto slope = [&](Index c, Index) {
      return static_cast<const T*>(a.errors)[c * tiling.images * tiling.pixels + index];
    };
    region_gradient(tile, slope, slope);
    own.write_gradient(tile);
  });
  block.each([&](int32_t thread) { shared.write(thread, block.threads); });
}

}  // namespace pat::PAT_ISA

#endif
