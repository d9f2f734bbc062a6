#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <torch/csrc/jit/serialization/unpickler.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <unordered_map>

#include "common.h"

using pat::guarded;
using pat::require;

namespace {

// A file's bytes in memory, private to this process: what is written there stays out of the file.
class Mapping {
 public:
  explicit Mapping(const char* path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) throw pat::Failure(std::strerror(errno));
    struct stat facts {};
    const bool known = fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
    size_ = known ? static_cast<size_t>(facts.st_size) : 0;
    if (size_ > 0) bytes_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    const int problem = errno;
    close(file);
    if (!known) throw pat::Failure("it is no regular file");
    if (bytes_ == MAP_FAILED) throw pat::Failure(std::strerror(problem));
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (bytes_ != nullptr && bytes_ != MAP_FAILED) munmap(bytes_, size_);
  }

  char* bytes() const { return static_cast<char*>(bytes_); }
  size_t size() const { return size_; }

 private:
  void* bytes_ = nullptr;
  size_t size_ = 0;
};

using Shared = std::shared_ptr<Mapping>;

}  // namespace

int pat_map_open(const char* path, void** map, int64_t* size) {
  return guarded([&] {
    require(path != nullptr && map != nullptr && size != nullptr, "pat_map_open: an argument is null");
    auto made = std::make_unique<Shared>(std::make_shared<Mapping>(path));
    *size = static_cast<int64_t>((*made)->size());
    *map = made.release();
  });
}

int pat_map_read(const void* map, int64_t offset, void* target, int64_t length) {
  return guarded([&] {
    const Mapping& mapping = **static_cast<const Shared*>(map);
    const int64_t size = static_cast<int64_t>(mapping.size());
    require(offset >= 0 && length >= 0 && offset <= size && length <= size - offset,
            "pat_map_read: the bytes lie outside the file");
    if (length > 0) std::memcpy(target, mapping.bytes() + offset, static_cast<size_t>(length));
  });
}

int pat_map_tensor(const void* map, int64_t offset, const int64_t* shape, int32_t dim, int32_t dtype,
                   void** out) {
  return guarded([&] {
    require(out != nullptr && dim >= 0 && (dim == 0 || shape != nullptr),
            "pat_map_tensor: an argument is null");
    *out = nullptr;
    const Shared mapping = *static_cast<const Shared*>(map);
    const c10::IntArrayRef sizes(shape, static_cast<size_t>(dim));
    const at::TensorOptions options(pat::scalar_type_of(dtype));
    int64_t length = static_cast<int64_t>(options.dtype().itemsize());
    for (const int64_t side : sizes) {
      require(side >= 0 && !__builtin_mul_overflow(length, side, &length),
              "pat_map_tensor: the shape is impossible");
    }
    const int64_t size = static_cast<int64_t>(mapping->size());
    require(offset >= 0 && offset <= size && length <= size - offset,
            "pat_map_tensor: the bytes lie outside the file");
    char* const data = mapping->bytes() + offset;
    const bool aligned = reinterpret_cast<uintptr_t>(data) % options.dtype().itemsize() == 0;
    at::Tensor tensor;
    if (length == 0 || !aligned) {
      tensor = at::empty(sizes, options);
      if (length > 0) std::memcpy(tensor.data_ptr(), data, static_cast<size_t>(length));
    } else {
      tensor = at::from_blob(
          data, sizes, [mapping](void*) {}, options);
    }
    *out = pat::new_handle(std::move(tensor));
  });
}

void pat_map_close(void* map) { delete static_cast<Shared*>(map); }

int pat_torch_load(const char* path, const void* program, int64_t length, pat_found found, void* context) {
  return guarded([&] {
    require(path != nullptr && program != nullptr && found != nullptr, "pat_torch_load: an argument is null");
    caffe2::serialize::PyTorchStreamReader archive{std::string(path)};
    std::unordered_map<const void*, size_t> records;
    const auto record = [&](const std::string& name) {
      auto [data, size] = archive.getRecord("data/" + name);
      records[data.get()] = size;
      return std::move(data);
    };
    size_t position = 0;
    const auto read = [&](char* target, size_t wanted) {
      const size_t given = std::min(wanted, static_cast<size_t>(length) - position);
      std::memcpy(target, static_cast<const char*>(program) + position, given);
      position += given;
      return given;
    };
    const auto refuse = [](const c10::QualifiedName& name) -> c10::StrongTypePtr {
      throw pat::Failure("it holds an object of the Python class " + name.qualifiedName());
    };
    torch::jit::Unpickler unpickler(read, refuse, nullptr, record, c10::Device(c10::kCPU));
    const c10::IValue loaded = unpickler.parse_ivalue();
    for (const auto& entry : loaded.toGenericDict()) {
      at::Tensor tensor = entry.value().toTensor();
      // A tensor's storage is as long as the program says; the record may be shorter.
      const auto owner = records.find(tensor.storage().data_ptr().get());
      require(tensor.storage().nbytes() == 0 ||
                  (owner != records.end() && tensor.storage().nbytes() <= owner->second),
              "a tensor is longer than its record");
      found(context, entry.key().toStringRef().c_str(), pat::new_handle(std::move(tensor)));
    }
  });
}

int pat_torch_save(const char* path, const void* program, int64_t length, void* const* tensors,
                   int32_t count) {
  return guarded([&] {
    require(path != nullptr && program != nullptr && count >= 0, "pat_torch_save: an argument is null");
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    // Without a name of its own the archive is called "archive", whatever the file's name.
    caffe2::serialize::PyTorchStreamWriter archive([&](const void* data, size_t size) -> size_t {
      file.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
      return file ? size : 0;
    });
    archive.writeRecord("data.pkl", program, static_cast<size_t>(length));
    for (int32_t i = 0; i < count; ++i) {
      const at::Tensor tensor = pat::tensor_of(tensors[i]).detach().cpu().contiguous();
      archive.writeRecord("data/" + std::to_string(i), tensor.data_ptr(), tensor.nbytes());
    }
    archive.writeEndOfFile();
    file.close();
    require(!file.fail(), "the file could not be written to its end");
  });
}
