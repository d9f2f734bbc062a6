#include "memory.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <sys/mman.h>

#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace pat {
namespace {

constexpr size_t kHugePage = 2 << 20;

// The one block that waits for the next gradient.
class Spare {
 public:
  // The block, if it has this size.
  void* take(size_t bytes) {
    const std::lock_guard<std::mutex> guard(mutex_);
    return bytes == bytes_ ? (bytes_ = 0, std::exchange(block_, nullptr)) : nullptr;
  }

  // Keeps a block, and frees the one kept before.
  void put(void* block, size_t bytes) {
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      std::swap(block, block_);
      bytes_ = bytes;
    }
    std::free(block);
  }

 private:
  std::mutex mutex_;
  void* block_ = nullptr;
  size_t bytes_ = 0;
};

// Never destroyed: tensors may outlive every static object.
Spare& spare() {
  static Spare& instance = *new Spare;
  return instance;
}

void* allocate(size_t bytes) {
  void* block = std::aligned_alloc(kHugePage, (bytes + kHugePage - 1) / kHugePage * kHugePage);
  if (block == nullptr) throw std::bad_alloc();
  madvise(block, bytes, MADV_HUGEPAGE);  // a wish; without it pages are small
  return block;
}

}  // namespace

at::Tensor gradient_of(const at::Tensor& logits) {
  const auto type = logits.scalar_type() == at::kHalf ? at::kFloat : logits.scalar_type();
  const auto options = logits.options().requires_grad(false).dtype(type);
  const size_t bytes = logits.numel() * options.dtype().itemsize();
  if (bytes < kHugePage || !logits.is_cpu()) return at::empty_like(logits, options);
  void* block = spare().take(bytes);
  if (block == nullptr) block = allocate(bytes);
  const auto keep = [bytes](void* freed) { spare().put(freed, bytes); };
  return at::from_blob(block, logits.sizes(), logits.strides(), keep, options);
}

}  // namespace pat
