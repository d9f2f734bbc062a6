// What the bridge reads of an operator's schema.
#include <ATen/core/jit_type.h>

#include "arguments.h"

namespace pat {
namespace {

Kind list_kind(const c10::Type& element) {
  switch (element.kind()) {
    case c10::TypeKind::OptionalType:
      return kind_of(*element.castRaw<c10::OptionalType>()->getElementType()) == Kind::Tensor
                 ? Kind::OptionalTensorList
                 : Kind::Unsupported;
    case c10::TypeKind::TensorType:
      return Kind::TensorList;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
      return Kind::IntList;
    case c10::TypeKind::FloatType:
      return Kind::DoubleList;
    case c10::TypeKind::BoolType:
      return Kind::BoolList;
    case c10::TypeKind::NumberType:
      return Kind::ScalarList;
    default:
      return Kind::Unsupported;
  }
}

}  // namespace

Kind kind_of(const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::ListType:
      return list_kind(*type.castRaw<c10::ListType>()->getElementType());
    case c10::TypeKind::TensorType:
      return Kind::Tensor;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
    case c10::TypeKind::ScalarTypeType:
    case c10::TypeKind::LayoutType:
    case c10::TypeKind::MemoryFormatType:
      return Kind::Int;
    case c10::TypeKind::FloatType:
      return Kind::Double;
    case c10::TypeKind::BoolType:
      return Kind::Bool;
    case c10::TypeKind::NumberType:
      return Kind::Scalar;
    case c10::TypeKind::DeviceObjType:
      return Kind::Device;
    case c10::TypeKind::StringType:
      return Kind::String;
    case c10::TypeKind::GeneratorType:
      return Kind::Generator;
    default:
      return Kind::Unsupported;
  }
}

Parameter::Parameter(const c10::Argument& argument, size_t position)
    : description("argument " + std::to_string(position) + " '" + argument.name() + "' (" +
                  argument.real_type()->str() + ")"),
      optional(argument.type()->kind() == c10::TypeKind::OptionalType),
      has_default(argument.default_value().has_value()),
      fixed_length(argument.N() ? *argument.N() : 0) {
  kind =
      kind_of(optional ? *argument.type()->castRaw<c10::OptionalType>()->getElementType() : *argument.type());
  if (has_default) default_value = *argument.default_value();
}

}  // namespace pat
