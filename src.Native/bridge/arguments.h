// From a pat_value to the boxed value that an operator's schema asks for.
#ifndef PAT_ARGUMENTS_H
#define PAT_ARGUMENTS_H

#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

#include <string>

#include "pat_torch.h"

namespace pat {

// The types of the schema language that the bridge can pass.
enum class Kind {
  Tensor,
  TensorList,
  OptionalTensorList,
  Int,
  IntList,
  Double,
  DoubleList,
  Bool,
  BoolList,
  Scalar,
  ScalarList,
  Device,
  String,
  Generator,
  Unsupported
};

Kind kind_of(const c10::Type& type);

// One parameter of an operator, read from the schema once.
struct Parameter {
  explicit Parameter(const c10::Argument& argument, size_t position);

  std::string description;  // "argument 2 'other' (Tensor)", for messages
  Kind kind;
  bool optional;
  bool has_default;
  c10::IValue default_value;
  int32_t fixed_length;  // N of `int[N]`, for which a single int stands for N equal ones; else 0
};

// Boxes `value` for `parameter` on top of `stack`; throws Failure when they do not go together.
void push_argument(const Parameter& parameter, const pat_value& value, torch::jit::Stack& stack);

}  // namespace pat

#endif
