#include <ATen/core/dispatch/Dispatcher.h>

#include <memory>
#include <mutex>
#include <sstream>
#include <unordered_map>
#include <vector>

#include "arguments.h"
#include "common.h"

namespace pat {
namespace {

using torch::jit::Stack;

// What an operator handle points at: the dispatcher's handle, and its schema in the form that a call needs.
struct Operator {
  explicit Operator(const c10::OperatorHandle& found);

  c10::OperatorHandle handle;
  std::vector<Parameter> parameters;
  int32_t return_count;
  bool callable;  // every return type can be handed back
};

bool can_return(const c10::Type& type) {
  const bool optional = type.kind() == c10::TypeKind::OptionalType;
  switch (kind_of(optional ? *type.castRaw<c10::OptionalType>()->getElementType() : type)) {
    case Kind::Tensor:
    case Kind::TensorList:
    case Kind::Int:
    case Kind::Double:
    case Kind::Bool:
    case Kind::Scalar:
      return true;
    default:
      return false;
  }
}

Operator::Operator(const c10::OperatorHandle& found)
    : handle(found), return_count(static_cast<int32_t>(found.schema().returns().size())), callable(true) {
  const auto& arguments = handle.schema().arguments();
  parameters.reserve(arguments.size());
  for (const auto& argument : arguments) parameters.emplace_back(argument, parameters.size() + 1);
  for (const auto& value : handle.schema().returns()) callable = callable && can_return(*value.type());
}

[[noreturn]] void fail(const Operator& op, const std::string& problem) {
  std::ostringstream message;
  message << op.handle.operator_name() << ": " << problem << "; schema: " << op.handle.schema();
  throw Failure(message.str());
}

[[noreturn]] void operator_not_found(const char* name, const char* overload) {
  std::string known;
  for (const auto& candidate : c10::Dispatcher::singleton().getAllOpNames()) {
    if (candidate.name != name) continue;
    known += (known.empty() ? "" : ", ") + ("\"" + candidate.overload_name + "\"");
  }
  if (known.empty()) throw Failure("this libtorch has no operator " + std::string(name));
  throw Failure("operator " + std::string(name) + " has no overload \"" + overload + "\": it has " + known);
}

// Never destroyed: threads that outlive main's static destructors may still call operators.
const Operator& find(const char* name, const char* overload) {
  static auto& mutex = *new std::mutex;
  static auto& table = *new std::unordered_map<std::string, std::unique_ptr<Operator>>;
  const std::lock_guard<std::mutex> lock(mutex);
  const std::string key = std::string(name) + '.' + overload;
  const auto known = table.find(key);
  if (known != table.end()) return *known->second;
  const auto found = c10::Dispatcher::singleton().findSchema({name, overload});
  if (!found) operator_not_found(name, overload);
  return *table.emplace(key, std::make_unique<Operator>(*found)).first->second;
}

// This thread's stack, kept between calls for its memory. A call made inside a call gets a stack of its own.
class StackLease {
 public:
  StackLease() : stack(std::move(kept())) {}
  ~StackLease() {
    stack.clear();
    kept() = std::move(stack);
  }
  StackLease(const StackLease&) = delete;
  StackLease& operator=(const StackLease&) = delete;

  Stack stack;

