// What each kernel of the device is given: plain data, by value, at most 4 KB. Pointers are to the device's
// memory.
#ifndef PAT_DEVICE_ARGUMENTS_H
#define PAT_DEVICE_ARGUMENTS_H

#include <cstdint>

#include "../pat_kernels.h"
#include "../problem.h"

namespace pat::device {

// Numbers that travel with a launch.
struct UploadArguments {
  static constexpr int32_t kMost = 480;
  double values[kMost];
  int32_t count;
  double* to;
};

// What went wrong on the device, in memory that the host reads: the first failure stays until it is told.
struct Report {
  int32_t status;  // 0, PAT_WRONG_LABEL or PAT_IMPOSSIBLE_LABEL
  int64_t index, label;
};

// Labels as the other kernels read them, [images, pixels]: a class, or −1 where the pixel counts for nothing.
struct Classes {
  void* values;
  bool is_short;  // int8, for up to 127 classes; else int32

  PAT_INLINE int32_t at(int64_t index) const {
    return is_short ? static_cast<const int8_t*>(values)[index] : static_cast<const int32_t*>(values)[index];
  }
  PAT_INLINE void set(int64_t index, int32_t label) const {
    if (is_short) {
      static_cast<int8_t*>(values)[index] = static_cast<int8_t>(label);
    } else {
      static_cast<int32_t*>(values)[index] = label;
    }
  }
};

// A block for each chunk of an image.
struct CountArguments {
  Labels labels;
  Classes known;
  int64_t pixels;
  int32_t classes, chunk, chunks;  // pixels a chunk, chunks an image
  int32_t* counts;                 // [images, chunks, classes]
  int64_t* wrong;                  // [images, chunks]: the first wrong label's index, or the largest number
};

// What the labels decide: written by one block.
struct MaskArguments {
  const int32_t* counts;
  const int64_t* wrong;
  Labels labels;
  int64_t pixels;
  int32_t images, classes, chunks;
  Reduction reduction;
  double factor;
  const double* class_weights;                 // [classes], or null
  const double* shift;                         // where a class of the shift −∞ may not occur; or null
  int64_t *sizes, *of_class, *masks_of_image;  // [images, classes], [classes], [images]
  double* factors;                             // [images, classes]
  MaskTotals* totals;
  Report* report;
};

// Logits [images, classes, pixels], contiguous or channels-last, and how blocks share them: `tile` pixels of
// an image each, a thread a pixel.
struct Tiling {
  const void* logits;
  void* gradient;  // null: the value alone is wanted
  int64_t pixels;
  int32_t images, classes, tile, tiles;  // tiles an image
  bool by_rows;                          // contiguous; else the classes of a pixel lie together
  bool wide;                             // whether 16 bytes can be moved at once
  Classes known;
};

struct PixelArguments {
  Tiling tiling;
  const double* factors;  // [images, classes]
  const void* variation;  // [images, classes, pixels], of the type computed in; or null
  double* partial;        // [blocks]
  SoftmaxLoss softmax;
  SigmoidLoss sigmoid;
};

// Logits [images, classes, rows.sources, columns.sources], contiguous; a block for `cells` columns of the
// outputs between two source rows.
struct UpsampledArguments {
  const void* logits;
  Interpolation rows, columns;
  int32_t images, classes, cells, chunks;
  Classes known;
  const double* factors;
  double* partial;
  // The gradients by the four logits about a cell: above left, above right, below left, below right,
  // [4, images, classes, rows.sources, columns.sources]; null where no gradient is wanted.
  void* corners;
  SoftmaxLoss softmax;
  SigmoidLoss sigmoid;
};

struct CornersArguments {
  const void* corners;
  void* gradient;
  int64_t planes;  // images · classes
  int32_t rows, columns;
};

struct OverlapArguments {
  Tiling tiling;
  int32_t blocks;
  Overlap* partial;  // [blocks, classes]
};

struct ScoreArguments {
  pat_region_loss loss;
  const Overlap* partial;
  int32_t blocks, classes;
  const int64_t* of_class;
  const MaskTotals* totals;
  Overlap* overlaps;     // [classes]
  OverlapSlope* slopes;  // [classes]
  double* value;
};

struct OverlapGradientArguments {
  Tiling tiling;
  const OverlapSlope* slopes;
};

// Errors and the loss's derivatives by them, [classes, images · pixels].
struct ErrorArguments {
  Tiling tiling;
  void* errors;
};

struct LovaszArguments {
  const void* errors;     // sorted, the largest first; −1 where the pixel counts for nothing
  const int64_t* places;  // where each error came from
  const int32_t* seen;    // how many of the errors up to this one are of the class's own pixels
  void* slopes;           // [classes, images · pixels]
  Classes known;
  int64_t pixels;  // images · pixels
  int32_t classes, chunks;
  double factor;
  bool present_only;
  const int64_t* of_class;
  const MaskTotals* totals;
  double* partial;
};

struct LabelledArguments {
  const int64_t* places;
  int8_t* labelled;  // [classes, images · pixels]: 1 where the error's pixel is of the class
  Classes known;
  int64_t pixels, count;
};

struct TotalArguments {
  const double* partial;
  int64_t count;
  const MaskTotals* totals;
  void* value;
  bool is_double;
};

// gradient · factor, nothing at all where the factor is 1.
struct ScaleArguments {
  void* gradient;
  int64_t count;
  const void* factor;
  bool is_double;  // of the factor
};

}  // namespace pat::device

#endif
