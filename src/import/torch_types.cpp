#include "import/torch_types.h"

#include <array>

namespace lprnet::importer {
namespace {

using graph::DType;

struct TypeNames {
  std::string_view storage;
  std::string_view torch;
  DType dtype;
};

constexpr std::array<TypeNames, 10> kTypes{{
    {"FloatStorage", "torch.float32", DType::kF32},
    {"HalfStorage", "torch.float16", DType::kF16},
    {"BFloat16Storage", "torch.bfloat16", DType::kBF16},
    {"DoubleStorage", "torch.float64", DType::kF64},
    {"LongStorage", "torch.int64", DType::kI64},
    {"IntStorage", "torch.int32", DType::kI32},
    {"ShortStorage", "torch.int16", DType::kI16},
    {"CharStorage", "torch.int8", DType::kI8},
    {"ByteStorage", "torch.uint8", DType::kU8},
    {"BoolStorage", "torch.bool", DType::kBool},
}};

}  // namespace

std::optional<DType> dtype_of_storage(std::string_view name) {
  if (name == "torch.storage.UntypedStorage" || name == "torch.storage._UntypedStorage") {
    return DType::kU8;
  }
  for (const std::string_view prefix : {"torch.cuda.", "torch."}) {
    if (!name.starts_with(prefix)) continue;
    for (const TypeNames& type : kTypes) {
      if (name.substr(prefix.size()) == type.storage) return type.dtype;
    }
  }
  return std::nullopt;
}

std::optional<DType> dtype_of_torch(std::string_view name) {
  for (const TypeNames& type : kTypes) {
    if (name == type.torch) return type.dtype;
  }
  return std::nullopt;
}

}  // namespace lprnet::importer
