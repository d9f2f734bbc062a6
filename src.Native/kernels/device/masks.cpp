#include "masks.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <string>

#include "common.h"

namespace pat::device {
namespace {

constexpr int32_t kThreads = 256, kMany = 1024;
constexpr int32_t kChunk = 4096;  // labels a block
// More than that for a block would leave other blocks too little.
constexpr int64_t kUsualShared = 48 << 10;

// Copies numbers to the device with launches: nothing waits, and a captured graph holds them.
const double* upload(Device& device, Workspace& workspace, const Numbers& numbers, int64_t count) {
  if (numbers.values == nullptr || numbers.are_uploaded) return numbers.values;
  auto* to = workspace.take<double>(count);
  UploadArguments part;
  for (int64_t first = 0; first < count; first += UploadArguments::kMost) {
    part.count = static_cast<int32_t>(std::min<int64_t>(count - first, UploadArguments::kMost));
    part.to = to + first;
    std::copy_n(numbers.values + first, part.count, part.values);
    device.launch("pat_upload", 1, kThreads, 0, part);
  }
  return to;
}

}  // namespace

at::Tensor Workspace::tensor(at::IntArrayRef shape, at::ScalarType type) {
  taken_.push_back(at::empty(shape, options_.dtype(type)));
  return taken_.back();
}

void* Workspace::take_bytes(int64_t bytes) {
  return tensor({std::max<int64_t>(bytes, 1)}, at::kByte).data_ptr();
}

Masks masks_of(Device& device, Workspace& workspace, const Labels& labels, const at::Tensor& values,
               int64_t classes, Reduction reduction, double factor, const LossNumbers& numbers,
               bool forbids) {
  const int64_t images = values.size(0), pixels = values.size(1) * values.size(2);
  const int64_t chunks = std::max<int64_t>(1, (pixels + kChunk - 1) / kChunk);
  const bool is_short = classes <= 127;
  const auto upload_all = [&](const Numbers& from) { return upload(device, workspace, from, classes); };
  Masks masks{upload_all(numbers.shift),
              upload_all(numbers.margin),
              upload_all(numbers.class_weights),
              upload_all(numbers.negative),
              upload_all(numbers.positive),
              {workspace.take<char>(images * pixels * (is_short ? 1 : 4)), is_short},
              workspace.take<double>(images * classes),
              workspace.take<int64_t>(classes),
              workspace.take<MaskTotals>(1)};
  const CountArguments count{labels,
                             masks.known,
                             pixels,
                             static_cast<int32_t>(classes),
                             kChunk,
                             static_cast<int32_t>(chunks),
                             workspace.take<int32_t>(images * chunks * classes),
                             workspace.take<int64_t>(images * chunks)};
  device.launch("pat_count_masks", images * chunks, kThreads, kThreads * 8 + classes * 4, count);
  const MaskArguments weigh{count.counts,
                            count.wrong,
                            labels,
                            pixels,
                            static_cast<int32_t>(images),
                            static_cast<int32_t>(classes),
                            static_cast<int32_t>(chunks),
                            reduction,
                            factor,
                            masks.class_weights,
                            forbids ? masks.shift : nullptr,
                            workspace.take<int64_t>(images * classes),
                            masks.of_class,
                            workspace.take<int64_t>(images),
                            masks.factors,
                            masks.totals,
                            &device.report()};
  device.launch("pat_weigh_masks", 1, kThreads, kThreads * 8, weigh);
  return masks;
}

at::Tensor total_of(Device& device, const at::Tensor& logits, const double* partial, int64_t count,
                    const MaskTotals* totals) {
  const bool is_double = logits.scalar_type() == at::kDouble;
  const auto options = logits.options().requires_grad(false).dtype(is_double ? at::kDouble : at::kFloat);
  const at::Tensor value = at::empty({}, options);
  device.launch("pat_total", 1, kMany, kMany * 8,
                TotalArguments{partial, count, totals, value.data_ptr(), is_double});
  return value;
}

void scale(Device& device, const at::Tensor& gradient, const at::Tensor& factor) {
  const bool is_double = factor.scalar_type() == at::kDouble;
  const ScaleArguments arguments{gradient.data_ptr(), gradient.numel(), factor.data_ptr(), is_double};
  const std::string kernel = std::string("pat_scale_") + type_name(gradient);
  device.launch(kernel.c_str(), (gradient.numel() + kThreads - 1) / kThreads, kThreads, 0, arguments);
}

int32_t fitting_threads(const Device& device, int64_t fixed, int64_t a_thread) {
  int32_t threads = 128;
  while (threads > 32 && fixed + threads * a_thread > kUsualShared) threads /= 2;
  if (fixed + threads * a_thread > device.most_shared()) {
    throw Failure(
        "fused kernels of a device hold the classes of 32 pixels in its shared memory, and so many classes "
        "need " +
        std::to_string((fixed + threads * a_thread) >> 10) + " KB of " +
        std::to_string(device.most_shared() >> 10) + " KB: use the composed kernel");
  }
  return threads;
}

Tiling tiling_of(const Device& device, const at::Tensor& logits, const at::Tensor& gradient,
                 const Classes& known, int64_t fixed, int64_t a_pixel) {
  const int64_t classes = logits.size(1), pixels = logits.size(2) * logits.size(3);
  const int64_t width = 16 / logits.element_size();
  const bool by_rows = logits.is_contiguous();
  const auto is_aligned = [](const void* at) { return reinterpret_cast<uintptr_t>(at) % 16 == 0; };
  void* to = gradient.defined() ? gradient.data_ptr() : nullptr;
  const int32_t tile = fitting_threads(device, fixed, (classes | 1) * computed_bytes(logits) + a_pixel);
  return {
      logits.data_ptr(),
      to,
      pixels,
      static_cast<int32_t>(logits.size(0)),
      static_cast<int32_t>(classes),
      tile,
      static_cast<int32_t>((pixels + tile - 1) / tile),
      by_rows,
      (by_rows ? pixels : pixels * classes) % width == 0 && is_aligned(logits.data_ptr()) && is_aligned(to),
      known};
}

int64_t tile_bytes(const Tiling& tiling, const at::Tensor& logits) {
  return tiling.tile * (tiling.classes | 1) * computed_bytes(logits);
}

const char* type_name(const at::Tensor& logits) {
  switch (logits.scalar_type()) {
    case at::kFloat:
      return "f32";
    case at::kDouble:
      return "f64";
    case at::kHalf:
      return "f16";
    default:
      return "bf16";
  }
}

int64_t computed_bytes(const at::Tensor& logits) { return logits.scalar_type() == at::kDouble ? 8 : 4; }

}  // namespace pat::device
