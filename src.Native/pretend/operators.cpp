// Every operator on the pretended device: its arguments' memory goes to the processor's operator.
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/view_native.h>
#include <torch/library.h>

#include <mutex>
#include <set>
#include <string>

#include "device.h"

#define PAT_API __attribute__((visibility("default")))

namespace {

using pretend::here;
using pretend::is_there;
using pretend::there;
using torch::jit::Stack;

std::mutex mutex;
std::string waits;  // the names of what would have waited, each on a line

void note(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex);
  waits += name + '\n';
}

// What a GPU can only answer once it has computed: values, and shapes that depend on values.
bool answers(const c10::FunctionSchema& schema) {
  static const std::set<std::string> by_value = {"aten::nonzero", "aten::masked_select", "aten::bincount",
                                                 "aten::_unique2", "aten::repeat_interleave"};
  if (by_value.count(schema.name()) != 0) return true;
  for (const auto& value : schema.returns()) {
    const auto type = value.type()->kind();
    if (type == c10::TypeKind::BoolType || type == c10::TypeKind::NumberType) return true;
  }
  return false;
}

struct Converted {
  const c10::OperatorHandle& op;
  bool any = false;  // a tensor of the device is among the arguments

  at::Tensor tensor(const at::Tensor& given) {
    if (!given.defined()) return given;
    if (is_there(given)) {
      any = true;
      return here(given);
    }
    // Numbers that libtorch wraps go along with any device's tensors.
    TORCH_CHECK(given.dim() == 0, "Expected all tensors to be on the same device: ", op.schema().name(),
                " received one on ", given.device(), " beside those of the pretended device");
    return given;
  }

  c10::IValue value(const c10::IValue& given) {
    if (given.isTensor()) return tensor(given.toTensor());
    if (given.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& one : given.toTensorVector()) list.push_back(tensor(one));
      return list;
    }
    if (given.isOptionalTensorList()) {
      c10::List<c10::optional<at::Tensor>> list;
      for (const c10::optional<at::Tensor>& one : given.toOptionalTensorVector()) {
        list.push_back(one ? c10::optional<at::Tensor>(tensor(*one)) : c10::nullopt);
      }
      return list;
    }
    if (given.isDevice()) return c10::Device(c10::DeviceType::CPU);
    return given;
  }
};

// The argument that a result is, where the schema says that the operator writes to it and returns it.
c10::optional<size_t> written(const c10::FunctionSchema& schema, const c10::Argument& result) {
  const c10::AliasInfo* alias = result.alias_info();
  if (alias == nullptr || !alias->isWrite()) return c10::nullopt;
  for (size_t i = 0; i < schema.arguments().size(); ++i) {
    const c10::AliasInfo* other = schema.arguments()[i].alias_info();
    if (other != nullptr && other->beforeSets() == alias->beforeSets()) return i;
  }
  return c10::nullopt;
}

c10::IValue result_there(const c10::IValue& given) {
  if (given.isTensor()) return given.toTensor().defined() ? there(given.toTensor()) : at::Tensor();
  if (given.isTensorList()) {
    c10::List<at::Tensor> list;
    for (const at::Tensor& one : given.toTensorVector()) list.push_back(there(one));
    return list;
  }
  return given;
}

void on_processor(const c10::OperatorHandle& op, Stack* stack) {
  const c10::FunctionSchema& schema = op.schema();
  const size_t count = schema.arguments().size();
  const std::vector<c10::IValue> given(stack->end() - static_cast<std::ptrdiff_t>(count), stack->end());
  Converted converted{op};
  for (size_t i = 0; i < count; ++i) (*stack)[stack->size() - count + i] = converted.value(given[i]);
  if (converted.any && answers(schema)) note(schema.name());
  // Kept until the end: libtorch takes what an operator wrote to off the stack before it puts it there as a
  // result.
  const std::vector<c10::IValue> kept(stack->end() - static_cast<std::ptrdiff_t>(count), stack->end());
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    op.callBoxed(stack);
  }
  const size_t results = schema.returns().size();
  for (size_t i = 0; i < results; ++i) {
    c10::IValue& value = (*stack)[stack->size() - results + i];
    const auto argument = written(schema, schema.returns()[i]);
    if (argument && given[*argument].isTensor())
      pretend::resized(given[*argument].toTensor(), value.toTensor());
    value = argument ? given[*argument] : result_there(value);
  }
}

// A copy from the device waits for it, and one to it does unless it is told not to.
at::Tensor& copy_(at::Tensor& self, const at::Tensor& source, bool non_blocking) {
  if (is_there(source) && !is_there(self)) note("copy to the host");
  if (!is_there(source) && is_there(self) && !non_blocking && source.dim() > 0)
    note("blocking copy to the device");
  const at::AutoDispatchBelowADInplaceOrView below;
  here(self).copy_(here(source));
  return self;
}

at::Scalar value_of(const at::Tensor& self) {
  note("item");
  return here(self).item();
}

at::Tensor strided(const at::Tensor& self, at::IntArrayRef sizes, at::IntArrayRef strides,
                   c10::optional<int64_t> offset) {
  return at::native::as_strided_tensorimpl(self, sizes, strides, offset);
}

at::Tensor viewed(const at::Tensor& self, at::IntArrayRef sizes) { return at::native::view(self, sizes); }

at::Tensor aliased(const at::Tensor& self, at::IntArrayRef sizes, at::IntArrayRef strides) {
  return at::native::_reshape_alias(self, sizes, strides);
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&on_processor>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("copy_", copy_);
  library.impl("_local_scalar_dense", value_of);
  library.impl("as_strided", strided);
  library.impl("view", viewed);
  library.impl("_reshape_alias", aliased);
  // Those that libtorch would take apart by what it knows of devices.
  for (const char* name : {"convolution", "convolution_backward"}) {
    library.impl(name, torch::CppFunction::makeFromBoxedFunction<&on_processor>());
  }
}

}  // namespace

extern "C" {

// The number of the device's type, which is not the same in every libtorch.
PAT_API int32_t pretend_device_type() { return static_cast<int32_t>(pretend::kind); }

// What would have waited since the last call, a name a line; at most `room` bytes with the 0 at the end.
PAT_API void pretend_waits(char* text, int32_t room) {
  const std::lock_guard<std::mutex> lock(mutex);
  const size_t length = std::min(waits.size(), static_cast<size_t>(room - 1));
  waits.copy(text, length);
  text[length] = 0;
  waits.clear();
}
}
