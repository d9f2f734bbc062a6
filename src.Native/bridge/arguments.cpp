#include "arguments.h"

#include <ATen/core/List.h>
#include <ATen/core/jit_type.h>

#include "common.h"

namespace pat {
namespace {

using torch::jit::Stack;

const char* name_of(int32_t tag) {
  switch (tag) {
    case PAT_NONE:
      return "None";
    case PAT_TENSOR:
      return "a tensor";
    case PAT_TENSOR_LIST:
      return "a list of tensors";
    case PAT_OPTIONAL_TENSOR_LIST:
      return "a list of optional tensors";
    case PAT_INT:
      return "an int";
    case PAT_INT_LIST:
      return "a list of ints";
    case PAT_DOUBLE:
      return "a double";
    case PAT_DOUBLE_LIST:
      return "a list of doubles";
    case PAT_BOOL:
      return "a bool";
    case PAT_BOOL_LIST:
      return "a list of bools";
    case PAT_DEVICE:
      return "a device";
    case PAT_STRING:
      return "a string";
    case PAT_GENERATOR:
      return "a generator";
    default:
      return nullptr;
  }
}

[[noreturn]] void fail(const Parameter& parameter, const std::string& problem) {
  throw Failure(parameter.description + ": " + problem);
}

[[noreturn]] void mismatch(const Parameter& parameter, const pat_value& value) {
  const char* name = name_of(value.tag);
  const std::string received = name ? name : "an unknown kind of value";
  fail(parameter, "received " + received + " (tag " + std::to_string(value.tag) + ")");
}

// The elements of a list value, after checking that they are there.
template <class T>
c10::ArrayRef<T> elements(const Parameter& parameter, const pat_value& value) {
  if (value.len < 0 || (value.len > 0 && value.p == nullptr)) {
    fail(parameter, "received a list of length " + std::to_string(value.len) +
                        (value.p ? "" : " whose address is null"));
  }
  return {static_cast<const T*>(value.p), static_cast<size_t>(value.len)};
}

const at::Tensor& tensor_at(const Parameter& parameter, const void* handle) {
  if (handle == nullptr)
    fail(parameter, "received a null tensor handle: the tensor is freed, or was never made");
  return *static_cast<const at::Tensor*>(handle);
}

void push_tensor_list(const Parameter& parameter, const pat_value& value, Stack& stack) {
  c10::List<at::Tensor> list;
  list.reserve(static_cast<size_t>(value.len < 0 ? 0 : value.len));
  for (void* handle : elements<void*>(parameter, value)) list.push_back(tensor_at(parameter, handle));
  stack.emplace_back(std::move(list));
}

void push_optional_tensor_list(const Parameter& parameter, const pat_value& value, Stack& stack) {
  c10::impl::GenericList list(c10::OptionalType::ofTensor());
  for (void* handle : elements<void*>(parameter, value)) {
    if (handle == nullptr && value.tag == PAT_OPTIONAL_TENSOR_LIST) {
      list.push_back(c10::IValue());
    } else {
      list.push_back(tensor_at(parameter, handle));
    }
  }
  stack.emplace_back(std::move(list));
}

template <class T>
void push_scalar_list(const Parameter& parameter, const pat_value& value, Stack& stack) {
  c10::impl::GenericList list(c10::NumberType::get());
  for (T element : elements<T>(parameter, value)) list.push_back(c10::IValue(element));
  stack.emplace_back(std::move(list));
}

bool push_bool_list(const Parameter& parameter, const pat_value& value, Stack& stack) {
  c10::List<bool> list;
  for (uint8_t element : elements<uint8_t>(parameter, value)) list.push_back(element != 0);
  stack.emplace_back(std::move(list));
  return true;
}

bool push_ints(const Parameter& parameter, const pat_value& value, Stack& stack) {
  switch (parameter.kind) {
    case Kind::IntList:
      stack.emplace_back(elements<int64_t>(parameter, value));
      return true;
    case Kind::ScalarList:
      push_scalar_list<int64_t>(parameter, value, stack);
      return true;
    case Kind::DoubleList: {
      c10::List<double> list;
      for (int64_t element : elements<int64_t>(parameter, value))
        list.push_back(static_cast<double>(element));
      stack.emplace_back(std::move(list));
      return true;
    }
    default:
      return false;
  }
}

bool push_int(const Parameter& parameter, const pat_value& value, Stack& stack) {
  switch (parameter.kind) {
    case Kind::Int:
    case Kind::Scalar:
      stack.emplace_back(value.i);
      return true;
    case Kind::Double:
      stack.emplace_back(static_cast<double>(value.i));
      return true;
    case Kind::IntList: {
      if (parameter.fixed_length == 0) return false;
      c10::List<int64_t> list;
      for (int32_t i = 0; i < parameter.fixed_length; ++i) list.push_back(value.i);
      stack.emplace_back(std::move(list));
      return true;
    }
    default:
      return false;
  }
}

// False when the value's tag does not go with the parameter's type.
bool push(const Parameter& parameter, const pat_value& value, Stack& stack) {
  const Kind kind = parameter.kind;
  switch (value.tag) {
    case PAT_NONE:
      if (parameter.optional) stack.emplace_back();
      return parameter.optional;
    case PAT_TENSOR:
      if (kind == Kind::Tensor) stack.emplace_back(tensor_at(parameter, value.p));
      return kind == Kind::Tensor;
    case PAT_TENSOR_LIST:
    case PAT_OPTIONAL_TENSOR_LIST:
      if (kind == Kind::OptionalTensorList) {
        push_optional_tensor_list(parameter, value, stack);
      } else if (kind == Kind::TensorList && value.tag == PAT_TENSOR_LIST) {
        push_tensor_list(parameter, value, stack);
      } else {
        return false;
      }
      return true;
    case PAT_INT:
      return push_int(parameter, value, stack);
    case PAT_INT_LIST:
      return push_ints(parameter, value, stack);
    case PAT_DOUBLE:
      if (kind == Kind::Double || kind == Kind::Scalar) stack.emplace_back(value.d);
      return kind == Kind::Double || kind == Kind::Scalar;
    case PAT_DOUBLE_LIST:
      if (kind == Kind::DoubleList) {
        stack.emplace_back(elements<double>(parameter, value));
      } else if (kind == Kind::ScalarList) {
        push_scalar_list<double>(parameter, value, stack);
      } else {
        return false;
      }
      return true;
    case PAT_BOOL:
      if (kind == Kind::Bool || kind == Kind::Scalar) stack.emplace_back(value.i != 0);
      return kind == Kind::Bool || kind == Kind::Scalar;
    case PAT_BOOL_LIST:
      return kind == Kind::BoolList && push_bool_list(parameter, value, stack);
    case PAT_DEVICE:
      if (kind == Kind::Device) stack.emplace_back(device_of(value.i, value.len));
      return kind == Kind::Device;
    case PAT_STRING: {
      if (kind != Kind::String) return false;
      const auto text = elements<char>(parameter, value);
      stack.emplace_back(std::string(text.begin(), text.end()));
      return true;
    }
    case PAT_GENERATOR:
      if (kind != Kind::Generator) return false;
      if (value.p == nullptr) fail(parameter, "received a null generator handle");
      stack.emplace_back(*static_cast<const at::Generator*>(value.p));
      return true;
    default:
      return false;
  }
}

}  // namespace

void push_argument(const Parameter& parameter, const pat_value& value, Stack& stack) {
  if (!push(parameter, value, stack)) mismatch(parameter, value);
}

}  // namespace pat