 private:
  static Stack& kept() {
    static thread_local Stack stack;
    return stack;
  }
};

void push_arguments(const Operator& op, const pat_value* args, size_t count, Stack& stack) {
  const size_t wanted = op.parameters.size();
  if (count > wanted) {
    fail(op, "received " + std::to_string(count) + " arguments, takes at most " + std::to_string(wanted));
  }
  stack.reserve(wanted);
  for (size_t i = 0; i < count; ++i) {
    try {
      push_argument(op.parameters[i], args[i], stack);
    } catch (const Failure& failure) {
      fail(op, failure.what());
    }
  }
  for (size_t i = count; i < wanted; ++i) {
    const Parameter& parameter = op.parameters[i];
    if (!parameter.has_default) fail(op, parameter.description + " is missing and has no default");
    stack.push_back(parameter.default_value);
  }
}

void release(pat_value& value) noexcept {
  if (value.tag == PAT_TENSOR) pat_tensor_free(value.p);
  if (value.tag == PAT_TENSOR_LIST) {
    auto** handles = static_cast<void**>(value.p);
    for (int32_t i = 0; i < value.len; ++i) pat_tensor_free(handles[i]);
    pat_list_free(handles);
  }
  value = {PAT_NONE, 0, {0}};
}

void* handle_or_null(at::Tensor tensor) { return tensor.defined() ? new_handle(std::move(tensor)) : nullptr; }

// Fills `out`, which is None on entry and stays releasable at every step.
void pop_result(const Operator& op, c10::IValue&& value, pat_value& out) {
  if (value.isTensor()) {
    out.p = handle_or_null(std::move(value).toTensor());
    out.tag = out.p ? PAT_TENSOR : PAT_NONE;
  } else if (value.isTensorList()) {
    const auto list = std::move(value).toTensorList();
    out.p = new void*[list.size()];
    out.tag = PAT_TENSOR_LIST;
    for (const auto& tensor : list.vec()) static_cast<void**>(out.p)[out.len++] = handle_or_null(tensor);
  } else if (value.isInt()) {
    out = {PAT_INT, 0, {value.toInt()}};
  } else if (value.isDouble()) {
    out.d = value.toDouble();
    out.tag = PAT_DOUBLE;
  } else if (value.isBool()) {
    out = {PAT_BOOL, 0, {value.toBool()}};
  } else if (!value.isNone()) {
    fail(op, "returned a " + value.tagKind() + ", which the bridge cannot hand back");
  }
}

void call(const Operator& op, const pat_value* args, int32_t nargs, pat_value* outs, int32_t* nouts) {
  require(nouts != nullptr, "pat_op_call: nouts is null");
  const int32_t room = *nouts;
  *nouts = 0;
  if (nargs < 0 || (nargs > 0 && args == nullptr)) {
    fail(op, "received " + std::to_string(nargs) + " arguments" + (args ? "" : " at a null address"));
  }
  if (!op.callable) fail(op, "returns a type that the bridge cannot hand back");
  if (room < op.return_count || (op.return_count > 0 && outs == nullptr)) {
    *nouts = op.return_count;
    fail(op, "returns " + std::to_string(op.return_count) + " value(s), outs has room for " +
                 std::to_string(outs ? room : 0));
  }
  StackLease lease;
  Stack& stack = lease.stack;
  push_arguments(op, args, static_cast<size_t>(nargs), stack);
  op.handle.callBoxed(stack);

  const auto count = static_cast<int32_t>(stack.size());
  if (count > room) fail(op, "returned " + std::to_string(count) + " values");
  for (int32_t i = 0; i < count; ++i) outs[i] = {PAT_NONE, 0, {0}};
  try {
    for (int32_t i = 0; i < count; ++i) pop_result(op, std::move(stack[i]), outs[i]);
  } catch (...) {
    for (int32_t i = 0; i < count; ++i) release(outs[i]);
    throw;
  }
  *nouts = count;
}

}  // namespace
}  // namespace pat

int pat_op_find(const char* name, const char* overload, void** op) {
  return pat::guarded([&] {
    pat::require(name != nullptr && op != nullptr,
                 "pat_op_find: the operator's name, or where to put it, is null");
    *op = nullptr;
    *op = const_cast<pat::Operator*>(&pat::find(name, overload ? overload : ""));
  });
}

int pat_op_call(void* op, const pat_value* args, int32_t nargs, pat_value* outs, int32_t* nouts) {
  return pat::guarded([&] {
    pat::require(op != nullptr, "pat_op_call: the operator is null, find it with pat_op_find");
    pat::call(*static_cast<const pat::Operator*>(op), args, nargs, outs, nouts);
  });
}

void pat_list_free(void* list) { delete[] static_cast<void**>(list); }
